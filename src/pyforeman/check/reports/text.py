"""For people: each finding with the line that it is about, and a caret under the place."""

from collections.abc import Iterator

from pyforeman.check.finding import Finding, Severity
from pyforeman.check.judgement import Judgement
from pyforeman.check.reports.excerpt import excerpt, harmless, value_of
from pyforeman.check.secrecy import Span, merged, spans_of, without

_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[m"
_COLOURS: dict[Severity, str] = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1;34m"}


def report(judgement: Judgement) -> str:
    """``valid procfile detected (web, worker)`` if it passed, the findings, and how many there are."""
    paragraphs = []
    if judgement.passed:
        paragraphs.append(judgement.greeting)
    if judgement.findings:
        paragraphs += _Shown(judgement).paragraphs()
        paragraphs.append(summary(judgement))
    return "\n\n".join(paragraphs) + "\n"


def summary(judgement: Judgement) -> str:
    """``1 error, 2 warnings; pyforeman check --explain PF306 says more``."""
    counted = (f"{n} {severity}{'s' * (n > 1)}" for severity, n in judgement.counts.items())
    worst = next(iter(judgement.counts))
    first = next(finding.id for finding in judgement.findings if finding.severity == worst)
    mended = sum(bool(finding.found.edits) for finding in judgement.findings)
    fix = f"pyforeman check --fix mends {mended}; " if mended else ""
    return f"{', '.join(counted)}; {fix}pyforeman check --explain {first} says more"


class _Shown:
    """What is the same for all findings of a judgement."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement
        self._lines = {source.path: source.lines for source in judgement.subject.sources}
        self._env_files = {file.source.path for file in judgement.subject.env_files}
        self._secrets = judgement.secrets()

    def paragraphs(self) -> Iterator[str]:
        for finding in self._judgement.findings:
            yield "\n".join((self._first_line(finding), *self._source(finding), *self._help(finding)))

    def _first_line(self, finding: Finding) -> str:
        """In gcc's form, which every editor reads."""
        path, line, column, _ = finding.found.place
        place = ":".join((harmless(path), *(str(n) for n in (line, column) if n))) + ":"
        severity = self._in(_COLOURS[finding.severity], f"{finding.severity}:")
        message = harmless(without(finding.found.message, self._secrets))
        text = f"{severity} {self._in(_BOLD, message)} {self._in(_DIM, f'[{finding.id}]')}"
        return f"{self._in(_BOLD, place)} {text}" if path else text

    def _source(self, finding: Finding) -> Iterator[str]:
        """The line, and the caret under it; nothing where the finding is about a whole file."""
        path, number, column, end_column = finding.found.place
        lines = self._lines.get(path, [])
        if not 0 < number <= len(lines):
            return
        line = lines[number - 1]
        place = (column - 1, max(end_column - 1, column)) if column else None
        gutter = " " * len(str(number))
        drawn = excerpt(line, place, self._hidden(finding, line, place))
        yield self._in(_DIM, f"{gutter} |")
        yield f"{self._in(_DIM, f'{number} |')} {drawn.text}".rstrip()
        if drawn.marked:
            carets = self._in(_COLOURS[finding.severity], "^" * drawn.marked)
            yield f"{self._in(_DIM, f'{gutter} |')} {' ' * drawn.before}{carets}"

    def _hidden(self, finding: Finding, line: str, place: Span | None) -> list[Span]:
        spans = spans_of(line, self._secrets)
        if finding.found.secret:
            spans.append(place or (0, len(line)))
        if finding.found.place.path in self._env_files:
            spans += value_of(line, place)
        return merged(spans)

    def _help(self, finding: Finding) -> Iterator[str]:
        if finding.found.help:
            gutter = " " * len(str(finding.found.place.line))
            text = harmless(without(finding.found.help, self._secrets))
            yield f"{gutter} {self._in(_DIM, '=')} {self._in(_BOLD, 'help:')} {text}"

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_RESET}" if self._judgement.colour else text
