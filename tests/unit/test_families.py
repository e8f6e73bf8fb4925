"""Who belongs to which run."""

import pytest

from pyforeman.core.families import STRAYS, Families, Relative, families


def relative(pid: int, parent: int, session: int, mark: str = "") -> Relative:
    return pid, parent, session, mark


US, WEB, WORKER = 1, 10, 20
LEADERS = {"web.1": WEB, "worker.1": WORKER}


@pytest.mark.parametrize(
    ("relatives", "found"),
    [
        pytest.param([], {}, id="nothing lives"),
        pytest.param([relative(WEB, US, WEB)], {WEB: {WEB: US}}, id="a leader"),
        pytest.param(
            [relative(WEB, US, WEB), relative(11, WEB, WEB), relative(12, 11, WEB)],
            {WEB: {WEB: US, 11: WEB, 12: 11}},
            id="its session",
        ),
        pytest.param(
            [relative(WEB, US, WEB), relative(11, WEB, 11), relative(12, 11, 11)],
            {WEB: {WEB: US, 11: WEB, 12: 11}},
            id="what its members have started in another session",
        ),
        pytest.param([relative(11, US, WEB)], {WEB: {11: US}}, id="an orphan in its session"),
        pytest.param([relative(11, US, 11, "web.1")], {WEB: {11: US}}, id="a daemon with the mark"),
        pytest.param(
            [relative(11, US, 11, "web.1"), relative(12, 11, 12)],
            {WEB: {11: US, 12: 11}},
            id="what a daemon has started",
        ),
        pytest.param([relative(11, US, 11)], {STRAYS: {11: US}}, id="a daemon without a mark"),
        pytest.param(
            [relative(11, US, 11, "old.1")], {STRAYS: {11: US}}, id="a daemon of a run that is no more"
        ),
        pytest.param(
            [relative(11, US, 11, "web.1"), relative(21, US, 21, "worker.1"), relative(WORKER, US, WORKER)],
            {WEB: {11: US}, WORKER: {21: US, WORKER: US}},
            id="each to its own",
        ),
        pytest.param(
            [relative(WEB, US, WEB), relative(11, WEB, 11, "worker.1")],
            {WEB: {WEB: US, 11: WEB}},
            id="the parent counts more than the mark",
        ),
    ],
)
def test_families(relatives: list[Relative], found: Families) -> None:
    assert families(relatives, LEADERS) == found


def test_without_leaders_all_are_strays() -> None:
    relatives = [relative(WEB, US, WEB), relative(11, WEB, 11)]
    assert families(relatives, {}) == {STRAYS: {WEB: US, 11: WEB}}
