"""systemd: a target for the application and one for each type, a template unit for its instances.

``app-web@3.service`` is web.3: its port comes from its number, so one more is started without a new export.
Values of the environment stand in ``app.env`` alone: units are for everybody to read (``systemctl show``).
"""

import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from signal import SIGKILL, Signals
from typing import Final

from pyforeman.errors import UsageError
from pyforeman.export import systemd_quoting as quoting
from pyforeman.export.application import Application, Process, Target, host_environment
from pyforeman.export.file import SECRET, File
from pyforeman.export.numbering import number_check, numbered
from pyforeman.export.template import Templates
from pyforeman.plan.command import is_simple, shell_line
from pyforeman.plan.policy import DEFAULT, Policy
from pyforeman.plan.signals import name_of

TEMPLATES = ("app.target", "release.service", "process.target", "process.service", "app.env")
RUNS_IN: Final = "host"
OPTIONS = frozenset({"user", "user_units", "log"})

_UNIT_FOLDERS = frozenset(
    f"{folder}/systemd/{kind}"
    for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib")
    for kind in ("system", "user")
)
_OF_SYSTEMD = frozenset(
    """
    basic bluetooth boot-complete cryptsetup cryptsetup-pre ctrl-alt-del default emergency exit factory-reset
    final first-boot-complete getty getty-pre graphical graphical-session graphical-session-pre halt hibernate
    hybrid-sleep initrd initrd-fs initrd-root-device initrd-root-fs initrd-switch-root initrd-usr-fs
    integritysetup integritysetup-pre kbrequest kexec local-fs local-fs-pre machines multi-user network
    network-online network-pre nss-lookup nss-user-lookup paths poweroff printer reboot remote-cryptsetup
    remote-fs remote-fs-pre remote-veritysetup rescue rpcbind runlevel0 runlevel1 runlevel2 runlevel3
    runlevel4 runlevel5 runlevel6 shutdown sigpwr sleep slices smartcard sockets soft-reboot sound ssh-access
    storage-target-mode suspend suspend-then-hibernate swap sysinit system-update system-update-pre time-set
    time-sync timers tpm2 umount usb-gadget veritysetup veritysetup-pre xdg-desktop-autostart
    """.split()
)
"""The targets of systemd.special(7): a file of that name would take their place."""
_LONGEST_NAME = 255
_LONGEST_GRACE = 10.0**9

_RESTARTS = {"on-failure": "on-failure", "always": "always", "never": "no"}
_KILLED_BY_OTHERS = ("SIGHUP", "SIGINT", "SIGTERM", "SIGPIPE", "143")
"""What systemd takes for a clean end, and what 143 has to be for the sake of a stop."""


def default_folder(target: Target) -> str:
    """Where systemd looks for units of that kind."""
    return "~/.config/systemd/user" if target.user_units else "/etc/systemd/system"


def files(application: Application, target: Target, templates: Templates) -> Iterator[File]:
    """The targets, the template units and the environment file. Raises UsageError for names that are too
    long or systemd's own, and for what systemd does not take for text."""
    _check(application, target)
    app = application.name
    release = application.release
    shared: dict[str, str | Sequence[str]] = {
        "app": app,
        "wanted_by": "default.target" if target.user_units else "multi-user.target",
        "network": "" if target.user_units else "After=network.target",
        "user": f"User={target.user}" if target.user else "",
        "root": quoting.path(application.root),
        "environment_file": quoting.glob(f"{target.folder}/{app}.env"),
        "release": [f"Requires={app}-release.service", f"After={app}-release.service"] if release else (),
    }

    with_shared = {name: template.given(shared) for name, template in templates.items()}

    def filled(template: str, **values: str | Sequence[str]) -> str:
        return with_shared[template].fill(values)

    types = [f"Wants={app}-{process.name}.target" for process in application.processes]
    yield File(f"{app}.target", filled("app.target", types=types))
    if release:
        yield File(f"{app}-release.service", filled("release.service", **_values(release, target)))
    for process in application.processes:
        unit = f"{app}-{process.name}"
        instances = [f"Wants={unit}@{index}.service" for index in range(1, process.count + 1)]
        wants = filled("process.target", type=process.name, instances=instances)
        yield File(f"{unit}.target", wants)
        yield File(f"{unit}@.service", filled("process.service", **_values(process, target)))
    environment = [
        f"{key}={quoting.value(value)}" for key, value in host_environment(application, target).items()
    ]
    yield File(f"{app}.env", filled("app.env", environment=environment), SECRET)


