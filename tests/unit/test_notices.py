"""How durations and ends are put into words."""

import pytest

from pyforeman.core.notices import duration
from pyforeman.core.status import ExitStatus, signal_name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.004, "0 s"),
        (0.04, "0.04 s"),
        (0.5, "0.5 s"),
        (1, "1 s"),
        (3.24, "3.2 s"),
        (9.97, "10 s"),
        (12.4, "12 s"),
        (59.6, "1 min 0 s"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
    ],
)
def test_a_duration_is_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("status", "text", "code", "ok"),
    [
        (ExitStatus(), "code 0", 0, True),
        (ExitStatus(code=3), "code 3", 3, False),
        (ExitStatus(signal=9), "SIGKILL", 137, False),
        (ExitStatus(signal=15), "SIGTERM", 143, False),
        (ExitStatus(signal=40), "signal 40", 168, False),
    ],
)
def test_a_status_is_decoded_once(status: ExitStatus, text: str, code: int, ok: bool) -> None:
    assert (str(status), status.shell_code, status.ok) == (text, code, ok)


def test_a_signal_has_its_name() -> None:
    assert signal_name(2) == "SIGINT"
