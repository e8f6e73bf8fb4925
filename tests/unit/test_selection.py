"""Which processes stdout is for."""

import pytest

from pyforeman.output.selection import selected, unmatched


@pytest.mark.parametrize(
    ("only", "quiet", "shown"),
    [
        ([], [], {"web.1", "web.2", "worker.1", "system"}),
        (["web"], [], {"web.1", "web.2"}),
        (["web.2"], [], {"web.2"}),
        (["w*"], [], {"web.1", "web.2", "worker.1"}),
        (["*.1"], [], {"web.1", "worker.1"}),
        ([], ["web"], {"worker.1", "system"}),
        (["web"], ["web.1"], {"web.2"}),
        (["nobody"], [], set()),
        ([""], [], set()),
        ([], ["*"], set()),
        (["we"], [], set()),
        (["s*"], [], {"system"}),
    ],
)
def test_types_instances_and_globs(only: list[str], quiet: list[str], shown: set[str]) -> None:
    names = ("web.1", "web.2", "worker.1", "system")
    assert {name for name in names if selected(name, only=only, quiet=quiet)} == shown


@pytest.mark.parametrize(
    ("patterns", "wrong"),
    [
        (["web", "web.2", "web.17", "w*", "*.1", "*"], []),
        (["wbe"], ["wbe"]),
        (["web.x", "web", "web.", ".1"], ["web.x", "web.", ".1"]),
        (["x*"], ["x*"]),
    ],
)
def test_a_pattern_that_can_fit_nothing_is_found(patterns: list[str], wrong: list[str]) -> None:
    assert unmatched(patterns, ("web", "worker")) == wrong
