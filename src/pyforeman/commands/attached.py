"""The user's terminal while it is attached to a process of a running formation."""

import binascii
import contextlib
import os
import select
import signal
from types import FrameType

from pyforeman.control.client import Client, EndedError
from pyforeman.control.protocol import Message
from pyforeman.errors import UsageError
from pyforeman.output.alone import Alone
from pyforeman.plan.detach import how_to_let_go
from pyforeman.runtime.complaints import tidy_up
from pyforeman.runtime.keyboard import Keyboard, Typed, read_keys
from pyforeman.runtime.modes import switch_off
from pyforeman.runtime.pty import window_of

_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_NOTED = (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT)


class _EndedByError(Exception):
    """A signal that ends us came. An exception: a write to a stalled terminal must end, too."""

    def __init__(self, number: int) -> None:
        self.number = number


def check_terminal() -> None:
    """Raises UsageError where there is no keyboard, or no screen."""
    if not (os.isatty(0) and os.isatty(1)):
        raise UsageError(
            "attach needs a terminal as standard input and output; "
            "in a script, pyforeman logs NAME reads a process, and pyforeman signal INT NAME interrupts it"
        )


class Attached:
    """``process`` is what the user has typed; ``key`` lets go, b"" for none."""

    def __init__(self, client: Client, process: str, key: bytes) -> None:
        self._client = client
        self._process = process
        self._key = key
        self._keyboard = Keyboard(0)
        self._alone = Alone()
        self._is_attached = False
        self._typed = Typed(key)
        self._farewell = ""
        self._last_notice = ""
        self._noted, self._note = os.pipe()
        self._watcher = 0
        self._alive = -1

    def run(self) -> int:
        """Until somebody lets go; gives the exit code. Raises PyforemanError for what cannot be attached to.

        Whatever ends us, the terminal is given back.
        """
        os.set_blocking(self._noted, False)
        os.set_blocking(self._note, False)
        code = 0
        try:
            self._catch_signals()
            columns, rows = window_of(0)
            request = {"command": "attach", "process": self._process, "columns": columns, "rows": rows}
            self._client.send(request)
            while not self._farewell:
                self._turn()
        except EndedError as error:
            self._farewell = str(error)
        except _EndedByError as error:
            code = 128 + error.number
        finally:
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)
            self._leave()
        return code

    def _catch_signals(self) -> None:
        def end(number: int, _: FrameType | None) -> None:
            raise _EndedByError(number)

        signal.set_wakeup_fd(self._note, warn_on_full_buffer=False)
        for number in _NOTED:
            signal.signal(number, lambda *_: None)
        for number in _ENDING:
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, end)

    def _turn(self) -> None:
        """Wait once, and deal with all that has come."""
        formation = self._client.fileno()
        poll = select.poll()
        poll.register(self._noted, select.POLLIN)
        poll.register(formation, select.POLLIN | select.POLLOUT if self._typed else select.POLLIN)
        if self._is_attached and not self._typed.is_full:
            poll.register(0, select.POLLIN)
        ready = dict(poll.poll())
        if self._noted in ready:
            for number in os.read(self._noted, 4096):
                self._signalled(number)
        if ready.get(formation, 0) & ~select.POLLOUT:
            for message in self._client.read():
                self._take(message)
        if ready.get(formation, 0) & select.POLLOUT:
            self._send_keys()
        if 0 in ready and not self._farewell:
            self._type()

    def _take(self, message: Message) -> None:
        """What the formation says."""
        if "attached" in message:
            self._is_attached = True
            self._keyboard.take()
            self._watch_over_terminal()
            self._process = str(message["attached"])
            self._write(self._alone.aside(f"attached to {self._process}{how_to_let_go(self._key)}"))
        elif "data" in message:
            self._write(self._alone.output(binascii.a2b_base64(message["data"])))
        elif "notice" in message:
            self._last_notice = str(message["notice"])
            self._write(self._alone.aside(self._last_notice))
        elif "ok" in message:
            self._farewell = str(message.get("ended"))

    def _type(self) -> None:
        """Keys, for the process."""
        keys = read_keys(0)
        pressed = self._typed.add(keys)
        self._send_keys()
        if pressed:
            self._farewell = f"detached from {self._process}"
        elif not keys:
            self._farewell = "the terminal is gone"

    def _send_keys(self) -> None:
        """As many as the formation takes."""
        poll = select.poll()
        poll.register(self._client.fileno(), select.POLLOUT)
        while self._typed and poll.poll(0):
            keys = binascii.b2a_base64(self._typed.piece(), newline=False)
            self._client.send({"keys": keys.decode()})

    def _signalled(self, number: int) -> None:
        if number == signal.SIGTSTP:
            self._suspend()
        elif self._is_attached:
            if number == signal.SIGCONT:
                self._keyboard.take()  # the shell had the terminal
                self._write(self._alone.resume())
            columns, rows = window_of(0)
            self._client.send({"columns": columns, "rows": rows})

    def _suspend(self) -> None:
        """^Z from elsewhere: the key is the process's."""
        if self._is_attached:
            self._keyboard.give_back()
            self._write(self._alone.end())
        before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, before)
        self._signalled(signal.SIGCONT)  # where nobody could continue us, the kernel has not stopped us

    def _leave(self) -> None:
        """Give the terminal back, and say why."""
        signal.set_wakeup_fd(-1)
        self._client.close()
        if self._is_attached:
            self._keyboard.give_back()
            said = self._farewell in ("", self._last_notice)
            words = b"" if said else self._alone.aside(self._farewell)
            with contextlib.suppress(OSError):  # the terminal is gone
                self._write(self._alone.end() + words)
        if self._watcher:
            with contextlib.suppress(BrokenPipeError):  # somebody has killed it
                os.write(self._alive, b".")
            os.waitpid(self._watcher, 0)
            os.close(self._alive)
        os.close(self._noted)
        os.close(self._note)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(1, rest) :]

    def _watch_over_terminal(self) -> None:
        """Have somebody give the terminal back if we are killed (SIGKILL): not every shell does that."""
        keyboard = self._keyboard
        watched, self._alive = os.pipe()  # EOF: we have not said that we end
        self._watcher = os.fork()
        if self._watcher:
            os.close(watched)
            return
        try:
            signal.set_wakeup_fd(-1)
            os.setsid()  # else SIGTTOU would stop it where the shell has the terminal again
            os.close(self._alive)
            self._client.close()
            for number in (*_ENDING, *_NOTED):
                signal.signal(number, signal.SIG_IGN)
            if not os.read(watched, 1) and keyboard.give_back():
                switch_off(1)
                tidy_up(1)
        finally:
            os._exit(0)
