"""Who of a session is asked to stop."""

import pytest

from pyforeman.core.recipients import recipients

OURS = 1


@pytest.mark.parametrize(
    ("parents", "shells", "heads"),
    [
        pytest.param({}, (), [], id="nobody is left"),
        pytest.param({10: OURS}, (), [10], id="a program"),
        pytest.param({10: OURS, 11: 10, 12: 10}, (), [10], id="a program and its workers"),
        pytest.param({10: OURS, 11: 10, 12: 11}, {11}, [10], id="a program that runs a shell"),
        pytest.param({10: OURS, 11: 10}, {10}, [10, 11], id="a shell and its program"),
        pytest.param({10: OURS, 11: 10, 12: 11}, {10}, [10, 11], id="a shell, its program, a worker"),
        pytest.param({10: OURS, 11: 10, 12: 11, 13: 12}, {10, 11}, [10, 11, 12], id="a shell in a shell"),
        pytest.param({10: OURS, 11: 10, 12: 10, 13: 12}, {10}, [10, 11, 12], id="a pipeline"),
        pytest.param({11: 1, 12: 11}, (), [11], id="the leader has ended, its server is an orphan"),
        pytest.param({11: 1, 12: 1}, (), [11, 12], id="all are orphans"),
        pytest.param({10: OURS, 11: 1, 12: 11}, (), [10, 11], id="an orphan beside the leader"),
        pytest.param({10: OURS, 11: 9}, {9}, [10, 11], id="a parent outside of the session is no member"),
        pytest.param(
            {12: 11, 11: 10, 10: OURS}, {10, 11}, [10, 11, 12], id="parents first, pids in any order"
        ),
        # pids that were reused between two looks: no tree any more, but nothing to hang on
        pytest.param({10: 11, 11: 10}, {10, 11}, [], id="a circle"),
    ],
)
def test_the_heads_of_a_session(parents: dict[int, int], shells: set[int], heads: list[int]) -> None:
    assert recipients(parents, shells) == heads


@pytest.mark.parametrize(
    ("parents", "shells", "asked", "heads"),
    [
        pytest.param({10: OURS, 11: 10}, (), {10}, [], id="the program ends its workers"),
        pytest.param({11: 1}, (), {10}, [11], id="the program left one behind"),
        pytest.param({11: 1, 12: 11}, {11}, {10}, [11, 12], id="it left a shell behind, and what that runs"),
        pytest.param({10: OURS, 12: 10}, {10}, {10, 11}, [], id="a shell cleans up, in its trap"),
        pytest.param({12: 1}, (), {10, 11}, [12], id="the shell has ended before its clean-up"),
        pytest.param({10: OURS, 11: 10}, {10}, {11}, [10], id="nobody is asked twice"),
    ],
)
def test_who_is_asked_later(
    parents: dict[int, int], shells: set[int], asked: set[int], heads: list[int]
) -> None:
    assert recipients(parents, shells, asked) == heads
