"""Finds the running formation that a command is for: by its root, which is here or above, and its name."""

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from pyforeman.control.address import SUFFIX, file_name, folders, is_ours, prefix
from pyforeman.control.client import PATIENCE, Client, connect
from pyforeman.errors import PyforemanError, UsageError

_USUAL_NAME = "Procfile"
_MOST_OTHERS = 20  # formations elsewhere that are asked where they run
_SHORT_PATIENCE = 0.5  # seconds for their greetings


class NotRunningError(PyforemanError):
    """There is no such formation."""


def find(root: str | None, name: str | None, patience: float = PATIENCE) -> Client:
    """The formation of ``root``, or of the nearest folder from here upwards that has one; greeted, within
    ``patience`` seconds. ``name`` is needed where several run and none has the usual name.

    Raises NotRunningError, UsageError where it is not clear which is meant, and PyforemanError.
    """
    for folder in _roots(root):
        if client := _of(folder, name):
            try:
                client.greet(patience)
            except PyforemanError:
                client.close()
                raise
            return client
    raise NotRunningError(nothing_runs(root, name) + _elsewhere(name))


def find_at_once(root: str | None, name: str | None) -> Client | None:
    """The same for who asks again and again: None where there is none, without a look elsewhere."""
    for folder in _roots(root):
        if client := _of(folder, name):
            return client
    return None


def nothing_runs(root: str | None, name: str | None) -> str:
    """``no formation is running in DIR or above it``."""
    what = "no formation" if name is None else f"no formation {name!r}"
    if root is not None:
        return f"{what} is running in {os.path.abspath(root)}"
    return f"{what} is running in {os.getcwd()} or above it"


def _roots(root: str | None) -> list[str]:
    """Where it may run, the nearest first."""
    if root is not None:
        if not os.path.isdir(root):
            raise UsageError(f"--root: {root} is not a folder")
        return [os.path.abspath(root)]
    found = [os.getcwd()]
    while (above := os.path.dirname(found[-1])) != found[-1]:
        found.append(above)
    return found


def _of(root: str, name: str | None) -> Client | None:
    """The formation of one root, not greeted yet; None if none runs there."""
    living: dict[str, Client] = {}
    for path in _sockets(prefix(root) if name is None else file_name(root, name)):
        file = os.path.basename(path)
        if file not in living and (client := connect(path, root)):
            living[file] = client
    usual = file_name(root, _USUAL_NAME)
    chosen = living.get(usual) if usual in living else next(iter(living.values()), None)
    if usual not in living and len(living) > 1:
        names = ", ".join(sorted(client.name for client in _greeted(list(living.values()))))
        raise UsageError(f"several formations run in {root}: {names}; choose one with --name")
    for client in living.values():
        if client is not chosen:
            client.close()
    return chosen


def _sockets(wanted: str = "") -> Iterator[str]:
    """The paths of the sockets whose names begin so, in all folders that are ours, the best one first."""
    for folder in filter(is_ours, folders()):
        try:
            files = sorted(os.listdir(folder))
        except OSError:
            continue
        for file in files:
            if file.startswith(wanted) and file.endswith(SUFFIX):
                yield os.path.join(folder, file)


def _greeted(clients: Iterable[Client]) -> list[Client]:
    """Those that greet, closed again: who they are is all that is wanted."""
    found = []
    for client in clients:
        try:
            client.greet(_SHORT_PATIENCE)
        except PyforemanError:
            continue  # it is stopped, or of another version
        finally:
            client.close()
        found.append(client)
    return found


def _elsewhere(name: str | None) -> str:
    """What runs in other folders, as the end of a message."""
    # Dead ones do not count: each kill -9 has left one, and they would hide who lives.
    living = filter(None, map(_connect_quietly, _sockets()))
    others = _greeted(islice(living, _MOST_OTHERS))
    return hint([(other.root, other.name) for other in others], with_name=name is not None)


def hint(others: Sequence[tuple[str, str]], *, with_name: bool) -> str:
    """How to reach the formations that run elsewhere, given as (root, name); "" if there are none."""
    if not others:
        return ""
    if len(others) > 1:
        there = dict.fromkeys(f"{name!r} in {root}" if with_name else root for root, name in sorted(others))
        how = "--root and --name" if with_name else "--root"
        return f"; there {'are' if with_name else 'are some in'} {', '.join(there)} (choose with {how})"
    from shlex import quote

    ((root, name),) = others
    options = f"--root {quote(root)}" + (f" --name {quote(name)}" if with_name else "")
    return f"; there is one in {root} ({options})"


def _connect_quietly(path: str) -> Client | None:
    try:
        return connect(path, os.path.dirname(path))
    except PyforemanError:
        return None
