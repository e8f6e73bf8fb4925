"""What --explain prints."""

from collections.abc import Iterator

from pyforeman.check.explanation import explanation
from pyforeman.check.finding import Found
from pyforeman.check.rule import rule
from pyforeman.check.subject import Subject


@rule("PF306", "warning", bad="web: a 8000", good="web: a $PORT")
def hard_coded_port(judged: Subject) -> Iterator[Found]:
    """A port is written into the command.

    Two instances cannot have the same one.
    Write $PORT.

    In scripts, too.
    """
    yield from ()


@rule("PF106", "error", bad="web: a\nweb: a", good="web: a", always=True, fixable=True)
def duplicate_type(judged: Subject) -> Iterator[Found]:
    """A name stands twice."""
    yield from ()


def test_all_that_there_is_to_say() -> None:
    assert explanation(hard_coded_port, colour=False) == (
        "PF306 hard-coded-port (warning)\n"
        "\n"
        "A port is written into the command.\n"
        "\n"
        "Two instances cannot have the same one.\n"
        "Write $PORT.\n"
        "\n"
        "In scripts, too.\n"
        "\n"
        "Instead of\n"
        "\n"
        "    web: a 8000\n"
        "\n"
        "write\n"
        "\n"
        "    web: a $PORT\n"
    )


def test_what_is_always_in_force_and_what_can_be_mended() -> None:
    assert explanation(duplicate_type, colour=False) == (
        "PF106 duplicate-type (error)\n"
        "\n"
        "A name stands twice.\n"
        "\n"
        "start refuses it, so it cannot be ignored.\n"
        "check --fix mends it where that needs no judgement.\n"
        "\n"
        "Instead of\n"
        "\n"
        "    web: a\n"
        "    web: a\n"
        "\n"
        "write\n"
        "\n"
        "    web: a\n"
    )


def test_lines_that_are_not_what_is_wrong_are_an_example() -> None:
    alike = hard_coded_port._replace(good=hard_coded_port.bad)
    assert explanation(alike, colour=False).endswith("\n\nFor example\n\n    web: a 8000\n")


def test_what_is_wrong_can_be_seen() -> None:
    marked = hard_coded_port._replace(bad="\ufeffweb: a\r\n\nworker: b\r\n", good="web: a\n")
    assert explanation(marked, colour=False).endswith(
        "Instead of\n\n    \\ufeffweb: a\\r\n\n    worker: b\\r\n\nwrite\n\n    web: a\n"
    )


def test_colours() -> None:
    text = explanation(hard_coded_port, colour=True)
    assert text.startswith("\x1b[1mPF306 hard-coded-port\x1b[m (warning)\n")
    assert text.replace("\x1b[1m", "").replace("\x1b[m", "") == explanation(hard_coded_port, colour=False)
