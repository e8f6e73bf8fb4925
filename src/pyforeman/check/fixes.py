"""Carries out the edits of findings, and shows what they change."""

from bisect import bisect
from collections.abc import Iterable, Sequence

from pyforeman.check.finding import Edit, Finding
from pyforeman.check.subject import Source

_NO_NEWLINE = "\\ No newline at end of file"  # what patch looks for


def fixed(source: Source, findings: Iterable[Finding]) -> str:
    """The text of a file with the edits of these findings, those that are for other files aside.

    Each finding is mended as a whole or not at all. Where two want the same place, the first one has it; the
    other one is found again in what results, and mended then.
    """
    taken: list[Edit] = []  # in their order, none in the other
    for finding in findings:
        edits = sorted({edit for edit in finding.found.edits if edit.path == source.path}, key=_place)
        tried = list(taken)
        if all(_add(tried, edit) for edit in edits):
            taken = tried
    pieces, end = [], 0
    for edit in taken:
        pieces += [source.text[end : edit.start], edit.text]
        end = edit.end
    return "".join((*pieces, source.text[end:]))


def diff(path: str, before: str, after: str) -> str:
    """What ``--fix`` would change, for people and for ``patch -p0``; "" if nothing."""
    from difflib import unified_diff

    # Cut at \n alone: a \r belongs to its line, and a \f to the command that it stands in.
    lines = unified_diff(_lines(before), _lines(after), path, path)
    return "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}\n" for line in lines)


def _add(edits: list[Edit], edit: Edit) -> bool:
    """Put an edit in its place among others; whether there was room for it."""
    at = bisect(edits, _place(edit), key=_place)
    before, after = edits[at - 1 : at], edits[at : at + 1]
    if any(one.end > edit.start or one.start == edit.start for one in before):
        return False
    if any(edit.end > one.start for one in after):
        return False
    edits.insert(at, edit)
    return True


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def _lines(text: str) -> Sequence[str]:
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
