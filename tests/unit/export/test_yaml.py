"""Text as YAML: what a reader of YAML finds is the text."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from applications import NASTY
from pyforeman.export.yaml import quoted


@pytest.mark.parametrize(
    ("text", "scalar"),
    [
        ("", '""'),
        ("web", '"web"'),
        ("yes", '"yes"'),
        ("0123", '"0123"'),
        (" - a: b # c", '" - a: b # c"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("c:\\n", '"c:\\\\n"'),
        ("two\nlines\r\n\t", '"two\\nlines\\r\\n\\t"'),
        ("\x00\x01\x1b\x7f", '"\\x00\\x01\\x1b\\x7f"'),
        ("NEL \x85, \u2028 and \u2029", '"NEL \\x85, \\u2028 and \\u2029"'),
        ("\ufeffBOM \ufffe\uffff", '"\\ufeffBOM \\ufffe\\uffff"'),
        ("Grüße, 世界 🎉", '"Grüße, 世界 🎉"'),
    ],
)
def test_what_stands_in_the_file(text: str, scalar: str) -> None:
    assert quoted(text) == scalar


@pytest.mark.parametrize("value", NASTY.values())
def test_nasty_values(value: str) -> None:
    assert yaml.safe_load(quoted(value)) == value


@given(st.text())
def test_any_text_is_read_as_it_was(text: str) -> None:
    assert yaml.safe_load(f"- {quoted(text)}\n- after") == [text, "after"]


@given(st.text())
def test_any_text_stands_on_one_line(text: str) -> None:
    assert len(quoted(text).splitlines()) == 1
