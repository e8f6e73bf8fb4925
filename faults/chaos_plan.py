"""What one round is: a formation, its options, and what is done to it, all drawn from one seed."""

import sys
from collections.abc import Mapping
from shlex import quote
from typing import NamedTuple

from nasty import Dice

CHILD = "nasty.pyc"
"""The child, compiled once: a start of it takes 9 ms."""
_STOPS = "SIGINT SIGTERM SIGHUP SIGQUIT"
_TYPES = "web worker clock a a_type_with_a_long_name css2"
_QUIET = "exec 2>/dev/null; "  # a shell tells of a child that a signal ended, in the middle of others' lines
_WRAPS = {
    "simple": "{child}",
    "compound": _QUIET + "cd . && {child}",
    "tail": _QUIET + "{child}; exit 3",
    "deaf": _QUIET + "trap '' TERM; {child}",
    "fed": _QUIET + "sleep 600 | {child}",
    "left": _QUIET + "{child} & sleep 0.05",
    "nested": _QUIET + "({child} &); sleep 600",
    "setsid": "setsid {child}",
    "bare": "env -i setsid {child}",
    "double": _QUIET + "(setsid {child} &) ; exit 0",
    "quick": "exit {number}",
    "killed": "kill -9 $$",
    "missing": "./no-such-program {number}",
}
_WRAP = "simple*14 compound*3 tail deaf fed left*2 nested setsid bare double quick killed missing"


class Act(NamedTuple):
    """Something that is done from outside, once so many lines of output were seen."""

    after: int
    what: str
    detail: str = ""


class Plan(NamedTuple):
    """One round."""

    seed: int
    procfile: str
    arguments: tuple[str, ...]
    types: tuple[str, ...]
    flags: Mapping[str, str]
    """By instance, what its children are told (see ``nasty``)."""
    logs: bool
    lossy: bool
    """Lines may be lost, if they are counted: a reader stalls, or a second signal waits for none."""
    json: bool
    nohup: bool
    acts: tuple[Act, ...]


def draw(seed: int) -> Plan:
    """The round of this seed."""
    dice = Dice(f"round {seed}")
    types = tuple(_TYPES.split()[: int(dice.pick("1*6 2*5 3*3 4*2 5 6"))])
    counts = {name: int(dice.pick("1*8 2*3 3 4")) for name in types}
    nohup = dice.chance(8)
    acts = _acts(dice, nohup)
    did = [act.what for act in acts]
    lossy = "stall" in did or did.count("signal") > 1
    # Where output may be lost, the log files tell what there was.
    logs = dice.chance(25) or lossy or "close" in did
    json = not lossy and dice.chance(15)
    pty = dice.pick("none*6 all one default")
    on_pty = {"all": types, "one": (dice.pick(" ".join(types)),)}.get(pty, ())
    options = _options(dice)
    options += ["--log-dir", "logs"] if logs else []
    options += ["--format", "json"] if json else []
    match pty:
        case "none":
            options.append("--no-pty")
        case "all":
            options.append("--pty")
        case "one":
            options.append(f"--pty=no,{on_pty[0]}=yes")
    common = "l" if logs else ""
    lines = []
    flags: dict[str, str] = {}
    for name in types:
        wrap = dice.pick(_WRAP)
        flag = ("p" if name in on_pty else "") + ("n" if wrap == "bare" else "") + common or "-"
        flags |= {f"{name}.{number + 1}": flag for number in range(counts[name])}
        lines.append(f"{name}: {_command(dice, wrap, flag)}")
    if dice.chance(12):
        flag = ("p" if pty == "all" else "") + common or "-"
        lines.insert(0, f"release: {_command(dice, dice.pick('simple*4 quick left'), flag)}")
        if dice.chance(60):
            options.append("--release")
            flags["release.1"] = flag
    formation = [f"{name}={count}" for name, count in counts.items()]
    procfile, arguments = "\n".join(lines), (*options, *formation)
    return Plan(seed, procfile, arguments, types, flags, logs, lossy, json, nohup, acts)


