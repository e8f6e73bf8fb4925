"""Servers for development."""

import pytest

from pyforeman.check.rules.development import development_server
from subjects import found, subject


def development(command: str) -> list[str]:
    judged = subject(f"web: {command}\n", profile="production")
    return [text for _, text, _ in found(development_server, judged)]


@pytest.mark.parametrize(
    ("command", "marked"),
    [
        ("python manage.py runserver 0.0.0.0:$PORT", "manage.py"),
        ("flask --app shop run", "flask"),
        ("uvicorn app.main:app --host 0.0.0.0 --port $PORT --reload", "--reload"),
        ("gunicorn --reload app:app", "--reload"),
        ("python -m uvicorn app:app --reload", "--reload"),
        ("fastapi dev main.py", "fastapi"),
        ("python -m http.server $PORT", "http.server"),
        ("cd web && npm run dev", "npm"),
        ("pnpm --filter web dev", "pnpm"),
        ("yarn dev", "yarn"),
        ("npx next dev -p $PORT", "next"),
        ("bin/vite dev", "bin/vite"),
        ("npx vite --port $PORT", "vite"),
        ("./bin/webpack-dev-server", "./bin/webpack-dev-server"),
        ("npx nodemon server.js", "nodemon"),
        ("npx tsx watch src/server.ts", "tsx"),
        ("ng serve --host 0.0.0.0", "ng"),
        ("react-scripts start", "react-scripts"),
        ("php -S 0.0.0.0:$PORT -t public", "-S"),
        ("php artisan serve --port=$PORT", "artisan"),
        ("air -c .air.toml", "air"),
        ("bundle exec jekyll serve --port $PORT", "jekyll"),
        ("npx tailwindcss -i a.css -o b.css --watch", "--watch"),
    ],
)
def test_servers_for_development(command: str, marked: str) -> None:
    assert development(command) == [marked]


@pytest.mark.parametrize(
    "command",
    [
        "gunicorn app:app --bind 0.0.0.0:$PORT",
        "uvicorn app:app --port $PORT",
        "fastapi run main.py",
        "python app.py",
        "python manage.py migrate",
        "flask db upgrade",
        "npm start",
        "npm run start",
        "next start -p $PORT",
        "vite preview --port $PORT",
        "vite build",
        "node server.js",
        "node -- --reload",
        "bin/rails s -e production -p $PORT",
        "bundle exec puma -C config/puma.rb",
        "vendor/bin/heroku-php-apache2 public/",
        "php -d memory_limit=512M artisan queue:work",
        "mix phx.server",
        "java -jar target/app.jar",
        "./bin/server",
        "tsx src/server.ts",
        "webpack --mode production",
        "react-scripts build",
    ],
)
def test_servers_for_production(command: str) -> None:
    assert development(command) == []


def test_without_the_profile_nothing_is_said() -> None:
    assert found(development_server, subject("web: flask run")) == []


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        ("flask run --port $PORT", "write a server for production, such as gunicorn"),
        ("air -c .air.toml", "write what air runs, without air"),
        ("npm run dev", "write the script for production, such as npm start"),
        ("ng serve --port $PORT", "build the files once, when the app is built"),
        ("next dev", "write the server that is for production"),
    ],
)
def test_what_to_write_for_production(command: str, advice: str) -> None:
    judged = subject(f"web: {command}\n", profile="production")
    assert [one.help for one in development_server.judge(judged)] == [advice]
