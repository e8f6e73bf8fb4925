"""A nasty child: it forks, flees, floods and dies as its seed says, and keeps a count of what it wrote.

One run of a process (a life) has a cast of actors, each a process of its own, that write to one stream. What
they do and every byte that they write follows from the seed, so whoever reads the output can draw the same
cast, and knows what must be there. After each ``write(2)`` an actor adds one byte to a file of its own in
``marks``: when it is killed, n or n+1 of its writes are done.

    python -I -S nasty.pyc SEED FLAGS NAME LEADER [LIFE ACTOR]

FLAGS: ``p`` it writes to a pty, ``l`` no escape bytes (log files drop what looks like a sequence), ``n`` each
line says who wrote it, because what nobody can tell the origin of may live on beside the next life. Only
modules that are there anyway are imported: ``signal`` and ``typing`` would take half of each start. For the
same reason this is one file, and a long one.
"""

import _signal as signal  # type: ignore[import-not-found]  # signal itself imports enum: 6 ms of each start
import os
import sys
import time
from zlib import crc32

ATOMIC = 4096
"""PIPE_BUF: what is no longer reaches a pipe as one piece, whoever else writes to it. A pty has no such
promise (a signal cuts a write that waits for room), so only one actor writes to a pty."""
LIMIT = 1024 * 1024
Step = tuple[str | int, ...]
_TEXT = "The quick brown fox, ägäis · 日本 · 🦊 | not a prefix. ".encode()
_BYTES = bytes(range(256)).replace(b"\n", b"") * 2 + b"\xff\xfe\x1b[31m\r\0"