def _options(dice: Dice) -> list[str]:
    restart = dice.pick("never*3 on-failure*3 always")
    options = ["--timestamps", "off", "--no-env", "-t", dice.pick("0.2*3 0.3*2 0.5 1"), "--restart", restart]
    if restart != "never" and dice.chance(90):
        options += ["--max-restarts", dice.pick("0 1*3 2*2")]
    options += ["--stop-on", dice.pick("never*3 failure exit")]
    return options + (["--no-port"] if dice.chance(70) else ["-p", str(dice.between(20_000, 30_000))])


def _command(dice: Dice, wrap: str, flag: str) -> str:
    number = dice.between(0, 99_999)
    child = f"{quote(sys.executable)} -I -S {CHILD} {number} {flag} $PS $$"
    return _WRAPS[wrap].format(child=child, number=number % 5)


def _acts(dice: Dice, nohup: bool) -> tuple[Act, ...]:
    acts = []
    for _ in range(int(dice.pick("0*5 1*4 2*2 3"))):
        after = dice.size(1, 300)
        match dice.pick("hurt*5 harmless*2 suspend freeze*2 nap"):
            case "hurt":
                acts.append(Act(after, "hurt", dice.pick("SIGKILL*3 SIGSTOP SIGTERM SIGCONT")))
            case "harmless":
                acts.append(Act(after, "harmless", dice.pick("SIGWINCH SIGHUP") if nohup else "SIGWINCH"))
            case "suspend":
                acts.append(Act(after, "suspend"))
            case "freeze":  # as on a machine that is too busy: when it goes on, output and ends have piled up
                hurt = [Act(0, "hurt", "SIGKILL")] if dice.chance(70) else []
                acts += [Act(after, "freeze"), Act(0, "pause", str(dice.size(1, 100))), *hurt, Act(0, "thaw")]
            case _:
                acts += [Act(after, "stall"), Act(0, "pause", str(dice.size(20, 700))), Act(0, "resume")]
    stop = dice.pick(_STOPS.replace("SIGHUP", "") if nohup else _STOPS)
    return (*acts, *_ending(dice, stop, dice.size(1, 500)))


def _ending(dice: Dice, stop: str, after: int) -> list[Act]:
    """What ends the round."""
    first = Act(after, "signal", stop)
    soon = Act(0, "pause", str(dice.size(1, 200)))
    endings = (
        "once*7 twice*2 forced*2 killed*9 late*4 killed-suspended close*3 close-stop stalled*5 "
        "killed-stalled*2 early*2 killed-early natural*2"
    )
    which = dice.pick("kill-guardian kill-manager")
    match dice.pick(endings):
        case "twice":  # within 0.3 s, the second one is the first one again
            again = (dice.pick(f"{stop}*2 SIGINT SIGTERM") for _ in range(dice.between(1, 2)))
            return [first, *(Act(0, "signal", number) for number in again)]
        case "forced":
            wait = Act(0, "pause", str(dice.between(320, 500)))
            return [first, wait, Act(0, "signal", dice.pick("SIGINT SIGTERM SIGQUIT"))]
        case "killed":
            return [Act(after, which)]
        case "late":
            return [first, soon, Act(0, which)]
        case "killed-suspended":
            return [Act(after, "kill-suspended")]
        case "close":
            return [Act(after, "close")]
        case "close-stop":
            return [Act(after, "close"), first]
        case "stalled":
            acts = [Act(after, "stall"), Act(0, "pause", str(dice.size(10, 300))), Act(0, "signal", stop)]
            resume = [Act(0, "pause", str(dice.size(100, 1500))), Act(0, "resume")]
            return acts + (resume if dice.chance(60) else [])
        case "killed-stalled":
            return [Act(after, "stall"), soon, Act(0, which), soon, Act(0, "resume")]
        case "early":
            return [Act(0, "early", str(dice.size(1, 250))), Act(0, "signal", stop)]
        case "killed-early":
            return [Act(0, "early", str(dice.size(1, 250))), Act(0, which)]
        case "natural":
            return [Act(NEVER, "signal", stop)]
        case _:
            return [first]


NEVER = 10**9
"""So many lines are never seen."""
