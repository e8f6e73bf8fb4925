"""Makes output.svg, the picture of the README, from a real run of ``pyforeman start``.

    python docs/picture/picture.py

The Procfile beside this file runs on a pseudo-terminal. A terminal emulator (pyte) reads it, and what
is on its screen when all that the picture is about has happened is drawn. Then ^C is typed.

It is one file, and so a long one, because a script beside the manual should not need a package.
"""

import argparse
import os
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pyte
from pyte.screens import Char

FOLDER = Path(__file__).resolve().parent
COMMAND = ("pyforeman", "start")
DESCRIPTION = (
    "A terminal in which pyforeman runs web, worker, mailer and assets. Each line has the time and the name "
    "of its process. The mailer crashed, which is told in bold red, and was started again. The progress bar "
    "of assets is the last line, below the output of all the others."
)
STORY = (
    r"(?s)mailer\.1 crashed.*mailer\.1 started.*mailer\.1 +\| 2 letters sent",
    r"GET  /orders/1043",
    r"assets\.1 +\| building .* (7[5-9]|[89]\d)% \d+/\d+ files\Z",  # the bar is whole, and the last line
)
"""What must be on the screen, all of it, when it is drawn."""

LOGIN = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Makes standard input the controlling terminal, so that ^C becomes a signal."""

# All below is in pixels.
SIZE = 14  # of the font
CELL = 8.4  # width of a column: 0.6 of the font's size, as in most monospaced fonts
LINE = 20  # height of a row
BASE = 14.5  # from the top of a row down to the baseline
BAR = 36  # height of the title bar
PAD = 16  # between the frame and the text

PALETTE = {  # by pyte's names: on dark, on light; "brown" is yellow
    "text": ("#e6edf3", "#1f2328"),
    "ground": ("#0d1117", "#ffffff"),
    "frame": ("#3d444d", "#d1d9e0"),
    "bar": ("#1c2129", "#f3f5f7"),
    "title": ("#9198a1", "#59636e"),
    "black": ("#656c76", "#24292f"),
    "red": ("#ff6a60", "#cf222e"),
    "green": ("#3fb950", "#1a7f37"),
    "brown": ("#d8a32c", "#8a5a00"),
    "blue": ("#58a6ff", "#0969da"),
    "magenta": ("#c297ff", "#8250df"),
    "cyan": ("#39c5cf", "#1b7c83"),
    "white": ("#b1bac4", "#6e7781"),
    "brightblack": ("#7d8590", "#818b98"),
    "brightred": ("#ffa198", "#a40e26"),
    "brightgreen": ("#56d364", "#116329"),
    "brightbrown": ("#e3b341", "#633c01"),
    "brightblue": ("#79c0ff", "#218bff"),
    "brightmagenta": ("#d2a8ff", "#a475f9"),
    "brightcyan": ("#56d4dd", "#3192aa"),
    "brightwhite": ("#ffffff", "#57606a"),
}
FIXED = f"""text{{font:{SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;\
white-space:pre}}
.b{{font-weight:700}}.i{{font-style:italic}}.u{{text-decoration:underline}}.s{{text-decoration:line-through}}
.line{{fill:none;stroke-width:1}}.middle{{text-anchor:middle}}"""

# Left, top, width and height, in parts of a cell: fonts leave gaps between these, terminals do not.
BLOCKS = {
    "▀": (0, 0, 1, 1 / 2),
    **{chr(0x2580 + part): (0, 1 - part / 8, 1, part / 8) for part in range(1, 9)},
    **{chr(0x2590 - part): (0, 0, part / 8, 1) for part in range(1, 8)},
    "▐": (1 / 2, 0, 1 / 2, 1),
    "░": (0, 0, 1, 1),
    "▒": (0, 0, 1, 1),
    "▓": (0, 0, 1, 1),
}
SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
"""How much of the colour is seen."""


def main() -> None:
    """Run, draw, stop, and write the file; it is left as it was if anything is not as it should be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--columns", type=int, default=80, help="width of the terminal")
    parser.add_argument("--rows", type=int, default=24, help="height of the terminal, at most drawn")
    parser.add_argument("--seconds", type=float, default=30, help="how long the run may take")
    options = parser.parse_args()
    with Terminal(COMMAND, options.columns, options.rows, options.seconds) as terminal:
        terminal.until(lambda text: all(re.search(pattern, text) for pattern in STORY))
        picture = svg(terminal.screen, " ".join(COMMAND))
        terminal.press("\x03")
        code = terminal.wait()
    if code != 130:
        sys.exit(f"picture: the run ended with exit code {code}, not with 130:\n{terminal.text}")
    (FOLDER / "output.svg").write_text(picture, encoding="utf-8")


# The run


class Terminal:
    """A pseudo-terminal of ``columns`` and ``rows``; ``command`` leads a session in it for ``seconds``
    at most."""

    def __init__(self, command: Sequence[str], columns: int, rows: int, seconds: float) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._emulator = pyte.ByteStream(self.screen)
        self._deadline = time.monotonic() + seconds
        self._master, slave = os.openpty()
        termios.tcsetwinsize(slave, (rows, columns))
        self._process = subprocess.Popen(
            [sys.executable, "-c", LOGIN, *command],
            cwd=FOLDER,
            env=environment(),
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        # Closing hangs up: whatever state the run is in, it stops its processes, and then itself.
        os.close(self._master)
        self._process.wait()

    @property
    def text(self) -> str:
        """The rows of the screen, less the empty ones at the bottom."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def press(self, keys: str) -> None:
        """Type on the keyboard; ``\\x03`` is ^C."""
        os.write(self._master, keys.encode())

    def until(self, fact: Callable[[str], object]) -> None:
        """Wait until ``fact(text)`` holds; it is asked after each read."""
        while not fact(self.text):
            if not self._read():
                sys.exit(f"picture: the run ended too early:\n{self.text}")

    def wait(self) -> int:
        """Read all that comes until the program ends; gives its exit code."""
        while self._read():
            pass
        return self._process.wait()

    def _read(self) -> bool:
        """Read what comes next; False when nobody has the terminal open any more."""
        left = self._deadline - time.monotonic()
        if not select.select([self._master], [], [], max(0.0, left))[0]:
            sys.exit(f"picture: the run takes too long:\n{self.text}")
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # EIO, which is how Linux says it
            return False
        self._emulator.feed(data)
        return bool(data)


def environment() -> Mapping[str, str]:
    """Ours, less what would change the picture; the pyforeman and Python beside this Python come first."""
    dropped = ("PYFOREMAN_", "PORT", "PS", "NO_COLOR", "FORCE_COLOR")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "TERM": "xterm-256color", "PYTHONUTF8": "1"}


# The picture


class Style(NamedTuple):
    """How a cell looks, reversed or not: two colours and the classes of its text."""

    colour: str
    ground: str
    classes: tuple[str, ...]


class Run(NamedTuple):
    """Cells side by side that look alike; ``text`` may have fewer characters than ``columns``."""

    column: int
    columns: int
    text: str
    style: Style


def svg(screen: pyte.Screen, title: str) -> str:
    """The screen down to its cursor, in a window."""
    rows = screen.cursor.y + 1
    width = round(screen.columns * CELL + 2 * PAD)
    height = BAR + rows * LINE + 2 * PAD - 4
    drawn = [element for y in range(rows) for run in runs(screen, y) for element in elements(run, y)]
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc" xml:space="preserve">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="desc">{escape(DESCRIPTION)}</desc>',
            f"<style>\n{FIXED}\n{colours(0)}\n@media (prefers-color-scheme:light){{{colours(1)}}}\n</style>",
            *window(width, height, title),
            *drawn,
            "</svg>\n",
        )
    )


def colours(theme: int) -> str:
    """The classes of all colours, for dark (0) or light (1)."""
    fills = "".join(f".{name}{{fill:{both[theme]}}}" for name, both in PALETTE.items())
    return f"{fills}.line{{stroke:{PALETTE['frame'][theme]}}}"


def window(width: int, height: int, title: str) -> Iterator[str]:
    """The frame, three dots, and the title."""
    frame = f'x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="9"'
    yield f'<rect class="ground" {frame}/>'
    yield f'<path class="bar" d="M.5 {BAR}V9.5a9 9 0 0 1 9-9H{width - 9.5}a9 9 0 0 1 9 9V{BAR}z"/>'
    yield f'<path class="line" d="M0 {BAR - 0.5}H{width}"/>'
    yield f'<rect class="line" {frame}/>'
    for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        yield f'<circle cx="{20 + 20 * number}" cy="{BAR / 2:g}" r="6" fill="{colour}"/>'
    yield f'<text class="title middle" x="{width / 2:g}" y="{BAR / 2 + 5:g}">{escape(title)}</text>'


def runs(screen: pyte.Screen, y: int) -> Iterator[Run]:
    """The cells of one row, from left to right, in as few pieces as can be drawn in their places."""
    cells = [screen.buffer[y][x] for x in range(screen.columns)]
    if y == screen.cursor.y and not screen.cursor.hidden:
        x = min(screen.cursor.x, screen.columns - 1)
        cells[x] = cells[x]._replace(reverse=not cells[x].reverse)
    column = 0
    for (style, _), group in groupby(enumerate(cells), lambda item: (look(item[1]), alone(*item))):
        members = [cell for _, cell in group]
        yield Run(column, len(members), "".join(cell.data for cell in members), style)
        column += len(members)


def look(cell: Char) -> Style:
    """Its style, with the colours that it has in the end."""
    colour = "text" if cell.fg == "default" else cell.fg
    ground = "ground" if cell.bg == "default" else cell.bg
    if cell.reverse:
        colour, ground = ground, colour
    shown = {"b": cell.bold, "i": cell.italics, "u": cell.underscore, "s": cell.strikethrough}
    return Style(colour, ground, tuple(name for name, on in shown.items() if on))


def alone(x: int, cell: Char) -> str:
    """What cells have in common that may be drawn in one piece, if their style is the same.

    A character beyond ASCII may come from another font and have another width there, so it gets a
    place of its own, with the empty cell behind it if it is wide. Blocks are drawn, and may be joined.
    """
    if cell.data in BLOCKS:
        return cell.data
    if cell.data.isascii() and cell.data:
        return ""
    return str(x if cell.data else x - 1)


def elements(run: Run, y: int) -> Iterator[str]:
    """What draws one run: its ground, and then its text."""
    if run.style.ground != "ground":
        yield box(run, y, (0, 0, 1, 1), fill(run.style.ground))
    if run.text[:1] in BLOCKS:
        shade = SHADES.get(run.text[0])
        opacity = f' opacity="{shade}"' if shade else ""
        yield box(run, y, BLOCKS[run.text[0]], fill(run.style.colour) + opacity)
    elif text := run.text.strip():
        x = (run.column + len(run.text) - len(run.text.lstrip())) * CELL + PAD
        # Without blanks a run is as wide as its characters, but for one wide character or stacked accents.
        columns = len(text) if text.isascii() else run.columns
        length = f'textLength="{columns * CELL:.4g}" lengthAdjust="spacingAndGlyphs"'
        place = f'x="{x:.4g}" y="{top(y) + BASE:g}"'
        yield f"<text{fill(run.style.colour, *run.style.classes)} {place} {length}>{escape(text)}</text>"


def box(run: Run, y: int, part: tuple[float, float, float, float], attributes: str) -> str:
    """A rectangle over ``part`` (left, top, width, height) of each cell of a run."""
    left, upper, wide, high = part
    joined = wide if wide < 1 else run.columns
    x = (run.column + left) * CELL + PAD
    size = f'width="{joined * CELL:.4g}" height="{high * LINE:g}"'
    return f'<rect{attributes} x="{x:.4g}" y="{top(y) + upper * LINE:g}" {size}/>'


def top(y: int) -> int:
    """The upper edge of a row."""
    return BAR + PAD - 2 + y * LINE


def fill(colour: str, *classes: str) -> str:
    """The attributes for a colour of the palette, or for one that pyte gives as RRGGBB."""
    if colour in PALETTE:
        return f' class="{" ".join((colour, *classes))}"'
    return f' fill="#{colour}"' + (f' class="{" ".join(classes)}"' if classes else "")


if __name__ == "__main__":
    main()
