"""What is a command line on a page, what is its output, and what is a file."""

import pytest

from pages import ANY, Block, Example, read_page

PROCFILE = "web: python web.py\n"


def commands(page: str) -> list[tuple[int, str]]:
    return [(example.line, example.command) for example in read_page(page).examples]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (
            "```sh\npyforeman start   # one\n\n# a remark\ncd app\n```",
            [(2, "pyforeman start   # one"), (5, "cd app")],
        ),
        ("```sh\npyforeman start \\\n  -p 8000\nls\n```", [(2, "pyforeman start \\\n  -p 8000"), (4, "ls")]),
        ("```\n$ pyforeman check\nvalid\n$ echo $?\n0\n```", [(2, "pyforeman check"), (4, "echo $?")]),
        ("- so:\n\n  ```\n  $ pyforeman check\n  ```", [(4, "pyforeman check")]),
        (
            "Text:\n\n    make demo   # runs it\n    make test\n\nText",
            [(3, "make demo   # runs it"), (4, "make test")],
        ),
        ("```sh\npyforeman start", [(2, "pyforeman start")]),
        ("    pip install pyforeman", [(1, "pip install pyforeman")]),
        ("    X=1 python3 web.py", [(1, "X=1 python3 web.py")]),
        ("1. item\n\n    make demo\n", []),
        ("- item\n    make demo\n", []),
        ("text\n    make demo\n", []),
        ("Say `pyforeman start web=2`.", [(1, "pyforeman start web=2")]),
        (
            "Say\n`PORT=1 X= pyforeman start`, or\n`make demo`",
            [(2, "PORT=1 X= pyforeman start"), (3, "make demo")],
        ),
        ("Say `start\nweb=2` or `run ls -f`.", [(1, "pyforeman start web=2"), (2, "pyforeman run ls -f")]),
        ("Say ``pyforeman run echo `date` ``.", [(1, "pyforeman run echo `date`")]),
        ("Say `uvx pyforeman start`.", [(1, "uvx pyforeman start")]),
        (
            "`pyforeman`, `start`, `run.1`, `foreman start`, `uv run`, `restart never`, `X=1 foreman start`",
            [],
        ),
        ("A ` alone\n\nand another ` here: pyforeman start", []),
        ("| `start all` | `foreman run x` |", [(1, "pyforeman start all")]),
        ("| `pyforeman start \\| head` |", [(1, "pyforeman start | head")]),
        ("# With `pyforeman start`\n", []),
    ],
)
def test_what_a_reader_may_type(page: str, found: list[tuple[int, str]]) -> None:
    assert commands(page) == found


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("```\n$ pyforeman start\n```", ()),
        ("```\n$ pyforeman start\none\n\ntwo\n\n```", ("one", "", "two")),
        ("```\n$ pyforeman run \\\n  ls\none\n$ ls\n```", ("one",)),
        ("```sh\n$ pyforeman check\nvalid\n```", ("valid",)),
        ("- so:\n\n  ```\n  $ pyforeman check\n    indented\n  ```", ("  indented",)),
        ("| `pyforeman check` | `valid (web)` |", (ANY, "valid (web)", ANY)),
        ("| `pyforeman start` | `12:34 web.1 \\| hi` |", (ANY, "12:34 web.1 | hi", ANY)),
        ("| `foreman check` | `pyforeman check` | `valid` |", (ANY, "valid", ANY)),
        ("| `pyforeman start` | all, with `X=1` |", ()),
        ("| `pyforeman start` | `pyforeman start all` |", ()),
        ("| `pyforeman start` | `web` alone, or `worker` |", ()),
    ],
)
def test_what_it_prints(page: str, shown: tuple[str, ...]) -> None:
    assert read_page(page).examples[0].shown == shown


@pytest.mark.parametrize(
    ("row", "starts"),
    [
        ("| `pyforeman start` | one of each | `web.1 worker.1` |", ("web.1", "worker.1")),
        (
            "| `foreman start` | `pyforeman start` | `web.1:5000 my-job.12:5100` |",
            ("web.1:5000", "my-job.12:5100"),
        ),
        ("| `web.1` | `pyforeman start` |", ()),
        ("| `pyforeman start` | like `web.1` |", ()),
    ],
)
def test_what_it_starts(row: str, starts: tuple[str, ...]) -> None:
    (example,) = read_page(row).examples
    assert example.starts == starts
    assert not example.shown


@pytest.mark.parametrize("language", ["procfile", "dotenv"])
def test_a_block_may_be_there_to_be_looked_at(language: str) -> None:
    page = read_page(f"```{language}\nweb : python web.py\nX=1\n```\n\n```sh\nls\n```")
    assert [example.files for example in page.examples] == [{}]
    assert not page.left


