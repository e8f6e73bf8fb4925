"""What was written before, on a terminal that comes later."""

import pytest

from pyforeman.output.replay import replayed


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"", b""),
        (b"a line\n(Pdb) ", b"a line\n(Pdb) "),
        (b"\x1b[31mred\x1b[0m\n\x1b[?2004h> ", b"\x1b[31mred\x1b[0m\n\x1b[?2004h> "),
        (b"\x1b[6nIn [1]: ", b"In [1]: "),
        (b"\x1b[c\x1b[>c\x1b[>0c\x1b[?6n\x1b[5n\x1b[?u\x1b[?2026$p\x1b[18tvim", b"vim"),
        (b"\x1b]11;?\x07\x1b]4;1;?\x1b\\\x1bP+q436f\x1b\\\x1bP$qm\x1b\\\x1b[>qvim", b"vim"),
        (b"\x1b]0;a title\x07> ", b"\x1b]0;a title\x07> "),
        # irb waits for the answer
        (b"\x1b[6n\x1b[1Girb> \x1b[6n", b"\x1b[1Girb> \x1b[6n"),
        (b"\x1b[6n\x1b[1G\x1b[K", b"\x1b[6n\x1b[1G\x1b[K"),
        (b"drawn\x1b[?1049l\r$ ", b"\x1b[0m\r$ "),
    ],
)
def test_nothing_is_asked_again_but_what_may_still_be_waited_for(written: bytes, shown: bytes) -> None:
    assert replayed(written) == shown
