"""The tap of a process: real ptys, real processes in them."""

import os
import signal
import sys
import termios
import time
from collections.abc import Iterator

import psutil
import pytest

from fake_kernel import instance
from harness import PATIENCE, eventually
from pyforeman.core.lifecycle import Backoff, Exited, Gone, Spawned, Start
from pyforeman.core.notices import Notice
from pyforeman.core.status import ExitStatus
from pyforeman.core.supervisor import Supervisor
from pyforeman.plan.plan import instances
from pyforeman.plan.procfile import parse
from pyforeman.plan.settings import Settings
from pyforeman.runtime import keys, posix
from pyforeman.runtime.keys import MOST_WAITING
from pyforeman.runtime.loop import Loop
from pyforeman.runtime.pty import Ptys, Window, window_of
from pyforeman.runtime.taps import Tap, Taps

USUAL = window_of(1)


class Watching:
    """A viewer that remembers."""

    def __init__(self) -> None:
        self.shown = b""
        self.told: list[str] = []
        self.room = 0

    def show(self, data: bytes) -> None:
        self.shown += data

    def began(self) -> None:
        self.told.append("began")

    def said(self, text: str) -> None:
        self.told.append(text)

    def may_type(self) -> None:
        self.room += 1

    def ended(self, text: str) -> None:
        self.told.append(f"ended: {text}")


