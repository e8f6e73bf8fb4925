"""What is said on stderr while processes run, without waiting for a reader."""

import contextlib
import os
import select


def complain(text: str) -> None:
    """Write one line to stderr, if it can be done at once: it may be the same stalled pipe as stdout."""
    _write_at_once(2, f"pyforeman: {text}\n".encode(errors="backslashreplace"))


def tidy_up(fd: int) -> None:
    """Bring a terminal to the start of a line, without colours and with its cursor: whoever wrote to it
    was killed in the middle."""
    if os.isatty(fd):
        _write_at_once(fd, b"\x1b[0m\x1b[?25h\r\n")


def _write_at_once(fd: int, data: bytes) -> None:
    _, writable, _ = select.select((), (fd,), (), 0)
    if writable:
        with contextlib.suppress(OSError):
            os.write(fd, data)
