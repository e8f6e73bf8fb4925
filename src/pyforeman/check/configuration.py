"""``[tool.pyforeman.check]`` of pyproject.toml: what check is asked where the command line does not say."""

import codecs
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, get_args

from pyforeman.check.reports import REPORTS
from pyforeman.check.subject import Profile
from pyforeman.errors import UsageError

TABLE = "tool.pyforeman.check"


class Configuration(NamedTuple):
    """What the table says; None where it says nothing."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    strict: bool | None = None
    profile: Profile | None = None
    output_format: str | None = None


def parse(data: bytes, path: str) -> Configuration:
    """Read pyproject.toml; nothing where the table is not there.

    Raises UsageError where the file is no TOML, for a key that there is not, and for what no key can be.
    """
    # Nearly no pyproject.toml names us, and to read TOML takes longer than to judge a Procfile.
    if b"pyforeman" not in data:
        return Configuration()
    values: dict[str, Any] = {}
    for key, value in _table(data, path).items():
        field = key.replace("-", "_")
        if field not in _READ:
            keys = ", ".join(name.replace("_", "-") for name in _READ)
            raise UsageError(f"{path}: {TABLE}.{_shown(key)}: no such key; there are {keys}")
        if field in values:
            raise UsageError(f"{path}: {TABLE}.{key}: is there twice, with - and _; remove one")
        try:
            values[field] = _READ[field](value)
        except ValueError as error:
            raise UsageError(f"{path}: {TABLE}.{key}: {error}") from None
    return Configuration(**values)


def _table(data: bytes, path: str) -> dict[str, Any]:
    import tomllib

    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None
    try:
        table: Any = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _refuse(str(error), text, path)
    except RecursionError:
        raise UsageError(f"{path}: not TOML: nested too deep") from None
    name = ""
    for key in TABLE.split("."):
        name = f"{name}.{key}".lstrip(".")
        table = table.get(key, {})
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name}: not a table; write [{TABLE}]")
    found: dict[str, Any] = table
    return found


def _refuse(message: str, text: str, path: str) -> NoReturn:
    """Say what is no TOML, with the place in front, where all places stand."""
    import re

    what = re.sub(r" \(at (?:line \d+, column \d+|end of document)\)\Z", "", message)
    at = re.search(r"\(at line (\d+), column (\d+)\)\Z", message)
    place = f"{at[1]}:{at[2]}" if at else str(text.rstrip("\n").count("\n") + 1)
    raise UsageError(f"{path}:{place}: not TOML: {what[:1].lower()}{what[1:]}")


def _words(value: object) -> tuple[str, ...]:
    from pyforeman.check.rules import RULES
    from pyforeman.check.selection import known, unknown

    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f'not a list of ids or names of rules, as ["PF306"]: {value!r}')
    strange = unknown(value, RULES)
    if strange:
        raise ValueError(f"no rule {', '.join(map(_shown, strange))}; {known(RULES)}")
    return tuple(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"neither true nor false: {value!r}")
    return value


def _one_of(words: tuple[str, ...]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(f"none of {', '.join(words)}: {value!r}")
        return value

    return read


def _shown(word: str) -> str:
    return word if word.isprintable() and word.strip() == word != "" else repr(word)


_READ: dict[str, Callable[[object], object]] = {
    "select": _words,
    "ignore": _words,
    "strict": _flag,
    "profile": _one_of(get_args(Profile)),
    "output_format": _one_of(tuple(REPORTS)),
}
