"""Escape sequences and other controls in what a process writes, and what a line is without them.

After ECMA-48 and xterm's "Control Sequences". Colours and the like (SGR) may stay. Everything else
would move the cursor, clear the screen, change the terminal's modes or make it answer.
"""

import re
from functools import lru_cache
from itertools import islice

Style = tuple[tuple[str, bytes], ...]
"""What is switched on, as (what it sets, its parameters): ``(("colour", b"31"), ("1", b"1"))``."""

PLAIN: Style = ()
RESET = b"\x1b[0m"
MOST_PARAMETERS = 64
"""Bytes of parameters above which a colour is dropped: one that is left on is repeated on each line."""

# An unfinished sequence ends with its line, else it would swallow the next one.
_REST = rb"(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)"
SEQUENCE = rb"\x1b" + _REST
"""Any sequence: CSI, the strings (OSC, DCS, SOS, PM, APC, ended by BEL or ST), and the short ones."""

# ENQ makes a terminal answer; VT and FF move down; SO and SI change the character set; C1 in UTF-8.
# The first half of a C1 goes, too, where the second one would come next when all this is gone.
_CONTROLS = rb"[\x05\x0b\x0c\x0e\x0f]|\xc2(?:[\x80-\x9f]|(?=[\x1b\x05\x0b\x0c\x0e\x0f]))"

# Compiled when first used (re keeps them): a start on a pipe needs none.
_PARAMETERS = rb"[0-9;:]{0,%d}" % MOST_PARAMETERS
_COLOUR = rb"\x1b\[(" + _PARAMETERS + rb")m"
_DROPPED = rb"\x1b(?!\[" + _PARAMETERS + b"m)" + _REST + b"|" + _CONTROLS
_DROPPED_AND_COLOUR = SEQUENCE + b"|" + _CONTROLS
_COLOUR_OR_END = rb"\x1b\[" + _PARAMETERS + rb"m|\n"
# Errs to the safe side.
_COLOUR_LEFT_OPEN = rb"\x1b\[(?!0*m)[^m\n]*m[^\x1b\n]*\n"
_MOVING = rb"\x1b(?!\[" + _PARAMETERS + b"m)"
_SUSPICIOUS = (b"\r", b"\t", b"\b", b"\x05", b"\x0b", b"\x0c", b"\x0e", b"\x0f", b"\xc2")


def harmless(block: bytes) -> bool:
    """Whether nothing in a block needs a look. Ten searches by the C library: 1 µs for 16 KiB."""
    return b"\x1b" not in block and not _has_controls(block)


def only_coloured(block: bytes) -> bool:
    """Whether colours are all that needs a look. A tenth of the time of taking the rest away in vain."""
    return not _has_controls(block) and re.search(_MOVING, block) is None


def _has_controls(block: bytes) -> bool:
    return any(byte in block for byte in _SUSPICIOUS)


def without_movement(block: bytes, *, colours: bool = True) -> bytes:
    """A block without all that a line in a stream must not do to a terminal."""
    return re.sub(_DROPPED if colours else _DROPPED_AND_COLOUR, b"", block)


def without_sequences(block: bytes) -> bytes:
    """A block without any escape sequence, for a log file."""
    return re.sub(SEQUENCE, b"", block)


def leaves_colour_open(block: bytes) -> bool:
    """Whether a line of the block ends with a colour on, when none was on before it.

    Few lines end with anything but a reset, and those that do are much alike: each pattern of colours
    is looked at once.
    """
    if re.search(_COLOUR_LEFT_OPEN, block) is None:
        return False
    patterns = b"".join(re.findall(_COLOUR_OR_END, block)).split(b"\n")
    return any(style_after(pattern, PLAIN) for pattern in set(patterns))


def with_colours_closed(block: bytes, style: Style) -> tuple[bytes, Style]:
    """The block with ``style`` switched on before its first line, and what is on at the end of a line
    switched off there, and on again in the next; and what is on after the last one."""
    lines = []
    for line in block.split(b"\n")[:-1]:
        before, style = style, style_after(line, style)
        lines += [switching_on(before), line, RESET if style else b"", b"\n"]
    return b"".join(lines), style


def style_after(line: bytes, style: Style) -> Style:
    """What is switched on after ``line``, when ``style`` was before it."""
    if b"\x1b" not in line:
        return style
    colours = tuple(re.findall(_COLOUR, line))
    return (_after if len(colours) < _MANY else _after.__wrapped__)(style, colours)


@lru_cache(1024)
def _after(style: Style, colours: tuple[bytes, ...]) -> Style:
    """Programs write the same few colours in the same order, line after line."""
    for parameters in colours:
        style = styled(style, parameters)
    return style


def switching_on(style: Style) -> bytes:
    """The sequence for a style, from nothing."""
    return b"\x1b[" + b";".join(parameters for _, parameters in style) + b"m" if style else b""


_OFF = {
    10: ("font",),
    22: ("1", "2"),
    23: ("3", "20"),
    24: ("4", "21"),
    25: ("5", "6"),
    27: ("7",),
    28: ("8",),
    29: ("9",),
    39: ("colour",),
    49: ("background",),
    54: ("51", "52"),
    55: ("53",),
    59: ("underline",),
}
_EXTENDED = {38: "colour", 48: "background", 58: "underline"}
_MANY = 20  # colours in a line that is hardly like another one
_SIMPLE = frozenset((*range(1, 10), 20, 21, 51, 52, 53))  # bold … struck, and what few terminals know


@lru_cache(1024)
def styled(style: Style, parameters: bytes) -> Style:
    """What ``CSI parameters m`` makes of a style (ECMA-48, 8.3.117, and the colours of xterm). What is
    none of theirs is not kept."""
    on = dict(style)
    fields = iter(parameters.split(b";"))
    for field in fields:
        number = _number(field.partition(b":")[0])
        if number == 0:
            on.clear()
        elif number in _EXTENDED:
            # 38;5;N and 38;2;R;G;B take the fields that follow; 38:2::R:G:B is one field.
            kind = b"" if b":" in field else next(fields, b"")
            follow = {5: 1, 2: 3}.get(_number(kind), 0)
            taken = [field, *([kind] if kind else []), *islice(fields, follow)]
            if b":" in field or (follow and len(taken) == 2 + follow):
                on[_EXTENDED[number]] = b";".join(taken)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            on["colour"] = field
        elif 40 <= number <= 47 or 100 <= number <= 107:
            on["background"] = field
        elif 11 <= number <= 19:
            on["font"] = field
        elif number in _OFF or field == b"4:0":
            for kind_off in _OFF.get(number, ("4", "21")):
                on.pop(kind_off, None)
        elif number in _SIMPLE:
            on[str(number)] = field
    return tuple(on.items())


def _number(digits: bytes) -> int:
    return int(digits.lstrip(b"0")[:4] or 0)  # int() refuses 5,000 digits
