"""Templates: text with ``{{ name }}`` in it."""

from collections.abc import Sequence

import pytest

from pyforeman.errors import UsageError
from pyforeman.export.template import Template


@pytest.mark.parametrize(
    ("text", "value", "filled"),
    [
        pytest.param("a {{ x }} b\n", "1", "a 1 b\n", id="within a line"),
        pytest.param("{{ x }}{{ x }}\n", "1", "11\n", id="twice"),
        pytest.param("a {{ x }} b\n", "", "a  b\n", id="an empty one within a line"),
        pytest.param("a\n{{ x }}\nb\n", "1", "a\n1\nb\n", id="alone"),
        pytest.param("a\n{{ x }}\nb\n", "", "a\nb\n", id="an empty one alone"),
        pytest.param("a\n{{ x }}\nb\n", [], "a\nb\n", id="an empty list alone"),
        pytest.param("a\n  {{ x }}\nb\n", ["1", "2"], "a\n  1\n  2\nb\n", id="a list is indented"),
        pytest.param("\t{{ x }}\n", "1\n2\n", "\t1\n\t2\n", id="lines are indented"),
        pytest.param("  {{ x }}\n", ["1\n\n2\n"], "  1\n\n  2\n", id="but not an empty one"),
        pytest.param("{{ x }}\n", ["1", "", "2"], "1\n2\n", id="an empty part is no line"),
        pytest.param("a\n{{ x }}", ["1", "2"], "a\n1\n2\n", id="alone on a last line without an end"),
        pytest.param("a\n{{ x }}", "", "a\n", id="an empty one at the end"),
        pytest.param("- {{ x }}\n", ["1", "2"], "- 1\n2\n", id="a list within a line"),
        pytest.param("{{ x }} \n", "1", "1 \n", id="not alone"),
        pytest.param("{{x}} {{ x}} ${{ x }}\n", "1", "{{x}} {{ x}} $1\n", id="only as it is written"),
        pytest.param("{{ x }}\n", "{{ y }} {{ x }} \\1 %s {}", "{{ y }} {{ x }} \\1 %s {}\n", id="once"),
        pytest.param("$VAR %i %% {x}\n", "1", "$VAR %i %% {x}\n", id="what engines have stays"),
        pytest.param("", "1", "", id="empty"),
    ],
)
def test_values_are_filled_in(text: str, value: str | Sequence[str], filled: str) -> None:
    assert Template(text, "t").fill({"x": value}) == filled
    assert Template(text, "t").given({"x": value}).fill({}) == filled
    assert Template(text, "t").given({"y": "2"}).fill({"x": value}) == filled


def test_what_is_given_and_what_comes_later_are_one_text() -> None:
    template = Template("{{ a }}-{{ b }}\n  {{ c }}\n{{ a }}\n", "t")
    wanted = "1-2\n  3\n  4\n1\n"
    assert template.given({"a": "1"}).given({"c": ["3", "4"]}).fill({"b": "2"}) == wanted
    assert template.given({"b": "2"}).fill({"a": "1", "c": ["3", "4"]}) == wanted


@pytest.mark.parametrize("text", ["{{ nope }}\n", "  {{ nope }}\n", "{{ x }} {{ nope }}\n"])
def test_a_place_that_there_is_no_value_for_is_an_error_of_its_file(text: str) -> None:
    message = r"^own/app\.conf: \{\{ nope \}\} is no value; there are x, y$"
    with pytest.raises(UsageError, match=message):
        Template(text, "own/app.conf").fill({"y": "", "x": ""})
    with pytest.raises(UsageError, match=message):
        Template(text, "own/app.conf").given({"y": ""}).fill({"x": ""})
