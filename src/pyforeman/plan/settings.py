"""What a user asks for on the command line, and what that means for each process type."""

from typing import NamedTuple

from pyforeman.plan import policy
from pyforeman.plan.formation import DEFAULT_STEP
from pyforeman.plan.policy import DEFAULT, Policy, parse_per_type
from pyforeman.plan.procfile import RELEASE


class Settings(NamedTuple):
    """The options as they were typed; those by type are ``VALUE[,TYPE=VALUE]``."""

    formation: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    release: bool = False
    port: int | None = None
    port_step: int = DEFAULT_STEP
    no_port: bool = False
    timeout: str | None = None
    restart: str | None = None
    max_restarts: str | None = None
    stop_on: str | None = None
    pty: str | None = None


def policies(names: tuple[str, ...], settings: Settings) -> dict[str, Policy]:
    """The policy of each process type."""
    restart = parse_per_type("--restart", settings.restart, policy.restart, DEFAULT.restart, names)
    most = parse_per_type("--max-restarts", settings.max_restarts, policy.count, DEFAULT.max_restarts, names)
    stop_on = parse_per_type("--stop-on", settings.stop_on, policy.stop_on, DEFAULT.stop_on, names)
    grace = parse_per_type("--timeout", settings.timeout, policy.seconds, DEFAULT.grace, names)
    pty = parse_per_type("--pty", settings.pty, policy.pty, DEFAULT.pty, names)

    def policy_of(name: str) -> Policy:
        return Policy(
            restart.of(name), most.of(name), stop_on.of(name), grace=grace.of(name), pty=pty.of(name)
        )

    settings_by_type = (restart, most, stop_on, grace, pty)
    by_name = dict.fromkeys(names, policy_of(""))  # no type is called so
    by_name |= {name: policy_of(name) for one in settings_by_type for name in one.exceptions}
    if RELEASE in by_name:
        # Whatever the options say: it runs once, and nothing starts after one that failed.
        by_name[RELEASE] = by_name[RELEASE]._replace(restart="never", max_restarts=None, stop_on="failure")
    return by_name