class House:
    """Processes on ptys, and a loop that reads them into their taps."""

    def __init__(self) -> None:
        self.loop = Loop()
        procfile = parse(b"web: true\npiped: true\n", "Procfile")
        formation = instances(procfile, {}, Settings(pty="web=yes,piped=no"))
        self.supervisor = Supervisor(formation)
        self.ptys = Ptys(on_terminal=False, margin=0)
        self.taps = Taps(self.loop, self.supervisor, self.ptys)
        self.children: dict[str, posix.Child] = {}

    def spawn(self, code: str, name: str = "web.1") -> Tap:
        line = f"exec {sys.executable} -c '{code}'"
        child = posix.spawn(line, os.environ, window=self.taps.window(name) or USUAL)
        self.children[name] = child
        self.supervisor.handle(name, Start(), 0.0)
        self.supervisor.handle(name, Spawned(child.pid), 0.0)
        tap = self.taps.began(name, child.pid, child.output)
        assert tap is not None
        self.loop.watch(child.output, lambda: self.read(name))
        return tap

    def read(self, name: str) -> None:
        tap, fd = self.taps.tap(name), self.children[name].output
        assert tap is not None
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            tap.feed(data)
        else:
            tap.closed(fd)
            self.loop.unwatch(fd)

    def until(self, fact: object, what: str) -> None:
        assert callable(fact)
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert time.monotonic() < deadline, what
            self.loop.wait(time.monotonic() + 0.05)

    def end(self, name: str) -> None:
        child = self.children.pop(name)
        posix.signal_group(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
        self.supervisor.handle(name, Exited(ExitStatus(0, signal.SIGKILL)), 0.0)
        self.supervisor.handle(name, Gone(), 0.0)
        self.taps.run_ended(name)
        tap = self.taps.tap(name)
        assert tap is not None
        if child.output in self.loop._everything.get_map():
            tap.closed(child.output)
            self.loop.unwatch(child.output)
        os.close(child.output)

    def close(self) -> None:
        for name in list(self.children):
            self.end(name)
        self.loop.close()


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


ASK = 'while True: print("got", input("? "))'


def test_what_is_typed_is_read_and_answered(house: House) -> None:
    tap, viewer = house.spawn(ASK), Watching()
    tap.attach(viewer, Window(80, 24))
    house.until(lambda: viewer.shown.endswith(b"? "), "the prompt")
    tap.type(b"hello\r")
    house.until(lambda: b"got hello" in viewer.shown and viewer.shown.endswith(b"? "), "the answer")
    assert viewer.shown.count(b"hello") == 2  # it was echoed


def test_who_comes_later_gets_the_screen_and_the_mouse_that_were_asked_for_long_ago(house: House) -> None:
    tap, late = house.spawn("input()"), Watching()
    tap.feed(b"\x1b[?1049h\x1b[?1000h\x1b[6n" + b"line\n" * 20_000)
    assert tap.attach(late, Window(80, 2)) == b"\x1b[?1049h\x1b[?1000h\x1b[0mline\n"
    house.end("web.1")
    assert late.shown == b""
    house.spawn("input()")
    assert late.shown.startswith(b"\x1b[?1000l\x1b[?1049l\x1b[0m")  # the new run has asked for nothing
    tap.feed(b"hello")
    assert tap.screenful(2) == b"\x1b[0m\x1b[0m\x1b[0m\nhello"


def test_ctrl_c_reaches_who_reads_nothing_of_what_was_pasted(house: House) -> None:
    code = (
        "import signal, time\n"
        'signal.signal(signal.SIGINT, lambda *_: print("woken", flush=True))\n'
        'print("ready", flush=True)\n'
        "while True: time.sleep(99)"
    )
    tap, viewer = house.spawn(code), Watching()
    tap.attach(viewer, Window(80, 24))
    house.until(lambda: b"ready" in viewer.shown, "it runs")
    tap.type(b"a line\r" * 5_000)
    tap.type(b"\x03")
    house.until(lambda: b"woken" in viewer.shown, "the signal")
    tap.type(b"\x03")
    house.until(lambda: viewer.shown.count(b"woken") == 2, "the next one")


def test_who_comes_later_sees_the_last_screenful_first(house: House) -> None:
    tap, first, second = house.spawn(ASK), Watching(), Watching()
    tap.attach(first, Window(80, 24))
    house.until(lambda: first.shown.endswith(b"? "), "the prompt")
    assert tap.attach(second, Window(80, 24)) == b"\x1b[0m? "
    tap.type(b"x\r")
    house.until(lambda: b"got x" in first.shown and b"got x" in second.shown, "both see it")


CATCH = """
while True:
    try:
        print("got", input("? "))
    except KeyboardInterrupt:
        print("interrupted")
"""


def test_ctrl_c_is_a_signal_for_who_left_that_to_its_terminal(house: House) -> None:
    tap, viewer = house.spawn(CATCH), Watching()
    tap.attach(viewer, Window(80, 24))
    house.until(lambda: viewer.shown.endswith(b"? "), "the prompt")
    # A signal between the prompt and the read would not be seen by Python before the next key.
    asking = psutil.Process(tap.pid)
    eventually(lambda: asking.status() == psutil.STATUS_SLEEPING, "it reads")
    tap.type(b"half a line\x03")
    house.until(lambda: b"interrupted" in viewer.shown and viewer.shown.endswith(b"? "), "it was interrupted")
    tap.type(b"after\r")
    house.until(lambda: b"got after" in viewer.shown, "what was typed before is thrown away")
    assert b"^C" in viewer.shown
    tap.type(b"not\x1a stopped\r")
    house.until(lambda: b"got not stopped" in viewer.shown, "^Z is nothing")


def test_who_types_a_great_many_signals_at_once_keeps_nobody_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(keys, "signal_group", lambda pid, number: sent.append(number))
    tap = house.spawn("import signal; signal.pause()")
    tap.type(1000 * b"\x03" + b"\x1c")
    assert 0 < len(sent) < 100
    house.until(lambda: len(sent) == 1001, "the rest, turn by turn")
    assert sent[-1] == signal.SIGQUIT


RAW = """
import os, tty
tty.setraw(0)
print("ready", flush=True)
while True: print("got", os.read(0, 1), flush=True)
"""


def test_each_key_goes_through_to_who_deals_with_them_itself(house: House) -> None:
    tap, viewer = house.spawn(RAW), Watching()
    tap.attach(viewer, Window(80, 24))
    house.until(lambda: b"ready" in viewer.shown, "it is ready")
    tap.type(b"\x03\x1a\x1c")
    house.until(lambda: b"x1c" in viewer.shown, "all of them")
    assert b"x03" in viewer.shown
    assert b"x1a" in viewer.shown


def test_a_quit_key_ends_it(house: House) -> None:
    tap = house.spawn('import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); input("? ")')
    viewer = Watching()
    tap.attach(viewer, USUAL)
    house.until(lambda: viewer.shown.endswith(b"? "), "the prompt")
    tap.type(b"\x1c")
    _, status = os.waitpid(house.children["web.1"].pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGQUIT
    child = house.children.pop("web.1")
    tap.closed(child.output)
    house.loop.unwatch(child.output)
    os.close(child.output)


LATE = """
import os, sys, tty
tty.setraw(0)
print("ready", flush=True)
wanted, got = int(sys.argv[1]), b""
os.read(os.open("go", os.O_RDONLY), 1)
while len(got) < wanted: got += os.read(0, 65536)
print("sum", sum(got), flush=True)
os.read(0, 1)
"""


def test_keys_wait_for_who_does_not_read_and_none_is_lost(
    house: House, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    os.mkfifo("go")
    typed = bytes(range(256)) * 256
    tap = house.spawn(LATE.replace("sys.argv[1]", str(len(typed))))
    viewer = Watching()
    tap.attach(viewer, USUAL)
    house.until(lambda: b"ready" in viewer.shown, "it is ready")
    rest = typed
    while tap.can_take_keys and rest:
        tap.type(rest[:4096])
        rest = rest[4096:]
    assert not tap.can_take_keys or not rest
    go = os.open("go", os.O_WRONLY)
    os.write(go, b"\n")
    while rest:
        house.until(lambda: tap.can_take_keys, "there is room again")
        tap.type(rest[:4096])
        rest = rest[4096:]
    house.until(lambda: f"sum {sum(typed)}".encode() in viewer.shown, "it got all")
    os.close(go)


def test_what_waits_is_bounded_and_who_types_is_told_of_room(house: House) -> None:
    tap, viewer = (
        house.spawn('import time, tty; tty.setraw(0); print("ready", flush=True); time.sleep(99)'),
        Watching(),
    )
    tap.attach(viewer, USUAL)
    house.until(lambda: b"ready" in viewer.shown, "it is ready")
    for _ in range(200):
        tap.type(b"x" * 4096)
    assert not tap.can_take_keys
    assert tap._keys is not None
    assert len(tap._keys._waiting) <= MOST_WAITING
    before = viewer.room
    house.end("web.1")
    assert viewer.room == before + 1
    tap.type(b"x")  # nobody is there
    assert len(tap.screenful(1)) < 20


def test_the_window_is_the_smallest_of_all_and_in_the_end_what_it_was(house: House) -> None:
    tap = house.spawn("import signal; signal.pause()")
    fd = house.children["web.1"].output
    one, two = Watching(), Watching()
    tap.attach(one, Window(80, 50))
    assert window_of(fd) == Window(80, 50)
    tap.attach(two, Window(120, 24))
    assert window_of(fd) == Window(80, 24)
    tap.resize(one, Window(60, 50))
    assert window_of(fd) == house.taps.window("web.1") == Window(60, 24)
    tap.detach(one)
    assert window_of(fd) == Window(120, 24)
    tap.detach(two)
    tap.detach(two)
    assert window_of(fd) == USUAL
    assert house.taps.window("web.1") is None
    tap.resize(one, Window(1, 1))
    assert window_of(fd) == USUAL


def test_who_looks_stays_when_the_process_is_started_again(house: House) -> None:
    viewer = Watching()
    house.spawn(ASK).attach(viewer, Window(80, 24))
    house.until(lambda: viewer.shown.endswith(b"? "), "the prompt")
    house.end("web.1")
    house.taps.notice(Notice("restarting", "web.1", "web.1 crashed; next try in 1 s"))
    assert isinstance(house.supervisor.snapshot()["web.1"], Backoff)
    house.taps.settle()
    tap = house.spawn(ASK.replace("?", "again?"))
    house.until(lambda: viewer.shown.endswith(b"again? "), "the new run")
    assert window_of(house.children["web.1"].output) == Window(80, 24)
    tap.type(b"x\r")
    house.until(lambda: b"got x" in viewer.shown, "the new run reads")
    house.until(lambda: tap.screenful(3) == b"\x1b[0magain? x\ngot x\nagain? ", "on lines of its own")
    assert viewer.told == ["web.1 crashed; next try in 1 s", "began"]


def test_who_looks_is_let_go_when_it_will_not_run_again(house: House) -> None:
    viewer = Watching()
    house.spawn("pass").attach(viewer, USUAL)
    house.taps.settle()
    house.taps.notice(Notice("stopping", "", "SIGTERM received, stopping"))
    house.taps.notice(Notice("stopped", "web.1", "web.1 stopped (code 0)"))
    house.taps.notice(Notice("stopped", "other.1", "other.1 stopped (code 0)"))
    house.supervisor.signalled(signal.SIGTERM, 0.0)
    house.taps.settle()  # it is still stopping
    house.end("web.1")
    house.taps.settle()
    house.taps.settle()
    assert viewer.told == [
        "SIGTERM received, stopping",
        "web.1 stopped (code 0)",
        "ended: web.1 stopped (code 0)",
    ]


def test_the_end_of_a_former_run_is_not_the_end_of_this_one(house: House) -> None:
    """What it has left behind has kept its pty open."""
    tap = house.spawn("import signal; signal.pause()")
    former = house.children.pop("web.1")
    tap = house.spawn(ASK)
    viewer = Watching()
    tap.attach(viewer, USUAL)
    house.until(lambda: viewer.shown.endswith(b"? "), "the prompt")
    tap.closed(former.output)
    tap.type(b"x\r")
    house.until(lambda: b"got x" in viewer.shown, "this one reads")
    posix.signal_group(former.pid, signal.SIGKILL)
    os.waitpid(former.pid, 0)
    house.loop.unwatch(former.output)
    os.close(former.output)


def test_who_gets_pipes_has_no_tap(house: House) -> None:
    assert house.taps.tap("piped.1") is None
    assert house.taps.began("piped.1", 1, -1) is None


def test_who_looks_at_what_waits_for_the_release_is_let_go_when_that_is_stopped(house: House) -> None:
    supervisor = Supervisor([instance("release.1"), instance("web.1")])
    supervisor.start(0.0)
    taps = Taps(house.loop, supervisor, Ptys(on_terminal=True, margin=0))
    tap, viewer = taps.tap("web.1"), Watching()
    assert tap is not None
    assert tap.attach(viewer, USUAL) == b""
    taps.settle()
    tap.type(b"nobody reads it")
    assert viewer.told == []
    supervisor.stop(["web.1"], 0.0)
    taps.settle()
    assert viewer.told == ["ended: web.1 does not run any more"]


def test_a_process_that_is_no_more_is_forgotten(house: House) -> None:
    viewer = Watching()
    former = house.spawn(ASK)
    former.attach(viewer, USUAL)
    house.until(lambda: viewer.shown.endswith(b"? "), "the prompt")
    house.supervisor.retire(["web.1"], 0.0)
    house.end("web.1")
    house.taps.settle()
    assert viewer.told == ["ended: web.1 does not run any more"]
    assert house.taps.tap("web.1") is None


def test_one_that_was_stopped_and_is_no_more_is_forgotten_too(house: House) -> None:
    house.spawn(ASK)
    house.supervisor.stop(["web.1"], 0.0)
    house.end("web.1")
    house.taps.settle()
    assert house.taps._taps
    house.supervisor.retire(["web.1"], 0.0)
    house.taps.settle()
    assert not house.taps._taps  # and not 64 KiB of what it has written


def test_settings_are_read_from_our_side() -> None:
    """What ``Keys`` depends on: our side tells how the other one is set."""
    ours, childs = os.openpty()
    attributes = termios.tcgetattr(childs)
    attributes[3] &= ~termios.ISIG
    termios.tcsetattr(childs, termios.TCSANOW, attributes)
    assert termios.tcgetattr(ours) == termios.tcgetattr(childs)
    os.close(ours)
    os.close(childs)


TELLS_ITS_SIZE = """
import os, signal
wanted = {signal.SIGWINCH}
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
print("waits")
while signal.sigwait(wanted): print(os.get_terminal_size(1))
"""


def test_a_new_window_is_announced(house: House) -> None:
    tap, viewer = house.spawn(TELLS_ITS_SIZE), Watching()
    tap.attach(viewer, Window(90, 20))
    house.until(lambda: b"waits" in viewer.shown, "it waits")
    tap.resize(viewer, Window(70, 20))
    house.until(lambda: b"columns=70, lines=20" in viewer.shown, "it was told")


def test_who_stays_is_told_although_another_one_has_left(house: House) -> None:
    tap, one, other = house.spawn(ASK), Watching(), Watching()
    tap.attach(one, USUAL)
    tap.attach(other, USUAL)
    tap.detach(other)
    house.taps.notice(Notice("stopping", "", "stopping"))
    assert (one.told, other.told) == (["stopping"], [])


def test_what_somebody_looked_at_is_not_talked_to_any_more(house: House) -> None:
    tap, viewer = house.spawn(ASK), Watching()
    tap.attach(viewer, USUAL)
    tap.ended("it is over")
    house.taps.notice(Notice("stopping", "", "stopping"))
    assert tap.last_words == ""
    assert viewer.told == ["ended: it is over"]


def test_after_the_leader_was_reaped_a_key_is_nobodys_signal(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pid may be a stranger's by then; what it has left behind may still have the pty."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(keys, "signal_group", lambda *what: asked.append(what))
    tap = house.spawn(ASK)
    tap.type(b"\x03")
    tap.run_ended()
    tap.type(b"\x03")
    assert asked == [(house.children["web.1"].pid, signal.SIGINT)]


class Typing(Watching):
    """A viewer that types the rest as soon as there is room, as ``Foreground`` does."""

    def __init__(self) -> None:
        super().__init__()
        self.tap: Tap | None = None
        self.rest = 20 * [b"of a paste\r"]

    def may_type(self) -> None:
        while self.tap and self.rest and self.tap.can_take_keys:
            self.tap.type(self.rest.pop())


def test_the_rest_of_a_paste_is_not_typed_into_the_pty_of_a_run_that_is_over(house: House) -> None:
    """What has left its session may still have that pty, and the next run would get no key; and the number
    of an fd that is about to be closed may be another file's soon."""
    former, viewer = house.spawn("import time; time.sleep(99)"), Typing()
    former.attach(viewer, USUAL)
    viewer.tap = former
    former.type(MOST_WAITING * b"x")
    assert not former.can_take_keys
    old = house.children.pop("web.1")
    house.loop.unwatch(old.output)
    try:
        tap = house.spawn(ASK)
        assert viewer.rest == []
        house.until(lambda: viewer.shown.endswith(b"? "), "the prompt")
        tap.type(b"hello\r")
        house.until(lambda: b"got hello" in viewer.shown, "the answer")
    finally:
        posix.signal_group(old.pid, signal.SIGKILL)
        os.waitpid(old.pid, 0)
        os.close(old.output)
