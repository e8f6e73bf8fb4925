"""Values as a shell reads them: ``env.sh``, for engines whose own files can hold none."""

from collections.abc import Mapping

_SET_BY_SHELLS = frozenset(
    "BASHOPTS BASH_VERSINFO EUID OPTIND PPID SHELLOPTS UID".split()  # read-only in one of them, or checked
)


def quoted(text: str) -> str:
    """A word that every shell reads as ``text``: nothing but a quote has a meaning in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def env_sh(environment: Mapping[str, str]) -> str:
    """Lines that export all of it. The keys are identifiers of the shell.

    A shell ends at once where a variable cannot be set, so those that some shell keeps for itself are
    tried in another one first.
    """
    return "".join(f"{_export(key, value)}\n" for key, value in environment.items())


def _export(key: str, value: str) -> str:
    export = f"export {key}={quoted(value)}"
    return f"({export}) 2>/dev/null && {export}" if key in _SET_BY_SHELLS else export
