"""Where in a command a port is written out."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pyforeman.check.invocation import Invocation
from pyforeman.check.servers import Server
from pyforeman.check.shell import Word
from pyforeman.plan.formation import HIGHEST_PORT

# A port, or an address that ends with one: 8000, :8000, 0.0.0.0:8000, tcp://[::]:8000. A path is none.
_ADDRESS = r"((?:[a-z]+://)?(?:\[[^\]/]*\]|[^:\[\]/]*):)?(\d{2,5})/?"
_ANY_HOST = ("", "0.0.0.0", "[::]", "*", "+")
# What a JVM or a Spring application is told; management.server.port is another one.
_PROPERTY = (
    r"(?:-D|--|-Dspring-boot\.run\.arguments=--)"
    r"(?:server|http|quarkus\.http|micronaut\.server|jetty|jetty\.http|play\.server\.http)\.port=(\d{2,5})"
)
_PORT_OPTIONS = ("--port", "-port", "--http-port", "-http-port", "--http.port", "--listen-port")
_ADDRESS_OPTIONS = """
    --bind -bind --listen -listen --addr -addr --address -address --http -http --http-addr -http-addr
    --http-address --listen-addr -listen-addr --listen-address -listen-address -b -l
""".split()


class FixedPort(NamedTuple):
    """A port that is written out: the word with it (an address or a number), and what to write for it."""

    word: Word
    instead: str


def fixed_by_server(run: Invocation, server: Server) -> FixedPort | None:
    """The port that a known server is told, where that is a number; None if any of them is a variable."""
    found: FixedPort | None = None
    for option, word in _given(run, server.options):
        if "$" in word.value or "`" in word.value:
            return None
        found = found or _fixed(word, option)
    if server.takes_argument:
        for before, word in _arguments(run):
            if "$" in word.value:
                return None
            # A number behind an option may be its value, where no port begins.
            if not before.startswith("-") or ":" in word.value or len(word.value) >= 4:
                found = found or _fixed(word, "")
    return found


def fixed_by_unknown(run: Invocation) -> FixedPort | None:
    """The same for a program that we do not know: only by options that mean nothing else."""
    found: FixedPort | None = None
    for option, word in _given(run, _PORT_OPTIONS):
        if "$" in word.value:
            return None
        if word.value.isdigit():
            found = found or _fixed(word, option)
    for option, word in _given(run, ("-p",)):
        if word.value.isdigit() and len(word.value) >= 4:  # else a count, a level, a priority
            found = found or _fixed(word, option)
    bare = (("", word) for before, word in _arguments(run) if not before.startswith("-"))
    for option, word in (*_given(run, _ADDRESS_OPTIONS), *bare):
        match = re.fullmatch(_ADDRESS, word.value)
        # The address of something else has the name of a host.
        if match and match[1] and match[1].rpartition("/")[2][:-1] in _ANY_HOST:
            found = found or _fixed(word, option)
    return found


def fixed_by_property(words: Iterable[Word]) -> FixedPort | None:
    """The port in ``-Dserver.port=8080`` and its kin."""
    for word in words:
        match = re.fullmatch(_PROPERTY, word.value) if "port=" in word.value else None
        if match:
            return FixedPort(word, word.value[: match.start(1)] + "$PORT")
    return None


def fixed_by_variable(words: Iterable[Word], names: tuple[str, ...]) -> FixedPort | None:
    """The port in ``PORT=3000`` and its kin, before a program."""
    for word in words:
        name, equals, value = word.value.partition("=")
        if equals and name in names and _is_port(value):
            return FixedPort(word, "" if name == "PORT" else f"{name}={_with_variable(value)}")
    return None


def is_told(run: Invocation, options: tuple[str, ...]) -> bool:
    """Whether one of these options is given at all."""
    return next(_given(run, options), None) is not None


def _given(run: Invocation, options: Iterable[str]) -> Iterator[tuple[str, Word]]:
    """Each value of these options: ``--port 1``, ``--port=1``, ``-p 1``, ``-p1``; what is before the value,
    and the value in its place."""
    arguments = run.arguments
    for place, word in enumerate(arguments):
        if not word.value.startswith("-"):
            continue
        for option in options:
            if word.value == option:
                if place + 1 < len(arguments):
                    yield f"{option} ", arguments[place + 1]
            elif word.value.startswith(option):
                is_long = len(option) > 2
                prefix = f"{option}=" if is_long or word.value.startswith(f"{option}=") else option
                if word.value.startswith(prefix) and word.text.startswith(prefix):
                    cut = len(prefix)
                    yield prefix, Word(word.text[cut:], word.value[cut:], word.start + cut)


def _arguments(run: Invocation) -> Iterator[tuple[str, Word]]:
    """Each argument that is no option, with the word before it."""
    before = ""
    for word in run.arguments:
        if not word.value.startswith("-"):
            yield before, word
        before = word.value


def _fixed(word: Word, option: str) -> FixedPort | None:
    return FixedPort(word, option + _with_variable(word.value)) if _is_port(word.value) else None


def _is_port(value: str) -> bool:
    match = re.fullmatch(_ADDRESS, value)
    return match is not None and 0 < int(match[2]) <= HIGHEST_PORT


def _with_variable(value: str) -> str:
    match = re.fullmatch(_ADDRESS, value)
    return f"{match[1] or ''}$PORT" if match else value
