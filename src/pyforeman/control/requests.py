"""What can be asked of a running formation: one function for each command."""

from collections.abc import Callable, Mapping

from pyforeman.control.activity import Activity, Ending, Pending, Watch, described, status
from pyforeman.control.formation import RunningFormation, none_of
from pyforeman.control.protocol import VERSION, Message, words_of
from pyforeman.core.fates import AT_REST
from pyforeman.errors import PyforemanError, UsageError
from pyforeman.plan.choice import chosen
from pyforeman.plan.signals import number_of

News = Callable[[], None]
"""What an activity calls when it has something to send after it had nothing."""
Answer = Message | Activity
"""What is replied at once, without its ``ok``; or what goes on."""


def answer(formation: RunningFormation, request: Message, news: News) -> Answer:
    """Carry out a request. Raises PyforemanError, whose text and exit code are the reply then."""
    version = request.get("protocol", VERSION)
    if version != VERSION:
        raise UsageError(f"protocol {version} is not spoken here; this one is {VERSION}")
    command = request.get("command")
    if not isinstance(command, str) or command not in COMMANDS:
        raise UsageError(f"no command {command!r}; there are {', '.join(COMMANDS)}")
    return COMMANDS[command](formation, request, news)


def _ps(formation: RunningFormation, request: Message, news: News) -> Answer:
    patterns = words_of(request, "processes")
    formation.select(patterns)
    return status(formation, patterns)


def _watch(formation: RunningFormation, request: Message, news: News) -> Answer:
    return Watch(formation, words_of(request, "processes"))


def _stop(formation: RunningFormation, request: Message, news: News) -> Answer:
    patterns = words_of(request, "processes")
    if not patterns:
        formation.end()
        return Ending()
    names = formation.without_release(formation.select(patterns))
    formation.stop(names)
    return Pending(formation, names, lambda: {"processes": described(formation, formation.rows(names))})


def _restart(formation: RunningFormation, request: Message, news: News) -> Answer:
    names = formation.without_release(formation.select_some(words_of(request, "processes")))
    changes = formation.restart(names)
    return Pending(
        formation,
        names,
        lambda: {"processes": described(formation, formation.rows(names)), "changes": changes},
    )


def _scale(formation: RunningFormation, request: Message, news: News) -> Answer:
    words = words_of(request, "words")
    started, stopped = formation.scale(words) if words else ([], [])
    return Pending(
        formation,
        [*started, *stopped],
        lambda: {
            "formation": formation.counts,
            "processes": described(formation, formation.rows([*started, *stopped])),
            "stopped": stopped,
        },
    )


def _reload(formation: RunningFormation, request: Message, news: News) -> Answer:
    done = formation.reload()
    touched = [*done.added, *done.removed, *done.restarted]
    return Pending(
        formation,
        touched,
        lambda: {**done._asdict(), "processes": described(formation, formation.rows(touched))},
    )


def _signal(formation: RunningFormation, request: Message, news: News) -> Answer:
    number = number_of(str(request.get("signal")))
    patterns = words_of(request, "processes")
    if not patterns:
        raise UsageError("signal: to which process?")
    names = formation.select_some(patterns)
    formation.signal(names, number, group=request.get("group") is True)
    return {"processes": described(formation, formation.rows(names))}


def _attach(formation: RunningFormation, request: Message, news: News) -> Answer:
    from pyforeman.control.viewer import Attachment

    word = str(request.get("process", ""))
    rows = formation.rows()
    if word in formation.types and not any(row.instance.type == word for row in rows):
        raise none_of(word)
    resting = {row.instance.name: row.state for row in rows if row.state in AT_REST}
    name = chosen(word, [row.instance.name for row in rows], formation.counts, resting)
    if name in resting:
        raise PyforemanError(f"{name} does not run ({resting[name]}); pyforeman restart {name} starts it")
    return Attachment(name, request, formation.taps.tap(name), news)


def _logs(formation: RunningFormation, request: Message, news: News) -> Answer:
    from pyforeman.control.log_stream import log_stream

    return log_stream(formation, request, news)


COMMANDS: Mapping[str, Callable[[RunningFormation, Message, News], Answer]] = {
    "ps": _ps,
    "watch": _watch,
    "stop": _stop,
    "restart": _restart,
    "scale": _scale,
    "reload": _reload,
    "signal": _signal,
    "logs": _logs,
    "attach": _attach,
}


def failed(error: PyforemanError) -> Message:
    """The reply to a request that was not carried out."""
    return {"ok": False, "error": str(error), "exit": error.exit_code}
