"""Random formations of nasty children under random signals: nobody may survive, no line may be lost.

Each round runs in a process of its own, which is a subreaper, so all that is below it is of that round.
What happens in a round follows from its seed alone; the first round's seed is the one that is given.
"""

import argparse
import json
import os
import py_compile
import random
import selectors
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import nasty
from census import become_subreaper, census, descendants, living, reap
from chaos_plan import Plan, draw
from chaos_round import Result, Round
from nasty import Dice

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LIMIT = 120.0
"""Seconds after which a round has failed. It has limits of its own, and they are shorter."""


class Running:
    """A round under way in a process of its own, which tells its result through a pipe."""

    def __init__(self, seed: int, child: bytes) -> None:
        self.seed = seed
        self.began = time.monotonic()
        self.pipe, told = os.pipe()
        sys.stdout.flush()
        self.pid = os.fork()
        if not self.pid:
            _play(seed, child, told)
        os.close(told)
        self._data = b""

    def take(self) -> bool:
        """Take some of the result; False once that was all."""
        data = os.read(self.pipe, 1 << 20)
        self._data += data
        return bool(data)

    def result(self) -> Result:
        """What came of it, after the last ``take``."""
        os.close(self.pipe)
        os.waitpid(self.pid, 0)
        if not self._data:
            return Result(self.seed, (f"no result after {time.monotonic() - self.began:.0f} s",))
        told = json.loads(self._data)
        return Result(**told)


def _play(seed: int, child: bytes, told: int) -> NoReturn:
    """Play a round, tell its result, and end."""
    try:
        become_subreaper()
        result = Round(draw(seed), child).run()
    except BaseException:
        result = Result(seed, (f"the round itself failed: {traceback.format_exc()}",))
    with open(told, "w") as file:
        json.dump(result._asdict(), file)
    os._exit(0)


def seeds(first: int, rounds: int, *, same: bool) -> Iterator[int]:
    """The seeds of the rounds."""
    dice = Dice(f"rounds {first}")
    yield first
    for _ in range(rounds - 1):
        yield first if same else dice.number() % 10**9


def compiled_child() -> bytes:
    """The nasty child, compiled: a start of it takes half the time."""
    with tempfile.TemporaryDirectory() as folder:
        path = py_compile.compile(nasty.__file__, f"{folder}/nasty.pyc", "nasty.py", doraise=True)
        return Path(path or "").read_bytes()


