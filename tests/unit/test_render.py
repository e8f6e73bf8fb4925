"""Blocks and notices become text or JSON."""

import json
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyforeman.core.notices import Notice
from pyforeman.output.render import (
    JsonRenderer,
    Origin,
    PlainRenderer,
    Renderer,
    TextRenderer,
    Timestamps,
    TypeStyles,
    iso,
)

NOON = 1_700_000_000.125
WEB = Origin("web.1", 7)


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def text(renderer: Renderer, block: bytes, origin: Origin = WEB, now: float = NOON) -> bytes:
    return b"".join(renderer.block(origin, block, now))


def renderer(timestamps: Timestamps = "off", **options: object) -> TextRenderer:
    return TextRenderer(["web.1", "worker.1"], timestamps, NOON - 1.5, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "stamp"),
    [
        ("time", b"22:13:20 "),
        ("ms", b"22:13:20.125 "),
        ("iso", b"2023-11-14T22:13:20.125+00:00 "),
        ("delta", b"    +1.500 "),
        ("off", b""),
    ],
)
def test_timestamps(kind: Timestamps, stamp: bytes) -> None:
    assert text(renderer(kind), b"hello\n") == stamp + b"web.1    | hello\n"


def test_the_time_moves_on() -> None:
    time_only = renderer("time")
    assert text(time_only, b"a\n", now=NOON).startswith(b"22:13:20 ")
    assert text(time_only, b"a\n", now=NOON + 1).startswith(b"22:13:21 ")
    milliseconds = renderer("ms")
    assert text(milliseconds, b"a\n", now=NOON).startswith(b"22:13:20.125 ")
    assert text(milliseconds, b"a\n", now=NOON + 0.5).startswith(b"22:13:20.625 ")


def test_names_are_padded_to_the_longest_there_can_be() -> None:
    assert text(renderer(), b"a\n", Origin("worker.1", 8)) == b"worker.1 | a\n"
    assert (
        text(TextRenderer(["a.1"], "off", 0), b"a\n", Origin("a.1", 8)) == b"a.1    | a\n"
    )  # "system" is longer


def test_colour_stands_around_the_prefix_alone() -> None:
    styles = {"web.1": "\x1b[36m", "system": "\x1b[1m"}
    assert (
        text(renderer(styles=styles), b"a\nb\n")
        == b"\x1b[36mweb.1    | \x1b[ma\n\x1b[36mweb.1    | \x1b[mb\n"
    )


@given(st.lists(st.binary().map(lambda line: line.replace(b"\n", b""))))
def test_every_byte_after_the_prefix_is_the_childs(lines: list[bytes]) -> None:
    block = b"".join(line + b"\n" for line in lines)
    if block:
        assert text(renderer(), block) == b"".join(b"web.1    | " + line + b"\n" for line in lines)


def test_strip_takes_the_childrens_escape_sequences_and_nothing_else() -> None:
    block = b"\x1b[31mred\x1b[0m \x1b[38;5;9mx\x1b[m \x1b[2K plain [31m\n"
    assert text(renderer(strip=True), block) == b"web.1    | red x  plain [31m\n"
    assert b"".join(PlainRenderer().block(WEB, block, NOON)) == b"red x  plain [31m\n"


def test_a_notice_stands_in_the_system_column_with_the_last_lines_below() -> None:
    notice = Notice("restarting", "web.1", "web.1 crashed")
    found = renderer().notice(notice, [b"last", b"words \xff"], NOON)
    assert found == b"system   | web.1 crashed\nsystem   |     last\nsystem   |     words \xff\n"


def test_colours_belong_to_the_type_by_its_place_in_the_procfile() -> None:
    types = ["web", "worker", "clock"]
    styles = TypeStyles(types)
    assert styles.get("web.1") == styles.get("web.12") == "\x1b[36m"
    assert styles.get("clock.1") == "\x1b[32m"
    assert styles.get("worker.1") == "\x1b[33m"


def test_a_type_that_comes_later_gets_the_next_colour_and_keeps_it() -> None:
    styles = TypeStyles(["web", "worker"])
    assert styles.get("new.1") == "\x1b[32m"
    assert styles.get("newer.1") == "\x1b[35m"
    assert styles.get("new.2") == "\x1b[32m"
    assert styles.get("web.1") == "\x1b[36m"


def test_types_may_be_called_as_our_own_styles() -> None:
    styles = TypeStyles(["system", "alarm"])
    assert styles.get("system.1") == "\x1b[36m"
    assert styles.get("alarm.1") == "\x1b[33m"
    assert styles.get("system") == "\x1b[1m"
    assert styles.get("alarm") == "\x1b[1m\x1b[31m"


def test_there_are_colours_for_any_number_of_types() -> None:
    types = [f"t{number}" for number in range(30)]
    assert all(TypeStyles(types).get(f"{name}.1") for name in types)


def test_a_longer_name_makes_the_column_wider_from_then_on() -> None:
    text_renderer = renderer()
    assert text(text_renderer, b"a\n") == b"web.1    | a\n"
    before = text_renderer.margin
    assert text(text_renderer, b"a\n", Origin("worker.10", 9)) == b"worker.10 | a\n"
    assert text(text_renderer, b"a\n") == b"web.1     | a\n"
    assert text_renderer.margin == before + 1 == len("web.1     | ")


def test_json_has_one_object_a_line() -> None:
    found = text(JsonRenderer(), b"hello \xc3\xa9\n\n").splitlines()
    assert [json.loads(line) for line in found] == [
        {"time": "2023-11-14T22:13:20.125+00:00", "process": "web.1", "pid": 7, "text": "hello é"},
        {"time": "2023-11-14T22:13:20.125+00:00", "process": "web.1", "pid": 7, "text": ""},
    ]


def test_json_keeps_what_is_not_utf_8_as_base64() -> None:
    (line,) = text(JsonRenderer(), b"a\xff\n").splitlines()
    assert json.loads(line)["text"] == "a\ufffd"
    assert json.loads(line)["base64"] == "Yf8="


def test_json_notices_have_an_event_and_their_own_fields() -> None:
    found = JsonRenderer().notice(Notice("crashed", "web.1", "it did", {"code": 3}), [b"bye"], NOON)
    assert json.loads(found) == {
        "time": "2023-11-14T22:13:20.125+00:00",
        "event": "crashed",
        "process": "web.1",
        "code": 3,
        "text": "it did",
        "last_lines": ["bye"],
    }
    formation = json.loads(JsonRenderer().notice(Notice("stopping", "", "x"), [], NOON))
    assert formation["process"] is None


@given(st.floats(0, 4_000_000_000))
def test_iso_times_are_read_by_python_to_the_millisecond(now: float) -> None:
    from datetime import datetime

    assert abs(datetime.fromisoformat(iso(now)).timestamp() - now) < 0.0011
