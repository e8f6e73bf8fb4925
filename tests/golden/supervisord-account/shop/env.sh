# Made by pyforeman export supervisord; a new export overwrites this file.
export PATH='/srv/shop/.venv/bin:/usr/bin:/bin'
export V00='plain'
export V01=''
export V02='with blanks within'
export V03=' leading and trailing '
export V04='say "hi"'
export V05='it'\''s'
export V06='"'\''"'\'''
export V07='$HOME ${PATH} $$ $(id) $((1+1))'
export V08='50%d %h %% %(here)s %i %'
export V09='a # b'
export V10='#lead'
export V11='a ; b'
export V12=';lead'
export V13='back\slash \n \\ \x41'
export V14='ends in a backslash\'
export V15='\'
export V16='two
lines'
export V17='ends in newlines

'
export V18='
begins with one'
export V19='x
INJECTED=1
[Service]
ExecStartPre=/bin/false'
export V20='x"
ExecStartPre=/bin/false
#'
export V21='tab	here	'
export V22='Grüße, 世界 🎉'
export V23='a,b,'\''c'\'',"d"'
export V24='`id`'
export V25='{{x}} ${{y}} {% z %}'
export V26='{"json": ["a", {"b": null}], "c": "\"d\""}'
export V27='<&>]]>'
export V28='yes'
export V29='null'
export V30='0123'
export V31='1e3'
export V32='postgres://u:p%40ss@host:5432/db?x=1&y=%2F'
export V33='-----BEGIN KEY-----
MIIB+/=
-----END KEY-----
'
export V34='[31mred[0m'
export V35='carriagereturn
'
export V36='delete'
export V37='start of heading'