def next_steps(application: Application, target: Target, *, again: bool) -> Iterator[str]:
    """The commands that start the application from its units, also where it runs from those of before.

    They stop it first: after ``daemon-reload``, nothing knows any more that what has left the Procfile is
    part of it. Patterns match what is loaded: on a first time, nothing, which is no error then.
    """
    systemctl = "systemctl --user" if target.user_units else "systemctl"
    app = application.name
    if target.log:
        yield f"mkdir -p {shlex.quote(target.log)}"
    yield f"{systemctl} stop '{app}.target*' '{app}-release.service*'"
    if target.folder not in _UNIT_FOLDERS and not target.folder.endswith("/.config/systemd/user"):
        where = shlex.quote(f"{target.folder}/{app}")
        yield f"{systemctl} link {where}.target {where}-*"
    yield f"{systemctl} daemon-reload"
    yield f"{systemctl} enable --now {app}.target"
    if target.user_units:
        yield "loginctl enable-linger  # so that it runs while you are not logged in, too"


def _check(application: Application, target: Target) -> None:
    app = application.name
    if target.user and target.user_units:
        raise UsageError(f"--user {target.user}: units of systemctl --user run as the user whose they are")
    if target.user and not target.user.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise UsageError(f"--user: {target.user!r} is no name of an account")
    for name in ("", *(f"-{process.name}" for process in application.everything)):
        if f"{app}{name}" in _OF_SYSTEMD:
            raise UsageError(f"--app: {app}{name}.target is systemd's own; choose another name than {app}")
        if len(unit := f"{app}{name}@9999.service") > _LONGEST_NAME:
            raise UsageError(
                f"--app: {unit} is longer than {_LONGEST_NAME} characters; choose a shorter name"
            )
    for path in (application.root, target.folder, target.log or ""):
        quoting.check_characters(path, path)
    for process in application.everything:
        quoting.check_characters(process.name, process.command)
    for key, value in host_environment(application, target).items():
        quoting.check_characters(key, value)


def _values(process: Process, target: Target) -> dict[str, str | Sequence[str]]:
    """What the unit of a type says. The shell's own ``$1`` is the number of the instance, and is gone before
    the command runs: under ``start`` it has none either."""
    condition = number_check(process)
    instance = "1" if process.is_release else "%i"
    return {
        **_of_policy(process.policy),
        "type": process.name,
        "condition": f"ExecCondition=/bin/sh -c {quoting.word(condition)} /bin/sh %i" if condition else "",
        "command": quoting.word(f"{numbered(process)}; shift; {shell_line(process.command)}"),
        # The program may have children that end with it, in its own way; a shell passes no signal on.
        "kill_mode": "mixed" if is_simple(process.command) else "control-group",
        "output": _output(target, process.name, instance),
    }


@cache  # most process types have the same one, and there may be a thousand
def _of_policy(policy: Policy) -> Mapping[str, str]:
    return {
        "restart": _RESTARTS[policy.restart],
        "restart_after": _restart_after(policy),
        "stopped": " ".join(_stopped(policy)),
        "kill_signal": _kill_signal(policy),
        # Not 0: a dead process has to be seen in that time, or its unit has failed.
        "grace": _time(policy.grace or DEFAULT.grace),
    }


def _output(target: Target, name: str, instance: str) -> str:
    if not target.log:
        return ""
    folder = target.log.replace("%", "%%").rstrip("/")
    return f"StandardOutput=append:{folder}/{name}.{instance}.log"


def _restart_after(policy: Policy) -> str:
    """Ends that are clean for systemd, and yet nobody asked for them."""
    if policy.restart != "on-failure":
        return ""
    return f"RestartForceExitStatus={' '.join(dict.fromkeys((*_KILLED_BY_OTHERS, *_stopped(policy))))}"


def _stopped(policy: Policy) -> tuple[str, ...]:
    """How a process ends that was asked to: of the signal, or with the code that a shell makes of it."""
    name = _kill_signal(policy)
    of_the_signal = (name,) if name not in _KILLED_BY_OTHERS else ()
    code = str(128 + policy.stop_signal)
    return tuple(dict.fromkeys(("143", *of_the_signal, code)))


def _kill_signal(policy: Policy) -> str:
    """The first signal of a stop. Without any grace it is the last one: a timeout of 0 is none at all, and
    a short one leaves a unit that has ``failed``."""
    number = policy.stop_signal if policy.grace > 0 else SIGKILL
    name = name_of(number)
    return f"SIGRTMIN+{number - Signals['SIGRTMIN']}" if name.isdecimal() else f"SIG{name}"


def _time(seconds: float) -> str:
    """A time as systemd writes it; 0 is none for it, so the shortest one is a millisecond."""
    if seconds >= _LONGEST_GRACE:
        return "infinity"
    milliseconds = max(1, math.ceil(round(seconds * 1000, 3)))
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"
