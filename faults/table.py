"""The table of the faults: on the terminal as it goes, and in Markdown."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rows import Measured, Row

HEAD = ("survivors", "lost lines", "exit code", "seconds", "peak MB")


class Result(NamedTuple):
    """What became of one row: ``holds`` is None where it was skipped; ``why`` says why not, or why."""

    holds: bool | None
    why: str
    measured: Measured

    @property
    def word(self) -> str:
        """One word for it."""
        return "skipped" if self.holds is None else "holds" if self.holds else "FAILS"


def heading(width: int) -> str:
    """The first line on the terminal."""
    return f"{'':8}{'fault':{width}}" + "".join(f"{word:>11}" for word in HEAD)


def line(row: Row, result: Result, width: int) -> str:
    """One row on the terminal; what does not hold says why below it."""
    text = f"{result.word:8}{row.name:{width}}" + "".join(f"{cell:>11}" for cell in _cells(result))
    if result.holds:
        return text.rstrip()
    if result.holds is None:
        return f"{result.word:8}{row.name:{width}}  {result.why.splitlines()[0]}"
    return f"{text.rstrip()}\n        {row.fault}. Must hold: {row.must}.\n        {result.why[-1500:]}"


def summary(results: Iterable[Result], seconds: float) -> str:
    """The last line."""
    words = [result.word for result in results]
    return (
        f"{len(words)} faults: {words.count('holds')} hold, {words.count('FAILS')} fail, "
        f"{words.count('skipped')} skipped, in {seconds:.0f} s"
    )


def markdown(results: Mapping[Row, Result]) -> str:
    """The table for a page."""
    lines = [
        f"| fault | must hold | {' | '.join(HEAD)} |",
        "|---|---|" + "---:|" * len(HEAD),
    ]
    for row, result in results.items():
        must = row.must
        if not result.holds:
            reason = result.why.partition("\n")[0] if result.holds is None else "does not hold"
            must += f" (**{result.word}**: {reason})"
        cells = " | ".join(_cells(result))
        lines.append(f"| {_escaped(row.fault)} | {_escaped(must)} | {cells} |")
    return "\n".join(lines) + "\n"


def _cells(result: Result) -> list[str]:
    measured = result.measured
    whole = (measured.survivors, measured.lost, measured.code)
    return [
        *("" if number is None else str(number) for number in whole),
        "" if measured.seconds is None else f"{measured.seconds:.1f}",
        "" if not measured.peak else f"{measured.peak:.0f}",
    ]


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
