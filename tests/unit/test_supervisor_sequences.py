"""Random commands, signals, ends and delays, in any order: what runs in the end is what was wanted last.

The kernel of these tests answers when it likes: a process that was asked to end does so some events later, or
only when it is killed, and what a leader leaves behind lives on for a while.
"""

import signal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fake_kernel import instance
from pyforeman.core.lifecycle import (
    Abandon,
    Backoff,
    Crashed,
    Down,
    Exited,
    Finished,
    Gone,
    Kill,
    Spawn,
    Spawned,
    SpawnFailed,
    Starting,
    Stopping,
    Up,
)
from pyforeman.core.status import ExitStatus
from pyforeman.core.supervisor import Order, Say, Supervisor
from pyforeman.plan.formation import Instance
from pyforeman.plan.policy import Policy

NAMES = [f"{kind}.{index}" for kind in ("web", "worker") for index in (1, 2, 3)]
names = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)
POLICIES = [
    Policy(),
    Policy("always", grace=1),
    Policy("never"),
    Policy("never", stop_on="failure"),
    Policy("on-failure", max_restarts=1, stop_on="exit"),
]


class Run:
    """What the kernel has of one process."""

    def __init__(self, port: int | None) -> None:
        self.port = port
        self.asked = False
        self.killed = False
        self.exited = False


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.runs: dict[str, Run] = {}
        self.closes = False  # else hardly a sequence would get as far as its end without a signal
        self.wanted: dict[str, bool] = {}  # whether it is to run, of those that belong to the formation
        self.spawns_fail = False
        self.ended = False  # by a command or a signal
        self.policy = Policy()
        self.base = 5000

    def planned(self, name: str) -> Instance:
        """As the files say now."""
        return instance(name, self.policy, port=self.base + NAMES.index(name))

    @initialize(
        started=names,
        policy=st.sampled_from(POLICIES),
        release=st.booleans(),
        immortal=st.booleans(),
        closes=st.booleans(),
    )
    def begin(self, started: list[str], policy: Policy, release: bool, immortal: bool, closes: bool) -> None:
        self.policy = policy
        self.immortal = immortal
        self.closes = closes
        instances = [self.planned(name) for name in started]
        if release:
            instances.insert(0, instance("release.1", Policy("never", stop_on="failure")))
        self.supervisor = Supervisor(instances)
        self.wanted = dict.fromkeys((one.name for one in instances), True)
        self.perform(self.supervisor.start(self.now))

    # The kernel

    def perform(self, orders: list[Order | Say]) -> None:
        queue = list(orders)
        while queue:
            match queue.pop(0):
                case Order(name, Spawn()):
                    assert name not in self.runs, f"two runs of {name} at once"
                    if self.spawns_fail:
                        event: Spawned | SpawnFailed = SpawnFailed("no more processes")
                    else:
                        self.runs[name] = Run(self.supervisor.instance(name).port)
                        event = Spawned(1)
                    queue += self.supervisor.handle(name, event, self.now)
                case Order(name, Kill(number)):
                    run = self.runs[name]  # KeyError: an order for what does not run
                    run.asked = True
                    run.killed |= number == signal.SIGKILL
                case Order(name, Abandon()):
                    del self.runs[name]

    def member(self, data: st.DataObject, *, exited: bool) -> str | None:
        found = sorted(name for name, run in self.runs.items() if run.exited == exited)
        return data.draw(st.sampled_from(found)) if found else None

    @rule(data=st.data(), status=st.sampled_from([ExitStatus(), ExitStatus(3), ExitStatus(signal=15)]))
    def a_leader_exits(self, data: st.DataObject, status: ExitStatus) -> None:
        if name := self.member(data, exited=False):
            self.runs[name].exited = True
            self.perform(self.supervisor.handle(name, Exited(status), self.now))

    @rule(data=st.data())
    def nothing_is_left(self, data: st.DataObject) -> None:
        if name := self.member(data, exited=True):
            del self.runs[name]
            self.perform(self.supervisor.handle(name, Gone(), self.now))

    @rule(seconds=st.sampled_from([0.01, 0.5, 1.0, 6.0]))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds
        if (at := self.supervisor.deadline) is not None and at <= self.now:
            self.perform(self.supervisor.tick(self.now))

    @rule(fail=st.booleans())
    def there_are_processes_or_not(self, fail: bool) -> None:
        self.spawns_fail = fail

    @rule(seconds=st.sampled_from([0.5, 100.0]))
    def it_is_stopped_for_a_while(self, seconds: float) -> None:
        self.now += seconds
        self.supervisor.postpone(seconds)

    # Users: as RunningFormation, they ask only for what there is, and for nothing once it closes

    def there(self, chosen: list[str]) -> list[str]:
        return [name for name in chosen if name in self.wanted]

    def ends_by_itself(self, name: str) -> bool:
        """Whether it has ended for good, or will have once what it left behind is gone."""
        state = self.supervisor.snapshot()[name]
        return isinstance(state.next if isinstance(state, Stopping) else state, Finished | Crashed)

    def open(self) -> bool:
        return not self.supervisor.closing and not self.supervisor.over

    @precondition(open)
    @rule(chosen=names)
    def stop(self, chosen: list[str]) -> None:
        """What has ended for good has nothing to stop: ``ps`` goes on to say how it ended."""
        chosen = self.there(chosen)
        self.wanted |= dict.fromkeys((name for name in chosen if not self.ends_by_itself(name)), False)
        self.perform(self.supervisor.stop(chosen, self.now))

    @precondition(open)
    @rule(chosen=names)
    def restart(self, chosen: list[str]) -> None:
        chosen = self.there(chosen)
        self.wanted |= dict.fromkeys(chosen, True)
        self.perform(self.supervisor.restart(chosen, self.now))

    @precondition(open)
    @rule(chosen=names)
    def scale(self, chosen: list[str]) -> None:
        """These are to be there, and no others: in one batch of orders, as ``scale`` has it."""
        surplus = [name for name in self.wanted if name not in chosen and name != "release.1"]
        revived = [name for name in self.there(chosen) if not self.supervisor.is_wanted(name)]
        added = [self.planned(name) for name in chosen if name not in self.wanted]
        self.wanted = {name: True for name in self.wanted if name not in surplus} | dict.fromkeys(
            chosen, True
        )
        self.perform(
            [
                *self.supervisor.retire(surplus, self.now),
                *self.supervisor.restart(revived, self.now),
                *self.supervisor.add(added, self.now),
            ]
        )

    @precondition(open)
    @rule()
    def scale_to_nothing(self) -> None:
        surplus = [name for name in self.wanted if name != "release.1"]
        self.wanted = {name: True for name in self.wanted if name == "release.1"}
        self.perform(self.supervisor.retire(surplus, self.now))

    @precondition(open)
    @rule(chosen=names, base=st.sampled_from([5000, 5001, 5003]))
    def reload(self, chosen: list[str], base: int) -> None:
        """The Procfile has these, and no others; the ports may have moved."""
        self.base = base
        rows = {row.instance.name: row for row in self.supervisor.rows() if not row.instance.is_release}
        removed = [name for name in rows if name not in chosen]
        added = [self.planned(name) for name in chosen if name not in rows]
        changed = [name for name in chosen if name in rows and rows[name].instance != self.planned(name)]
        restarted = [
            name for name in changed if rows[name].state != "waiting" and self.supervisor.is_wanted(name)
        ]
        for name in changed:
            self.supervisor.replace(self.planned(name))
        self.wanted = {name: wanted for name, wanted in self.wanted.items() if name not in removed}
        self.wanted |= dict.fromkeys([*restarted, *(one.name for one in added)], True)
        self.perform(
            [
                *self.supervisor.retire(removed, self.now, wanted_again=False),
                *self.supervisor.restart(restarted, self.now),
                *self.supervisor.add(added, self.now),
            ]
        )

    @precondition(lambda self: self.closes)
    @rule()
    def end(self) -> None:
        self.perform(self.supervisor.end(self.now))

    @precondition(lambda self: self.closes)
    @rule(number=st.sampled_from([signal.SIGINT, signal.SIGTERM, signal.SIGHUP]))
    def signalled(self, number: int) -> None:
        self.perform(self.supervisor.signalled(number, self.now))

    @precondition(lambda self: self.closes)
    @rule(failed=st.booleans())
    def nobody_reads_the_output(self, failed: bool) -> None:
        self.perform(self.supervisor.output_ended(self.now, failed=failed))

    @precondition(lambda self: self.closes)
    @rule()
    def the_guardian_is_killed(self) -> None:
        self.perform(self.supervisor.guardian_ended(self.now))

    # What holds at any time

    @invariant()
    def no_port_is_used_twice(self) -> None:
        ports = [run.port for run in self.runs.values() if run.port is not None]
        assert len(ports) == len(set(ports))

    @invariant()
    def what_runs_is_known_and_what_is_known_to_run_does(self) -> None:
        if not hasattr(self, "supervisor"):
            return
        snapshot = self.supervisor.snapshot()
        assert self.runs.keys() == {
            name for name, state in snapshot.items() if isinstance(state, Up | Stopping)
        }
        assert not any(isinstance(state, Starting) for state in snapshot.values())
        assert {row.instance.name for row in self.supervisor.rows()} == self.wanted.keys()

    @invariant()
    def nothing_runs_when_it_is_over(self) -> None:
        if hasattr(self, "supervisor") and self.supervisor.over:
            assert not self.runs
            assert self.supervisor.deadline is None

    @invariant()
    def what_is_asked_to_end_has_a_deadline(self) -> None:
        if hasattr(self, "supervisor") and any(run.asked for run in self.runs.values()):
            assert self.supervisor.deadline is not None

    def teardown(self) -> None:
        """Let all settle: who was asked ends, what is due comes, nothing crashes any more."""
        if not hasattr(self, "supervisor"):
            return
        self.spawns_fail = False
        for _ in range(1000):  # who waits for a port asks often
            releasing = [name for name in self.runs if name == "release.1"]
            for name in [name for name, run in self.runs.items() if run.asked or run.exited] + releasing:
                if name not in self.runs or (self.immortal and not self.runs[name].killed):
                    continue
                run = self.runs[name]
                if not run.exited:
                    run.exited = True
                    self.perform(self.supervisor.handle(name, Exited(ExitStatus()), self.now))
                del self.runs[name]
                self.perform(self.supervisor.handle(name, Gone(), self.now))
            at = self.supervisor.deadline
            if at is not None:
                self.now = max(self.now, at)
                self.perform(self.supervisor.tick(self.now))
            elif not any(run.asked or run.exited for run in self.runs.values()):
                break
        assert self.supervisor.deadline is None
        if self.supervisor.closing:
            assert not self.runs
            assert self.supervisor.over
            return
        if "release.1" in self.runs:  # it takes no signal before it is asked, and nobody has
            return
        for row in self.supervisor.rows():
            name = row.instance.name
            assert self.supervisor.has_settled(name)
            assert self.supervisor.is_wanted(name) == self.wanted[name]
            if not self.wanted[name]:
                assert row.state == "stopped"
            else:  # it runs, unless it has ended by itself, for good
                assert row.state in ("up", "finished", "crashed")
        assert not any(
            isinstance(state, Down | Backoff)
            for name, state in self.supervisor.snapshot().items()
            if self.wanted.get(name)
        )


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
