# Made by pyforeman export supervisord; a new export overwrites this file.
export PATH='/srv/shop/.venv/bin:/usr/bin:/bin'
export PYTHONUNBUFFERED='1'
export DATABASE_URL='postgres://shop:p%40ss$word@db/shop'
export GREETING='say "hello" to $HOME
and more'