class Dice:
    """Numbers from a seed, the same everywhere (splitmix64): ``random`` takes its time to import."""

    def __init__(self, seed: str) -> None:
        self._state = crc32(seed.encode()) << 32 | crc32(seed[::-1].encode())

    def number(self) -> int:
        """64 bits."""
        self._state = (self._state + 0x9E3779B97F4A7C15) % 2**64
        mixed = (self._state ^ self._state >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
        return mixed ^ mixed >> 31

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + self.number() % (high - low + 1)

    def chance(self, percent: float) -> bool:
        """True so often."""
        return self.number() % 10_000 < percent * 100

    def pick(self, words: str) -> str:
        """One of the words; ``word*3`` counts three times."""
        choices = [part.partition("*") for part in words.split()]
        number = self.number() % sum(int(weight or 1) for _, _, weight in choices)
        for word, _, weight in choices:
            number -= int(weight or 1)
            if number < 0:
                return word
        raise AssertionError

    def size(self, low: int, high: int) -> int:
        """A size, small ones as often as large ones."""
        bits = self.between(low.bit_length(), high.bit_length())
        return min(high, max(low, self.number() % (1 << bits)))


class Actor:
    """One process of a life. ``farewell``: what it does when it is asked to stop, None: nothing special."""

    def __init__(self, name: str, how: str) -> None:
        self.name = name
        self.how = how
        self.steps: list[Step] = []
        self.farewell: list[Step] | None = None


def cast(seed: str, name: str, life: int, flags: str) -> dict[str, Actor]:
    """Who is in this life of a process, by name; ``a`` is the first."""
    dice = Dice(f"{seed} {name} {life}")
    actors = {"a": Actor("a", "")}
    parents = {}
    for other in "bcd"[: int(dice.pick("0*9 1*5 2*4 3*2"))]:
        parents[other] = "abc"[dice.between(0, "bcd".index(other))]
        actors[other] = Actor(other, dice.pick("fork*3 group session*2 daemon*2 bare chain flight"))
    alone = "p" in flags or dice.chance(55)
    named = not alone or "n" in flags or any(actor.how == "bare" for actor in actors.values())
    writer = dice.pick("a*2 " + " ".join(actors))
    for actor in list(actors.values()):
        writes = not alone or actor.name == writer
        actor.steps = [step for _ in range(dice.between(0, 5)) for step in _deed(dice, writes, named)]
        for child, parent in parents.items():
            if parent == actor.name:
                actor.steps.insert(dice.between(0, len(actor.steps)), ("start", child))
        actor.steps = [*_dispositions(dice), *actor.steps, _end(dice, first=actor.name == "a")]
        if dice.chance(40):
            actor.farewell = [step for _ in range(dice.between(0, 3)) for step in _deed(dice, writes, named)]
            if dice.chance(20):  # asked to stop, it starts another one
                late = "z" + actor.name
                actors[late] = Actor(late, dice.pick("fork session daemon"))
                actors[late].steps = [*_deed(dice, not alone, named), ("idle",)]
                actor.farewell.append(("start", late))
            actor.farewell.append(_end(dice, first=False))
    return actors


def _dispositions(dice: Dice) -> list[Step]:
    steps: list[Step] = []
    if dice.chance(20):
        steps += [("ignore", signal.SIGTERM)]
    if dice.chance(10):
        steps += [("ignore", signal.SIGHUP), ("ignore", signal.SIGINT), ("ignore", signal.SIGQUIT)]
    if dice.chance(50):
        steps += [("default", signal.SIGPIPE)]
    return steps


def _deed(dice: Dice, writes: bool, named: bool) -> list[Step]:
    """Something to do: mostly to write. Each of the steps is one system call, or one sleep.

    ``named``: each write is a line that says who wrote it, for others may write between two of them.
    """
    any_line = "line*8 lines*3 tiny*2 flood big*2 huge half*3 crumbs nap*4 close stop"
    what = dice.pick("line*8 lines*3 edge nap*4 close stop" if named else any_line)
    serial = dice.number() % 2**32
    if what == "nap" or (not writes and what not in {"close", "stop"}):
        return [("nap", dice.size(1, 60))]
    if what in {"close", "stop"}:
        return [(what,)] if dice.chance(15) else []
    kind = "bytes" if dice.chance(25) else "text"
    whole = ("write", serial, kind)
    match what:
        case "line":
            return [(*whole, dice.size(1, 300), 0, -1)]
        case "lines":
            return [
                ("write", serial + number, kind, dice.size(1, 300), 0, -1)
                for number in range(dice.between(2, 40))
            ]
        case "edge":
            return [(*whole, ATOMIC - dice.between(0, 2), 0, -1)]
        case "tiny":
            return [("write", serial + number, "tiny", number % 2, 0, -1) for number in range(4)]
        case "flood":
            return [("write", serial + number, "flood", 0, 0, -1) for number in range(dice.between(1, 12))]
        case "big":
            return [(*whole, dice.size(1000, 100_000), 0, -1)]
        case "huge" if dice.chance(30):
            return [(*whole, dice.between(-1, 1) + int(dice.pick(f"{LIMIT} 1500000*2")), 0, -1)]
        case "crumbs":
            return [("write", serial, kind, 60, place, place + 6) for place in range(0, 60, 6)]
        case _:
            size = dice.size(40, 5000)
            cut = dice.between(1, size - 1)
            nap: list[Step] = [("nap", dice.size(1, 60))]
            return [(*whole, size, 0, cut), *nap, (*whole, size, cut, -1)]


def _end(dice: Dice, *, first: bool) -> Step:
    match dice.pick("exit*5 kill*2 exec*2 freeze idle*10" if first else "exit*6 kill exec*2 freeze idle*8"):
        case "exit":
            return ("exit", dice.pick("0*2 1 2 77"))
        case "kill":
            return ("kill", getattr(signal, dice.pick("SIGSEGV SIGABRT SIGKILL SIGTERM SIGHUP SIGUSR1")))
        case other:
            return (other,)


def written(name: str, life: int, actor: str, flags: str, steps: list[Step]) -> list[bytes]:
    """What an actor writes in these steps: an item for each ``write(2)``."""
    return [data(f"{name}/{life}/{actor}", flags, step) for step in steps if step[0] == "write"]


def data(who: str, flags: str, step: Step) -> bytes:
    """The bytes of one write. A line that is long enough says who wrote it, and carries a checksum."""
    _, serial, kind, size, start, stop = step
    assert isinstance(serial, int)
    assert isinstance(size, int)
    assert isinstance(start, int)
    assert isinstance(stop, int)
    if kind == "tiny":
        return b"x\n"[1 - size :]
    if kind == "flood":
        return b"".join(b"%s %d.%d\n" % (who.encode(), serial, number) for number in range(1500))
    pool = _BYTES if kind == "bytes" else _TEXT
    if "l" in flags:
        pool = pool.replace(b"\x1b", b"?")
    head = b"%s %d " % (who.encode(), serial)
    room = max(0, size - len(head) - 10)
    payload = (pool * (room // len(pool) + 1))[:room]
    line = b"%s%08x %s\n" % (head, crc32(payload), payload)
    return line[start : len(line) if stop < 0 else stop]


class Child:
    """One process that plays an actor."""

    def __init__(self, arguments: list[str]) -> None:
        path, self._seed, self._flags, self._name, self._leader, *life = arguments
        self._path = os.path.abspath(path)
        self._folder = os.getcwd()
        self._mute = not _is_open(1)  # first of all: the next file that is opened would become it
        self._asked = self._waiting = self._leaving = self._failed = False
        self._life = int(life[0]) if life else self._new_life()
        self._cast = cast(self._seed, self._name, self._life, self._flags)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def play(self, name: str) -> None:
        """Be this actor; returns never. What was ignored or handled before a fork still is."""
        self._actor = actor = self._cast[name]
        self._asked = self._waiting = self._leaving = self._failed = False
        self._mark = self._open_mark(name)
        if actor.farewell is not None:
            signal.signal(signal.SIGTERM, self._on_term)
        for step in actor.steps:
            if self._asked and actor.farewell is not None:
                break
            self._do(name, step)
        self._say_farewell()

    def _on_term(self, *_: object) -> None:
        """Never in the middle of a line: only where it waits does it act at once."""
        self._asked = True
        if self._waiting:
            self._say_farewell()

    def _say_farewell(self) -> None:
        if self._leaving:
            return
        self._leaving = True
        name = self._actor.name + "!"
        if (
            not self._failed
        ):  # else there may be a part of the last write, too, as if it had been killed there
            self._mark = self._open_mark(name)
        for step in self._actor.farewell or ():
            self._do(name, step)
        os._exit(0)

    def _do(self, who: str, step: Step) -> None:
        match step:
            case ("write", *_):
                self._write(data(f"{self._name}/{self._life}/{who}", self._flags, step))
            case ("nap", int(milliseconds)):
                time.sleep(milliseconds / 1000)  # nothing is waited for: it is work that takes its time
            case ("start", str(other)):
                self._start(self._cast[other])
            case ("ignore", number):
                signal.signal(number, signal.SIG_IGN)
            case ("default", number):
                signal.signal(number, signal.SIG_DFL)
            case ("close",):
                self._mute = True
                for fd in (1, 2):
                    if _is_open(fd):
                        os.close(fd)
            case ("stop",):
                os.kill(os.getpid(), signal.SIGSTOP)
            case ("exit", str(code)):
                os._exit(int(code))
            case ("kill", int(number)):
                if number != signal.SIGKILL:
                    signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            case ("exec",):
                os.execv("/bin/sh", ["sh", "-c", "exec sleep 600"])
            case _:
                self._wait()

    def _write(self, data: bytes) -> None:
        if self._mute:
            return
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(1, rest) :]
        except OSError:  # nobody reads it any more: what would come now is not counted
            self._mute = self._failed = True
        else:
            os.write(self._mark, b".")

    def _wait(self) -> None:
        """Until a signal ends it."""
        self._waiting = True
        if self._asked:
            self._say_farewell()
        while True:
            signal.pause()

    def _start(self, actor: Actor) -> None:
        """Fork; what is forked leaves its parent, or its session, or both."""
        if os.fork():
            return
        if actor.how == "group":
            os.setpgid(0, 0)
        if actor.how in ("session", "daemon", "bare", "flight"):
            os.setsid()
        for _ in range({"daemon": 1, "bare": 1, "chain": 12, "flight": 12}.get(actor.how, 0)):
            if os.fork():
                os._exit(0)
            if actor.how in ("chain", "flight"):
                time.sleep(0.002)  # nobody could catch a chain that never rests
            if actor.how == "flight":
                os.setsid()
        if actor.how == "bare":
            words = [self._seed, self._flags, self._name, self._leader, str(self._life), actor.name]
            os.execve(sys.executable, [sys.executable, "-I", "-S", self._path, *words], {})
        self.play(actor.name)

    def _open_mark(self, who: str) -> int:
        path = f"{self._folder}/marks/{self._name}.{self._life}.{who}"
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def _new_life(self) -> int:
        """How many there were before. A file for each holds the pid that pyforeman knows it by."""
        life = 0
        while True:
            try:
                path = f"{self._folder}/lives/{self._name}.{life}"
                fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                life += 1
            else:
                os.write(fd, self._leader.encode())
                os.close(fd)
                return life


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    Child(sys.argv).play(sys.argv[6] if len(sys.argv) > 6 else "a")
