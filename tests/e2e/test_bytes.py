"""Whatever bytes children write in whatever chunks: each line once, whole, in order, under its prefix."""

import re

import pytest

from children.noise import noise
from conftest import Project
from harness import child

SIZE = 1_500_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_byte_arrives_under_its_own_prefix(project: Project, seed: int) -> None:
    seeds = {f"n{number}": 100 * seed + number for number in range(3)}
    procfile = "".join(f"{name}: {child('noise', number, SIZE)}\n" for name, number in seeds.items())
    run = project.start(procfile, "--timestamps", "off")
    assert run.wait() == 0
    found: dict[bytes, list[bytes]] = {}
    for line in run.out.split(b"\n")[:-1]:
        prefix = re.match(rb"(n[0-9]\.1|system) *\| ", line)
        assert prefix, line[:80]
        found.setdefault(prefix[1], []).append(line[prefix.end() :])
    for name, number in seeds.items():
        written = noise(number, SIZE)
        lines = written.split(b"\n")
        assert found[f"{name}.1".encode()] == (lines if lines[-1] else lines[:-1])
