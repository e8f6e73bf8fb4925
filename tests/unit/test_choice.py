"""Which one process a word means."""

import pytest

from pyforeman.errors import UsageError
from pyforeman.plan.choice import chosen

NAMES = ("web.1", "worker.1", "worker.2", "my-job.1")
FORMATION = "web=1 worker=2 my-job=1"


@pytest.mark.parametrize(
    ("word", "name"), [("web", "web.1"), ("web.1", "web.1"), ("worker.2", "worker.2"), ("my-job", "my-job.1")]
)
def test_it_means_one(word: str, name: str) -> None:
    assert chosen(word, NAMES, FORMATION) == name


@pytest.mark.parametrize(
    ("word", "resting", "name"),
    [
        ("worker", ["worker.1"], "worker.2"),
        ("worker", ["worker.2", "web.1"], "worker.1"),
        ("worker.2", ["worker.2"], "worker.2"),
        ("web", ["web.1"], "web.1"),
    ],
)
def test_of_several_it_means_the_one_that_runs(word: str, resting: list[str], name: str) -> None:
    assert chosen(word, NAMES, FORMATION, resting) == name


def test_of_several_that_rest_none_is_meant() -> None:
    with pytest.raises(UsageError, match="'worker' is 2 processes"):
        chosen("worker", NAMES, FORMATION, NAMES)


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("worker", "'worker' is 2 processes; choose one, such as worker.1"),
        ("w*", "no process 'w*'; the formation is web=1 worker=2 my-job=1"),
        ("", "no process ''; the formation is web=1 worker=2 my-job=1"),
        ("release", "the release reads no keys; pyforeman logs release shows what it writes"),
        ("release.1", "the release reads no keys; pyforeman logs release shows what it writes"),
        ("web.2", "no process 'web.2'; the formation is web=1 worker=2 my-job=1"),
    ],
)
def test_it_means_none_or_several(word: str, problem: str) -> None:
    with pytest.raises(UsageError) as raised:
        chosen(word, NAMES, FORMATION)
    assert str(raised.value) == problem
