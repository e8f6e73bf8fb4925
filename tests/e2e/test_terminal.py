"""On a terminal: what the screen shows."""

import sys

from conftest import Project


def test_a_prompt_is_shown_although_it_has_no_newline(project: Project) -> None:
    terminal = project.terminal(f"ask: {sys.executable} -c 'input(\"name? \")'\n")
    terminal.until(r"ask\.1 +\| name\?")
    terminal.press("\x03")
    assert terminal.wait() == 130
    assert "^C" not in terminal.text
    assert terminal.shown("ask.1") == ["name?"]
