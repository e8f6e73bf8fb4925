"""Finds in a page of the docs what its reader will type, what the page promises, and the files it shows.

A command line is a line of a ``sh`` fence, a line with ``$ `` in any other fence, an indented line that
begins with a command, and a code span in the text that is a whole command line. What follows a ``$ ``
line is its output. In a table, a cell of code behind that of a command says which processes it starts
(``web.1:5000 worker.1``), or is a line that it prints.

A block that asks a running formation, or that starts one in the background (with ``&``), is typed as a
whole: what a line finds depends on those before it. Who asks, and has started none, has one
``beside`` it: the last ``$ pyforeman start …`` of its section whose output goes on, or one of each type.

A fence of the language ``procfile`` or ``dotenv`` shows lines that are not run: how not to write them, for
example. So does one of ``console``: what root types, or what needs an engine. Any other fence without
commands is a file: the one that its first line names (``# .env``), or a Procfile, or a ``.env``, by what is
in it. What is none of these is ``left``, for somebody to say why.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

ANY = "…"
"""Stands for any lines, or for anything within a line."""
SHELLS = {"sh", "bash", "shell"}
"""Languages of fences in which each line is a command."""
SHOWN = {"procfile", "dotenv", "console"}
"""Languages of fences that are there to be looked at."""

_HEADING = re.compile(r"#+ ")
_FENCE = re.compile(r"( *)(```+)\s*(\w*)")
_ITEM = re.compile(r" *(?:[-*]|\d+\.) ")
_ASSIGNMENTS = r"(?:[A-Za-z_]\w*=\S* )*"
_TYPED = re.compile(rf"{_ASSIGNMENTS}(?:pyforeman|make|pipx|pip|uvx|uv|python3?) \S")
_COMMAND = re.compile(rf"{_ASSIGNMENTS}(?:(?:pyforeman|make) \S|(?:pipx|pip|uvx|uv) .*\bpyforeman\b)")
_FRAGMENT = re.compile(r"(?:start|run|check|version) \S")
_ASKING = "ps|restart|stop|scale|signal|reload|wait|logs|attach"
_ASKS = re.compile(rf"(?:^|[;&|] *){_ASSIGNMENTS}pyforeman (?:{_ASKING})(?![\w-])", re.MULTILINE)
_IN_THE_BACKGROUND = re.compile(r"[^&>]&(?:\s|$)")
_STARTS = re.compile(rf"{_ASSIGNMENTS}pyforeman start(?: [^;&|<>]*)?")
_USUAL = "pyforeman start all=1"
_SPAN = re.compile(r"(?<!`)(`+)(?!`)((?:(?!\n[ \t]*\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
_FILE_NAME = re.compile(r"# ((?:\S*/)?(?:Procfile\S*|[\w.-]*\.\w[\w.]*))")
_ENTRY = re.compile(r"(?!pyforeman:|\d\d:\d\d:)[A-Za-z0-9_-]+:\s*\S.*|#.*|")
_VARIABLE = re.compile(rf"(?!{_TYPED.pattern})(?:export )?[A-Za-z_]\w*=.*|#.*|")
_PROCESSES = re.compile(r"[\w-]+\.\d+(?::\d+)?(?: [\w-]+\.\d+(?::\d+)?)*")
_CELL = re.compile(r"\s*((?:\\.|[^|\\])*?)\s*\|")


class Example(NamedTuple):
    """A command line. ``shown`` is its output as the page has it, empty where the page shows none;
    ``starts`` the processes, with or without their ports, empty where the page does not say; ``files``
    has the files, by name, that the page shows for it; ``beside`` is the formation that has to run."""

    line: int
    command: str
    shown: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    files: Mapping[str, str] = {}
    beside: str = ""

    @property
    def asks(self) -> bool:
        """Whether it needs a formation that runs already."""
        return bool(_ASKS.search(self.command)) and not _IN_THE_BACKGROUND.search(self.command)


class Block(NamedTuple):
    """A fence, or an indented block; ``line`` is that of its first line of text."""

    line: int
    language: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


class Page(NamedTuple):
    """What a page holds, in its order; ``left`` are the blocks that nobody can run."""

    examples: tuple[Example, ...]
    left: tuple[Block, ...]


def read_page(text: str) -> Page:
    """Read a page of Markdown.

    The files that a section shows are for the examples below them in that section and its own sections.
    """
    examples: list[Example] = []
    left: list[Block] = []
    # We are in these: their level, their files, and the formation that was started last.
    sections: list[tuple[int, dict[str, str], str]] = [(0, {}, _USUAL)]

    def add(example: Example) -> None:
        level, files, beside = sections[-1]
        examples.append(example._replace(files=files, beside=beside if example.asks else ""))
        if example.shown[-1:] == (ANY,) and _STARTS.fullmatch(example.command):
            sections[-1] = (level, files, example.command)

    for part in _parts(text):
        match part:
            case str():
                level = len(part) - len(part.lstrip("#"))
                sections = [section for section in sections if section[0] < level]
                sections.append((level, *sections[-1][1:]))
            case Example():
                add(part)
            case Block(language=language) if language in SHOWN:
                pass
            case Block():
                if name := _file_name(part):
                    level, files, beside = sections[-1]
                    sections[-1] = (level, {**files, name: part.text}, beside)
                    continue
                found = _as_typed(list(_commands_of(part)))
                for example in found:
                    add(example)
                if not found:
                    left.append(part)
    return Page(tuple(examples), tuple(left))


def _parts(text: str) -> Iterator[str | Example | Block]:
    """Headings, blocks, and the examples within the text, in their order."""
    lines = text.splitlines()
    prose: list[str] = []  # since the last heading or block
    in_list = False
    number = 0
    while number < len(lines):
        line = lines[number]
        if fence := _FENCE.match(line):
            yield from _spans(prose, number)
            prose.clear()
            first = number + 1
            ends = (n for n in range(first, len(lines)) if lines[n].strip() == fence[2])
            number = next(ends, len(lines))
            inside = tuple(line.removeprefix(fence[1]).rstrip() for line in lines[first:number])
            yield Block(first + 1, fence[3], inside)
        elif line.startswith("    ") and not in_list and not (prose and prose[-1]):
            yield from _spans(prose, number)
            prose.clear()
            first = number
            while number < len(lines) and (lines[number].startswith("    ") or not lines[number].strip()):
                number += 1
            body = "\n".join(line.removeprefix("    ").rstrip() for line in lines[first:number])
            yield Block(first + 1, "", tuple(body.rstrip().split("\n")))
            continue
        elif _HEADING.match(line) or line.startswith("|"):
            yield from _spans(prose, number)
            prose.clear()
            yield from _row(line, number + 1) if line.startswith("|") else [line]
        else:
            prose.append(line)
        in_list = bool(_ITEM.match(line)) or (in_list and (not line.strip() or line.startswith(" ")))
        number += 1
    yield from _spans(prose, number)


def _file_name(block: Block) -> str:
    """The file that a block shows; empty if it shows none."""
    if not any(block.lines):
        return ""
    if named := _FILE_NAME.fullmatch(block.lines[0]):
        return named[1]
    if block.language in SHELLS or _is_console(block):
        return ""
    if all(map(_ENTRY.fullmatch, block.lines)):
        return "Procfile"
    if all(map(_VARIABLE.fullmatch, block.lines)):
        return ".env"
    return ""


def _is_console(block: Block) -> bool:
    return block.lines[0].startswith("$ ")


def _commands_of(block: Block) -> Iterator[Example]:
    """The command lines of a block, with their output where it shows some."""
    if _is_console(block):
        starts = [n for n, line in enumerate(block.lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
            words, length = _whole(block.lines[start:end])
            shown = "\n".join(block.lines[start + length : end]).rstrip("\n")
            yield Example(block.line + start, words[2:], tuple(shown.split("\n")) if shown else ())
        return
    number = 0
    while number < len(block.lines):
        words, length = _whole(block.lines[number:])
        if words and not words.startswith("#") and (block.language in SHELLS or _TYPED.match(words)):
            yield Example(block.line + number, words)
        number += length


def _as_typed(lines: list[Example]) -> list[Example]:
    """The command lines of a block: one by one, or all of them as one script."""
    script = "\n".join(line.command for line in lines)
    if len(lines) < 2 or not (_ASKS.search(script) or _IN_THE_BACKGROUND.search(script)):
        return lines
    return [Example(lines[0].line, script, tuple(shown for line in lines for shown in line.shown))]


def _whole(lines: Sequence[str]) -> tuple[str, int]:
    """The first command line, with those that a backslash at the end joins to it, and how many they are."""
    length = 1
    while length < len(lines) and lines[length - 1].endswith("\\"):
        length += 1
    return "\n".join(lines[:length]).strip(), length


def _spans(prose: Sequence[str], end: int) -> Iterator[Example]:
    """The code spans that are command lines, in lines of which the last one has the number ``end``."""
    text = "\n".join(prose)
    for span in _SPAN.finditer(text):
        if command := _command(" ".join(span[2].split("\n"))):
            yield Example(end - len(prose) + 1 + text.count("\n", 0, span.start()), command)


def _row(row: str, line: int) -> Iterator[Example]:
    """The command lines in a row of a table, with what the cells behind them say."""
    examples: list[Example] = []
    for cell in _CELL.findall(row.removeprefix("|")):
        code = [span[2].replace("\\|", "|") for span in _SPAN.finditer(cell)]
        commands = [Example(line, command) for words in code if (command := _command(words))]
        is_code = len(code) == 1 and cell.startswith("`") and cell.endswith("`")
        if is_code and examples and not commands:
            if _PROCESSES.fullmatch(code[0]):
                examples[-1] = examples[-1]._replace(starts=tuple(code[0].split()))
            else:
                examples[-1] = examples[-1]._replace(shown=(ANY, code[0], ANY))
        examples += commands
    return iter(examples)


def _command(code: str) -> str:
    """The command line that a code span is; empty if it is none."""
    words = code.strip()
    if _COMMAND.match(words):
        return words
    return f"pyforeman {words}" if _FRAGMENT.match(words) else ""