@pytest.mark.parametrize(
    ("block", "name"),
    [
        ("web: python web.py\n\n# the other\nworker: sleep 1", "Procfile"),
        ("NAME=shop\nexport X=1\n# remark\nEMPTY=", ".env"),
        ('# .env\nMULTI="one\ntwo"', ".env"),
        ("# p.env\nP=1", "p.env"),
        ("# .env.local\nX", ".env.local"),
        ("# Procfile.dev\nnot one", "Procfile.dev"),
        ("# config/app.py\nprint(1)", "config/app.py"),
    ],
)
def test_a_block_without_commands_is_a_file(block: str, name: str) -> None:
    page = read_page(f"```\n{block}\n```\n\n```sh\nls\n```")
    assert page.examples == (Example(page.examples[0].line, "ls", files={name: f"{block}\n"}),)
    assert not page.left


@pytest.mark.parametrize(
    "block",
    [
        "03:38:40 system   | web.1 finished after 0 s",
        "pyforeman: Procfile:1:1: no",
        "web: a\nnot an entry",
        "X=1\nnot a variable",
        "# A remark.\nand a text",
        "",
    ],
)
def test_what_is_neither_is_left(block: str) -> None:
    lines = tuple(block.split("\n"))
    assert read_page(f"# Title\n\n```\n{block}\n```").left == (Block(4, "", lines),)


def test_an_indented_block_may_be_left_too() -> None:
    page = read_page("One:\n\n    plan < core\n\n    core < cli\n\nTwo")
    assert page.left == (Block(3, "", ("plan < core", "", "core < cli")),)


def test_files_are_for_their_section_and_its_own_sections() -> None:
    page = read_page(
        """\
```sh
nothing yet
```
# Title

```
X=1
```
## One

```
web: one
```

Here `start 1`.

### Below

`start 2`

```
# more.env
Y=1
```

`start 3`

## Two

`start 4`

```
web: two
```

`start 5`
"""
    )
    one, two = {".env": "X=1\n", "Procfile": "web: one\n"}, {".env": "X=1\n", "Procfile": "web: two\n"}
    assert [(example.command, dict(example.files)) for example in page.examples] == [
        ("nothing yet", {}),
        ("pyforeman start 1", one),
        ("pyforeman start 2", one),
        ("pyforeman start 3", {**one, "more.env": "# more.env\nY=1\n"}),
        ("pyforeman start 4", {".env": "X=1\n"}),
        ("pyforeman start 5", two),
    ]


@pytest.mark.parametrize(
    ("block", "found"),
    [
        (
            "$ pyforeman stop web\nweb.1 stopped\n$ pyforeman ps\nname",
            ("pyforeman stop web\npyforeman ps", 2),
        ),
        ("$ cd app; pyforeman ps\nname\n$ ls", ("cd app; pyforeman ps\nls", 1)),
        (
            "$ pyforeman start > log &\n$ pyforeman wait; echo $?\n0",
            ("pyforeman start > log &\npyforeman wait; echo $?", 1),
        ),
        ("$ sleep 1 & pyforeman check\nvalid\n$ ls 2>&1", ("sleep 1 & pyforeman check\nls 2>&1", 1)),
        (
            "$ sleep 1 &   # a remark\n$ pyforeman check\nvalid",
            ("sleep 1 &   # a remark\npyforeman check", 1),
        ),
    ],
)
def test_what_asks_or_goes_on_in_the_background_is_typed_as_a_whole(
    block: str, found: tuple[str, int]
) -> None:
    (example,) = read_page(f"```\n{block}\n```").examples
    assert (example.command, len(example.shown)) == found


@pytest.mark.parametrize(
    "block", ["$ pyforeman check\nvalid\n$ pyforeman run ls", "$ true && ls 2>&1\n$ pyforeman psst"]
)
def test_other_lines_are_typed_one_by_one(block: str) -> None:
    assert len(read_page(f"```\n{block}\n```").examples) == 2


def test_what_asks_has_the_formation_beside_it_that_its_section_shows() -> None:
    page = read_page(
        """\
Here `pyforeman ps`, and `pyforeman start -x`.

## One

```
$ pyforeman start web=2
web.1 | up
…
```

`pyforeman ps web`

### Below

```
$ pyforeman start --ends
over
$ pyforeman start worker
…
```

`pyforeman stop`

## Two

`X=1 pyforeman wait`

```
$ pyforeman start &
$ pyforeman stop
```
"""
    )
    assert [(example.command, example.beside) for example in page.examples if example.beside] == [
        ("pyforeman ps", "pyforeman start all=1"),
        ("pyforeman ps web", "pyforeman start web=2"),
        ("pyforeman stop", "pyforeman start worker"),
        ("X=1 pyforeman wait", "pyforeman start all=1"),
    ]
