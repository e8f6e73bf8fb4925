"""A command as the shell reads it: simple commands, their words, and where each word stands.

It reads what commands of Procfiles are made of (POSIX, Shell Command Language, 2.2 to 2.10) and nothing of
what a shell does with it. What it cannot read (``case``, functions, here-documents, open quotes) ends it:
then ``is_clear`` is False, and a rule that concludes from what is *not* there has to be silent.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# A word has only parts that need no counting of brackets; else nothing matches, and _word_end counts.
# Possessive (++), or what does not match is tried in every division of a word into parts: 2**30 for a path.
_TOKEN = re.compile(
    r"""[ \t\r\f\v]* (?:
        (?P<redirection>\d*(?:>>|>\||>&|<<<|<<-?|<&|<>|[<>])|&>>?)
      | (?P<operator>&&|\|\||\|&|;;|[;|&()\n])
      | (?P<comment>\#[^\n]*)
      | (?P<word>(?:[^\s;&|<>()'"\\$`]++ | \$(?![({]) | \$\{[^}'"`$\\]*\} | '[^']*' | \\(?s:.)
          | "(?:[^"\\`$]|\\(?s:.)|\$(?![({])|\$\{[^}'"`$\\]*\})*")++) (?=[\s;&|<>()]|\Z)
      )""",
    re.VERBOSE,
)
_BLANKS = re.compile(r"[ \t\r\f\v]*")
_END_OF_WORD = frozenset(" \t\r\f\v\n;&|<>()")
_QUOTING = re.compile(r"""'([^']*)' | "((?:[^"\\]|\\(?s:.))*)" | \\((?s:.))""", re.VERBOSE)
_ESCAPED_IN_DOUBLE_QUOTES = re.compile(r'\\([$`"\\])')
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_BEFORE_A_COMMAND = frozenset("if then elif else while until do { } ! fi done".split())
_RESERVED = _BEFORE_A_COMMAND | {"case", "for", "function", "select"}
_WORDS_ALONE = re.compile(r"""[^'"\\`;&|<>(){}\#\t\n\r\f\v]*\Z""")


class Word(NamedTuple):
    """One word. ``text`` is what was written, ``value`` the same without its quotes; what the shell would
    expand (``$PORT``) stays as it stands in both. ``start`` counts the characters before it (from 0)."""

    text: str
    value: str
    start: int

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.start + len(self.text)


class Redirection(NamedTuple):
    """``2> log/errors``: the operator with its number, if any, and where to; ``start`` is its place."""

    operator: str
    target: Word
    start: int

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.target.end


class SimpleCommand(NamedTuple):
    """``A=1 program word > file &&``. ``operator`` is what stands behind it: ``&&``, ``||``, ``|``, ``;``,
    ``&`` (also behind the brackets that it is the last in), or "" at the end."""

    assignments: tuple[Word, ...]
    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...]
    operator: str
    operator_start: int


class Script(NamedTuple):
    """All simple commands, in the order they stand in, those in brackets and after ``if`` or ``do``, too.

    ``groups``: there are brackets, so a ``cd`` may end with them.
    """

    commands: tuple[SimpleCommand, ...]
    is_clear: bool
    groups: bool


def read(command: str) -> Script:
    """Read one command line. Never fails: what it cannot read, it says."""
    # Most lines of most files have no quotes and no operators: 1,000 of them are read in half the time.
    if _WORDS_ALONE.match(command):
        words = tuple(_plain_words(command))
        if not words or (words[0].text not in _RESERVED and "=" not in words[0].text):
            simple = (SimpleCommand((), words, (), "", len(command)),)
            return Script(simple if words else (), True, False)
    return _Reader(command).read()


def _plain_words(command: str) -> Iterator[Word]:
    """The words between blanks."""
    start = 0
    for text in command.split(" "):
        if text:
            yield Word(text, text, start)
        start += len(text) + 1