class Summary:
    """What came of all rounds."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._results: list[Result] = []
        self._began = time.monotonic()

    @property
    def failed(self) -> list[Result]:
        """The rounds in which something was wrong."""
        return [result for result in self._results if result.wrong]

    def add(self, result: Result, *, verbose: bool) -> None:
        """Take the result of a round, and tell it if it failed."""
        self._results.append(result)
        if result.wrong:
            _clear()
            again = f"{sys.executable} {sys.argv[0]} --seed {result.seed} --rounds 1 --verbose"
            print(f"FAILED: {'; '.join(result.wrong)[:2000]}; again: {again}")
        if verbose:
            print(told_plan(draw(result.seed)), result.shown, sep="\n")
            print(f"  {result._replace(wrong=(), shown='')}", flush=True)

    def status(self) -> None:
        """One line, drawn again and again on a terminal; every tenth elsewhere."""
        done, seconds = len(self._results), time.monotonic() - self._began
        if sys.stdout.isatty() or done % 50 == 0:
            _clear()
            end = "" if sys.stdout.isatty() else "\n"
            text = f"{done} of {self._rounds} rounds, {len(self.failed)} failed, {seconds:.0f} s"
            print(text, end=end, flush=True)

    def show(self) -> None:
        """What came of it, in numbers."""
        _clear()
        results = self._results
        signals: Counter[str] = Counter()
        for result in results:
            signals.update(dict(result.signals))
        ends = Counter(result.end or "unknown" for result in results)
        slowest = max(results, key=lambda result: result.seconds)
        seconds = time.monotonic() - self._began
        print(f"rounds         {len(results)}, {len(self.failed)} failed, {seconds:.0f} s")
        print(f"lines checked  {sum(result.lines for result in results)}")
        print(f"processes      {sum(result.processes for result in results)}")
        print(f"signals        {_counts(signals)}")
        print(f"ends           {_counts(ends)}")
        print(f"slowest stop   {slowest.seconds:.2f} s (seed {slowest.seed})")
        print(f"told as lost   {sum(result.counted for result in results)} lines, where the reader stalled")
        print(f"survivors      {sum(result.survivors for result in results)}")
        print(f"lost lines     {sum(result.missing for result in results)}")
        if self.failed:
            print(f"failed seeds   {' '.join(str(result.seed) for result in self.failed)}", flush=True)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counter.items()))


def _clear() -> None:
    if sys.stdout.isatty():
        print("\r\x1b[K", end="")


def told_plan(plan: Plan) -> str:
    """A plan, for people."""
    acts = ", ".join(" ".join(map(str, act)).strip() for act in plan.acts)
    procfile = "\n".join(f"  {line}" for line in plan.procfile.split("\n"))
    return f"seed {plan.seed}: {' '.join(plan.arguments)}\n{procfile}\n  acts: {acts}"


def play(first: int, rounds: int, jobs: int, *, same: bool, verbose: bool) -> int:
    """Play all rounds, some beside each other; gives the exit code."""
    become_subreaper()
    child = compiled_child()
    waiting = seeds(first, rounds, same=same)
    summary = Summary(rounds)
    for number in _ENDING:  # so that each round ends what it has started
        signal.signal(number, _end)
    running: dict[int, Running] = {}
    try:
        with selectors.DefaultSelector() as selector:
            while True:
                while len(running) < jobs and (seed := next(waiting, None)) is not None:
                    started = Running(seed, child)
                    running[started.pipe] = started
                    selector.register(started.pipe, selectors.EVENT_READ)
                if not running:
                    break
                for key, _ in selector.select(1.0):
                    if not running[key.fd].take():
                        selector.unregister(key.fd)
                        summary.add(running.pop(key.fd).result(), verbose=verbose)
                        summary.status()
                _end_overdue(list(running.values()))
    except SystemExit:
        for cut_short in running.values():
            os.kill(cut_short.pid, signal.SIGTERM)
        for cut_short in running.values():
            os.waitpid(cut_short.pid, 0)
        raise
    summary.show()
    return 1 if summary.failed else 0


def _end(number: int, _: object) -> NoReturn:
    """End in good order, undisturbed: a ^C comes to the rounds, too, and then we send them SIGTERM."""
    for other in _ENDING:
        signal.signal(other, lambda *_: None)
    sys.exit(128 + number)


def _end_overdue(running: list[Running]) -> None:
    """Kill what takes too long, and what such a round has left to us."""
    for late in running:
        if time.monotonic() > late.began + LIMIT:
            os.kill(late.pid, signal.SIGKILL)
    spared = {round_.pid for round_ in running}
    left = descendants(census(), os.getpid(), spared)
    reap(left)
    for person in living(left):
        os.kill(person.pid, signal.SIGKILL)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, metavar="S", help="of the first round; default: any")
    parser.add_argument("--jobs", type=int, default=3, metavar="N", help="rounds side by side")
    parser.add_argument("--same", action="store_true", help="all rounds have the seed of the first")
    parser.add_argument("--verbose", action="store_true", help="show each round's plan and result")
    given = parser.parse_args()
    seed = random.randrange(10**9) if given.seed is None else given.seed
    print(f"seed {seed}, {given.rounds} rounds", flush=True)
    return play(seed, given.rounds, given.jobs, same=given.same, verbose=given.verbose)


if __name__ == "__main__":
    sys.exit(main())
