"""[tool.pyforeman.check] of pyproject.toml."""

import subprocess
import sys

import pytest

from pyforeman.check.configuration import Configuration, parse
from pyforeman.check.rules import RULES
from pyforeman.errors import UsageError

PATH = "pyproject.toml"


@pytest.mark.parametrize(
    ("text", "configuration"),
    [
        ("", Configuration()),
        ("[tool.other]\nx = 1", Configuration()),
        ("[project]\ndependencies = ['pyforeman']", Configuration()),
        ("[tool.pyforeman]", Configuration()),
        ("[tool.pyforeman.check]", Configuration()),
        ("[tool.pyforeman.check]\nselect = []", Configuration(select=())),
        ("[tool.pyforeman.check]\nselect = ['PF1']", Configuration(select=("PF1",))),
        (
            "[tool.pyforeman.check]\nignore = ['PF100', 'unknown-ignore']",
            Configuration(ignore=("PF100", "unknown-ignore")),
        ),
        ("[tool.pyforeman.check]\nstrict = true", Configuration(strict=True)),
        ("[tool.pyforeman.check]\nstrict = false", Configuration(strict=False)),
        ("[tool.pyforeman.check]\nprofile = 'production'", Configuration(profile="production")),
        ("[tool.pyforeman.check]\noutput-format = 'github'", Configuration(output_format="github")),
        ("[tool.pyforeman.check]\noutput_format = 'sarif'", Configuration(output_format="sarif")),
        # The same table, as TOML may write it.
        ("[tool]\npyforeman = { check = { strict = true } }", Configuration(strict=True)),
        ("[tool]\npyforeman.check.strict = true", Configuration(strict=True)),
        ("tool.pyforeman.check.strict = true", Configuration(strict=True)),
        ('[ tool . "pyforeman" . check ]\nstrict = true', Configuration(strict=True)),
        ("\ufeff[tool.pyforeman.check]\r\nstrict = true\r\n", Configuration(strict=True)),
    ],
)
def test_what_it_says(text: str, configuration: Configuration) -> None:
    assert parse(text.encode(), PATH) == configuration


KEYS = "there are select, ignore, strict, profile, output-format"
TABLE = "tool.pyforeman.check"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("selct = []", f"{PATH}: {TABLE}.selct: no such key; {KEYS}"),
        ("output = 'json'", f"{PATH}: {TABLE}.output: no such key; {KEYS}"),
        ("'a.b' = 1", f"{PATH}: {TABLE}.a.b: no such key; {KEYS}"),
        ('"a\\nb" = 1', f"{PATH}: {TABLE}.'a\\nb': no such key; {KEYS}"),
        (
            "select = 'PF3'",
            f"{PATH}: {TABLE}.select: not a list of ids or names of rules, as [\"PF306\"]: 'PF3'",
        ),
        ("select = [3]", f'{PATH}: {TABLE}.select: not a list of ids or names of rules, as ["PF306"]: [3]'),
        (
            "ignore = ['E501', 'PF1', '']",
            f"{PATH}: {TABLE}.ignore: no rule E501, ''; there are FIRST to LAST",
        ),
        ("strict = 'yes'", f"{PATH}: {TABLE}.strict: neither true nor false: 'yes'"),
        ("strict = 1", f"{PATH}: {TABLE}.strict: neither true nor false: 1"),
        ("profile = 'prod'", f"{PATH}: {TABLE}.profile: none of development, production: 'prod'"),
        ("output-format = 'xml'", f"{PATH}: {TABLE}.output-format: none of text, json, github, sarif: 'xml'"),
        (
            "output-format = ['text']",
            f"{PATH}: {TABLE}.output-format: none of text, json, github, sarif: ['text']",
        ),
        (
            "output_format = 'text'\noutput-format = 'text'",
            f"{PATH}: {TABLE}.output-format: is there twice, with - and _; remove one",
        ),
    ],
)
def test_what_no_key_can_be(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(f"[{TABLE}]\n{text}".encode(), PATH)
    assert str(error.value) == message.replace("FIRST", RULES[0].id).replace("LAST", RULES[-1].id)
    assert error.value.exit_code == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[tool.pyforeman.check\n", f"{PATH}:1:22: not TOML: "),
        (b"[tool.pyforeman.check]\nstrict = yes\n", f"{PATH}:2:10: not TOML: "),
        (b"[tool.pyforeman.check]\nstrict\n", f"{PATH}:2:7: not TOML: "),
        (b"[tool.pyforeman.check]\nselect = [\n", f"{PATH}:2: not TOML: "),
        (b"[tool.pyforeman.check]\nstrict = true\nstrict = true", f"{PATH}:3"),
        (b"[tool.pyforeman.check]\nx = '\xff'", f"{PATH}:2: not UTF-8; save the file as UTF-8"),
        (b"tool = 'pyforeman'", f"{PATH}: tool: not a table; write [{TABLE}]"),
        (b"[tool]\npyforeman = 1", f"{PATH}: tool.pyforeman: not a table; write [{TABLE}]"),
        (b"[tool.pyforeman]\ncheck = true", f"{PATH}: {TABLE}: not a table; write [{TABLE}]"),
        (b"[tool.pyforeman.check]\nx = " + b"[" * 100_000, f"{PATH}: not TOML: nested too deep"),
    ],
)
def test_what_cannot_be_read(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(data, PATH)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
    assert "(at " not in str(error.value)


def test_a_broken_file_that_does_not_name_us_is_not_our_business() -> None:
    assert parse(b"[tool.other\nx = \xff", PATH) == Configuration()


def test_toml_is_read_only_where_it_names_us() -> None:
    code = (
        "import sys; from pyforeman.check.configuration import parse; "
        "parse(b'[tool.other]', 'x'); assert 'tomllib' not in sys.modules; "
        "parse(b'[tool.pyforeman]', 'x'); assert 'tomllib' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
