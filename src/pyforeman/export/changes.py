"""What a second export does to the files of the first: it writes them anew, removes them, or lets them be."""

import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Literal, NamedTuple

Kind = Literal["new", "changed", "same", "removed"]

_EMPTY = sha256(b"").hexdigest()
"""The digest of a file that an export had made, and not yet written to, when it was killed."""
_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9_.@/-]+)")
"""A digest and a path, of the letters that paths of exports have."""

Written = Mapping[str, frozenset[str]]
"""What earlier exports wrote: for each path the digests of its content. Two where one was interrupted."""


class Change(NamedTuple):
    """What becomes of a file. ``is_foreign``: what is there now is not what an export wrote; somebody else
    did, or has changed it, and it is overwritten or removed only by force."""

    path: str
    kind: Kind
    is_foreign: bool = False


def changes(wanted: Mapping[str, str], there: Mapping[str, str], written: Written) -> Iterator[Change]:
    """What makes the files that are ``there`` those that are ``wanted``, in their order; then what goes.

    ``wanted`` and ``there`` have the digest of each path. What no export wrote is never removed.
    """
    for path, digest in wanted.items():
        if path not in there:
            yield Change(path, "new")
        elif there[path] == digest:
            yield Change(path, "same")
        else:
            yield Change(path, "changed", not _is_ours(path, there[path], written))
    for path in written:
        if path in there and path not in wanted:
            yield Change(path, "removed", not _is_ours(path, there[path], written))


def _is_ours(path: str, digest: str, written: Written) -> bool:
    return path in written and digest in (_EMPTY, *written[path])


def manifest(digests: Mapping[str, str], before: Written) -> str:
    """The manifest as ``sha256sum --check`` reads it; ``before`` counts, too, while files are written."""
    lines = [f"{digest}  {path}" for path, digest in digests.items()]
    lines += [
        f"{digest}  {path}"
        for path, known in before.items()
        for digest in sorted(known)
        if digests.get(path) != digest
    ]
    return "".join(f"{line}\n" for line in lines)


def read_manifest(text: str) -> Written:
    """What :func:`manifest` wrote. A line that is none is left out: its file then counts as foreign."""
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        # A path that leads out of the folder was not written by an export: nothing out there is removed.
        if match and not {"", ".", ".."} & set(match[2].split("/")):
            found.setdefault(match[2], set()).add(match[1])
    return {path: frozenset(digests) for path, digests in found.items()}