class _Reader:
    """The state of reading one command line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._commands: list[SimpleCommand] = []
        self._assignments: list[Word] = []
        self._words: list[Word] = []
        self._redirections: list[Redirection] = []
        self._redirected = ""  # the operator that waits for its target
        self._redirected_at = 0
        self._groups = False
        self._in_list = False  # between "for" and "do": names, not a command

    def read(self) -> Script:
        text, position, end = self._text, 0, len(self._text.rstrip())
        match = _TOKEN.match
        is_clear = True
        while is_clear and position < end:
            token = match(text, position)
            if token is None:
                start = _BLANKS.match(text, position).end()  # type: ignore[union-attr]  # it may be empty
                position = _word_end(text, start)
                is_clear = position > 0 and self._word(text[start:position], start)
                continue
            position = token.end()
            kind = token.lastgroup
            if kind is None:
                continue
            part, start = token[kind], token.start(kind)
            if kind == "word":
                is_clear = self._word(part, start)
            elif kind == "redirection":
                is_clear = "<<" not in part
                self._redirected, self._redirected_at = part, start
            elif kind == "operator":
                is_clear = self._operator(part, start)
        self._end("", end)
        return Script(tuple(self._commands), is_clear, self._groups)

    def _word(self, text: str, start: int) -> bool:
        """Take a word; whether it is one that we go on after."""
        if self._redirected:
            target = Word(text, unquoted(text), start)
            self._redirections.append(Redirection(self._redirected, target, self._redirected_at))
            self._redirected = ""
            return True
        if not self._words:
            if not self._assignments and not self._in_list:
                if text in _BEFORE_A_COMMAND:
                    self._groups = self._groups or text == "{"
                    return True
                if text in _RESERVED:
                    self._in_list = text == "for"
                    return self._in_list
            if "=" in text and _ASSIGNMENT.match(text):
                self._assignments.append(Word(text, unquoted(text), start))
                return True
        if not self._in_list:
            self._words.append(Word(text, unquoted(text), start))
        return True

    def _operator(self, operator: str, start: int) -> bool:
        """Take an operator; whether it is one that we go on after."""
        if operator == "(":
            self._groups = True
            return not (self._words or self._assignments)  # else a function, or nothing that sh knows
        if operator == ";;":
            return False
        if operator != ")":
            self._in_list = False
        self._end(";" if operator == "\n" else operator, start)
        return True

    def _end(self, operator: str, start: int) -> None:
        """A simple command ends here, if there is one; else the operator belongs to the brackets before."""
        if self._words or self._assignments or self._redirections:
            command = SimpleCommand(
                tuple(self._assignments), tuple(self._words), tuple(self._redirections), operator, start
            )
            self._commands.append(command)
            self._assignments, self._words, self._redirections = [], [], []
        elif self._commands and self._commands[-1].operator in (")", ";") and operator:
            self._commands[-1] = self._commands[-1]._replace(operator=operator, operator_start=start)
        elif self._commands and self._commands[-1].operator == ")":
            self._commands[-1] = self._commands[-1]._replace(operator="")


def unquoted(text: str) -> str:
    """The word without its quotes and backslashes."""
    if "'" in text or '"' in text or "\\" in text:
        return _QUOTING.sub(_plain, text)
    return text


def _plain(quoted: re.Match[str]) -> str:
    if quoted[1] is not None:
        return quoted[1]
    if quoted[2] is not None:
        return _ESCAPED_IN_DOUBLE_QUOTES.sub(r"\1", quoted[2])
    return quoted[3]


def _word_end(text: str, position: int) -> int:
    """Where the word that begins here ends, with all that is nested in it; -1 for one that does not."""
    while position < len(text) and text[position] not in _END_OF_WORD:
        position = _nested_end(text, position) if text[position] in "'\"`\\$" else position + 1
        if position < 0:
            return -1
    return position


_CLOSES = {"'": "'", '"': '"', "`": "`", "${": "}", "$(": ")", "(": ")"}


def _nested_end(text: str, position: int) -> int:
    """The end of what is quoted or substituted from here on, with all that is nested in it; -1 if open."""
    open_until: list[str] = []
    end = len(text)
    while position < end:
        inside = open_until[-1] if open_until else ""
        character, pair = text[position], text[position : position + 2]
        position += 1
        if character == inside:
            open_until.pop()
            if not open_until:
                return position
        elif inside == "'":
            pass
        elif character == "\\":
            position += 1
        elif pair in _CLOSES:
            open_until.append(_CLOSES[pair])
            position += 1
        elif (
            character in '"`' or (character == "'" and inside != '"') or (character == "(" and inside == ")")
        ):
            open_until.append(_CLOSES[character])
        elif not open_until:
            return position  # a backslash at the very end, or a "$" of its own
    return -1
