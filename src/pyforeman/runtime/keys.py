"""Types into the pty of one run of a process, from our side of it, without ever waiting."""

import os
import signal
from collections.abc import Callable, Mapping

from pyforeman.runtime.loop import Loop
from pyforeman.runtime.posix import signal_group
from pyforeman.runtime.pty import discard_input, is_controlling

MOST_WAITING = 64 * 1024
"""Bytes that wait for a process which reads nothing; a person stops typing long before."""
_A_TURN = 40  # signals, and what is between them, in one turn of the loop: each asks the kernel some things


class Keys:
    """What is typed for the run whose leader is ``pid``. ``fd`` is our side of its pty; the stream owns it.

    The pty is nobody's controlling terminal, so the kernel makes no signals of keys. We do, where the
    process has left that to its terminal (ISIG): ^C is SIGINT to the leader's group, ^\\ SIGQUIT. ^Z is
    dropped: nobody could continue what it stops.

    What was typed before such a key is thrown away, and the key is shown as ``^C``, with ``echo``. On Linux
    the kernel would do both some time after it was given the key. By then the process may have answered the
    signal, and its answer would be thrown away, too.

    A leader may have made it its controlling terminal (an interactive shell opens it by its name). Then all
    that is the kernel's: it alone knows which job is in the foreground.

    ``on_room`` is called when ``can_take`` has become true again.
    """

    def __init__(
        self,
        loop: Loop,
        fd: int,
        pid: int,
        *,
        echo: Callable[[bytes], object],
        on_room: Callable[[], object],
    ) -> None:
        self._loop = loop
        self._fd = fd
        self._pid = pid
        self._echo = echo
        self._on_room = on_room
        self._waiting = bytearray()
        self._watched = -1  # a duplicate of ours: the loop reads the other one

    @property
    def can_take(self) -> bool:
        """Whether there is room for as much as a request may hold."""
        return len(self._waiting) <= MOST_WAITING // 4

    def type(self, data: bytes) -> None:
        """Type it, now or when there is room. What exceeds 64 KiB is lost."""
        self._waiting += data[: MOST_WAITING - len(self._waiting)]
        self._write()

    def leader_ended(self) -> None:
        """Its pid may soon be another's: nobody gets a signal any more."""
        self._pid = 0

    def close(self) -> None:
        """Forget what waits; to be called before ``fd`` is closed."""
        self._waiting.clear()
        self._watch(False)

    def _write(self) -> None:
        could_take = self.can_take
        for _ in range(_A_TURN):
            if not self._waiting or not self._write_some():
                break
        self._watch(bool(self._waiting))
        if self.can_take and not could_take:
            self._on_room()

    def _write_some(self) -> bool:
        """Type what comes before the next signal, or send that; False where it has to wait for room."""
        modes, signals = self._settings()
        cut = next((at for at, key in enumerate(self._waiting) if key in signals), len(self._waiting))
        if cut:
            written = self._put(bytes(self._waiting[:cut]))
            del self._waiting[:written]
            return written == cut or self._skip_to_signal(modes, signals)
        key = self._waiting[0]
        if signals[key] and not self._signal(key, signals[key], modes):
            return False
        del self._waiting[0]
        return True

    def _skip_to_signal(self, modes: int, signals: Mapping[int, int]) -> bool:
        """The process reads nothing: ^C must reach it all the same. It throws away what waits before it."""
        import termios

        found = next((at for at, key in enumerate(self._waiting) if signals.get(key)), -1)
        if found < 0 or modes & termios.NOFLSH:
            return False
        del self._waiting[:found]
        return True

    def _signal(self, key: int, number: int, modes: int) -> bool:
        """Do what the kernel does for a controlling terminal; False when there is no room for the key."""
        import termios

        if modes & termios.NOFLSH or discard_input(self._fd):
            if modes & termios.ECHO and modes & termios.ECHOCTL:
                self._echo(b"^%c" % (key ^ 0x40))
        elif not self._put(bytes((key,))):
            return False
        if self._pid:
            signal_group(self._pid, number)
        return True

    def _settings(self) -> tuple[int, Mapping[int, int]]:
        """What the process has set up just now: its local modes, and which keys become a signal; 0: a key
        that it never gets."""
        import termios

        try:
            attributes = termios.tcgetattr(self._fd)  # of the other side: it has the settings of both
        except termios.error:
            return 0, {}
        if not attributes[3] & termios.ISIG or is_controlling(self._fd):
            return attributes[3], {}
        unset = os.fpathconf(self._fd, "PC_VDISABLE")
        keys = {
            ord(attributes[6][place]): number
            for place, number in (
                (termios.VSUSP, 0),
                (termios.VQUIT, signal.SIGQUIT),
                (termios.VINTR, signal.SIGINT),
            )
        }
        keys.pop(unset, None)
        return attributes[3], keys

    def _put(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0
        except OSError:  # nobody has the other side any more
            return len(data)

    def _watch(self, wanted: bool) -> None:
        if wanted and self._watched < 0:
            try:
                self._watched = os.dup(self._fd)
            except OSError:  # no file may be opened any more: the next key tries again
                return
            self._loop.watch_writable(self._watched, self._write)
        elif not wanted and self._watched >= 0:
            self._loop.unwatch(self._watched)
            os.close(self._watched)
            self._watched = -1
