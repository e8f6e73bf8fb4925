"""What decides the exit code, and who is named for it."""

from pyforeman.core.status import ExitStatus
from pyforeman.core.verdict import Verdict

FAILED = ExitStatus(code=3)
KILLED = ExitStatus(signal=9)


def test_without_news_all_is_well() -> None:
    verdict = Verdict()
    assert verdict.code == 0
    assert verdict.words() is None


def test_the_first_decision_counts_whatever_failed() -> None:
    verdict = Verdict()
    verdict.accuse("web.1", FAILED)
    verdict.decide(130)
    verdict.decide(0)
    verdict.lose()
    assert verdict.code == 130
    assert verdict.words() is None


def test_a_command_that_ends_it_is_a_success_whatever_failed() -> None:
    verdict = Verdict()
    verdict.accuse("web.1", FAILED)
    verdict.decide(0)
    assert verdict.code == 0


def test_a_command_that_ends_it_is_no_success_if_lines_were_lost() -> None:
    verdict = Verdict()
    verdict.decide(0)
    verdict.lose()
    assert verdict.code == 1


def test_the_first_that_failed_is_named() -> None:
    verdict = Verdict()
    verdict.accuse("web.1", KILLED)
    verdict.accuse("worker.1", FAILED)
    assert verdict.code == 137
    words = verdict.words()
    assert words is not None
    assert words.text == "ended with exit code 137, because web.1 failed (SIGKILL)"
    assert words.process == "web.1"


def test_who_is_acquitted_makes_room_for_the_next() -> None:
    verdict = Verdict()
    verdict.accuse("web.1", KILLED)
    verdict.accuse("worker.1", FAILED)
    verdict.acquit("web.1")
    verdict.acquit("never.1")
    assert verdict.code == 3
    verdict.accuse("web.1", KILLED)  # it failed again, after the other one
    assert verdict.code == 3
    verdict.acquit("worker.1")
    assert verdict.code == 137


def test_lost_lines_are_no_success_but_no_more_than_that() -> None:
    verdict = Verdict()
    verdict.lose()
    assert verdict.code == 1
    assert verdict.words() is None
    verdict.accuse("web.1", FAILED)
    assert verdict.code == 3
