"""What is nobody's business: log files, and the values of .env."""

import os
import re
import shutil
import signal
import stat
import tempfile
import time
from pathlib import Path

from rows import Measured, root, row
from scene import Scene, until

_SECRET = "hunter2-7b1e-swordfish"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@row("`--log-dir` with a umask of 0", must="the folder has 0700, each file in it 0600")
def log_modes(measured: Measured) -> None:
    """The umask is no excuse."""
    wrap = ("/bin/sh", "-c", 'umask 0; exec "$@"', "sh")
    with Scene("web: echo hello; exec sleep 4001\n", "-t", "1", "--log-dir", "logs", wrap=wrap) as scene:
        scene.read_until("hello")
        measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
        logs = scene.folder / "logs"
        modes = {path.name: f"{_mode(path):o}" for path in (logs, *logs.iterdir())}
        assert modes == {"logs": "700", "web.1.log": "600", "all.log": "600"}, modes


@row(
    "`--log-dir` is a folder that is there, open to all (0777), with a log file open to all",
    must="either refused with one line, or made 0700 and 0600; nothing in it can be read by others",
)
def log_modes_of_before(measured: Measured) -> None:
    """What was there before."""
    with tempfile.TemporaryDirectory() as name:
        logs = Path(name) / "logs"
        logs.mkdir()
        (logs / "web.1.log").touch()
        (logs / "web.1.log").chmod(0o666)
        logs.chmod(0o777)
        with Scene("web: echo hello; exec sleep 4002\n", "-t", "1", "--log-dir", str(logs)) as scene:
            until(lambda: "hello" in scene.text or scene.process.poll() is not None, "it runs, or is refused")
            if scene.process.poll() is None:
                measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
                modes = {path.name: _mode(path) & 0o077 for path in (logs, *logs.iterdir())}
                assert not any(modes.values()), f"others may read: {modes}"
            else:
                measured.end(scene, 1, since=scene.began)
                assert len(scene.err.splitlines()) == 1, f"not one line: {scene.err!r}"


@row(
    "`--log-dir` is a folder of somebody else",
    must="refused with one line that names it, before anything starts; exit code 1",
    needs=[root],
)
def log_folder_of_another(measured: Measured) -> None:
    """Who owns the folder can put anything in it."""
    folder = Path(tempfile.mkdtemp(prefix="others-"))
    try:
        os.chown(folder, 64123, 64123)
        folder.chmod(0o777)
        with Scene("web: : > started; exec sleep 4003\n", "-t", "1", "--log-dir", str(folder)) as scene:
            until(
                lambda: scene.process.poll() is not None or "web.1 started" in scene.text,
                "it is refused, or starts",
            )
            if scene.process.poll() is None:
                scene.signal(signal.SIGTERM)
            measured.end(scene, 1, since=scene.began)
            assert len(scene.err.splitlines()) == 1, f"not one line: {scene.err!r}"
            assert str(folder) in scene.err, f"it does not name the folder: {scene.err!r}"
            assert not (scene.folder / "started").exists(), "something was started"
            assert not list(folder.iterdir()), "something was written there"
    finally:
        shutil.rmtree(folder)


@row(
    "somebody has put a symlink to another file where a log file would be, in a folder open to all",
    must="it is not followed: the file stays as it is; one line says why the folder is refused",
)
def log_symlink(measured: Measured) -> None:
    """In a folder that only the user can write to, the link is the user's own, and followed."""
    victim = Path(tempfile.mkdtemp(prefix="victim-")) / "precious"
    victim.write_text("precious\n")
    victim.chmod(0o644)
    logs = Path(tempfile.mkdtemp(prefix="logs-"))
    (logs / "web.1.log").symlink_to(victim)
    logs.chmod(0o777)
    try:
        with Scene("web: echo hello; exec sleep 4004\n", "-t", "1", "--log-dir", str(logs)) as scene:
            until(
                lambda: "| hello" in scene.text or scene.process.poll() is not None, "it runs, or is refused"
            )
            since = time.monotonic()
            if scene.process.poll() is None:
                scene.signal(signal.SIGTERM)
            measured.note_code(scene.wait())
            measured.note_seconds(time.monotonic() - since)
            measured.note_survivors(scene)
            assert victim.read_text() == "precious\n", "the file was written to"
            assert _mode(victim) == 0o644, f"its mode was changed: {_mode(victim):o}"
            assert "everybody can write there" in scene.err, f"no line says so: {scene.tail()}"
    finally:
        shutil.rmtree(logs)
        shutil.rmtree(victim.parent)


@row(
    "secrets in .env, with a child that crashes, and one whose command does not exist; as text and as JSON",
    must="no value shows in the output, in a message, in a log file, or in the command line of any process",
)
def env_values(measured: Measured) -> None:
    """``ps`` shows command lines to everybody."""
    files = {".env": f"PASSWORD={_SECRET}\nURL=postgres://user:{_SECRET}@localhost/${{PASSWORD}}\n"}
    procfile = 'web: sleep 4005; : "$PASSWORD"\ncrash: exit 3\nmissing: no-such-command-here "$PASSWORD"\n'
    for form in ("text", "json"):
        with Scene(procfile, "-t", "1", "--format", form, "--log-dir", "logs", files=files) as scene:
            scene.read_until_count("crash.1", 4)
            shown = {path: Path(path).read_bytes() for path in _command_lines(scene)}
            assert len(shown) >= 2, "the row itself is wrong: it sees no process"
            told = [path for path, line in shown.items() if _SECRET.encode() in line]
            assert not told, f"it is in {told}: {[shown[path] for path in told]}"
            measured.end(scene, 143, since=scene.signal(signal.SIGTERM))
            scene.read_to_end()
            logs = "".join(path.read_text() for path in (scene.folder / "logs").iterdir())
            assert _SECRET not in scene.text + scene.err + logs, scene.tail()


def _command_lines(scene: Scene) -> list[str]:
    return [f"/proc/{pid}/cmdline" for pid, _ in scene.survivors() if Path(f"/proc/{pid}/cmdline").exists()]


_BROKEN: dict[str, str | bytes] = {
    "no equals sign": f"GOOD=1\n{_SECRET}\n",
    "a key that is none": f"GOOD=1\nPASS WORD={_SECRET}\n",
    "an open quote": f"PASSWORD='{_SECRET}\nGOOD=1\n",
    "something after the quote": f'PASSWORD="a" {_SECRET}\n',
    "a colon": f"PASSWORD: {_SECRET}\n",
    "no UTF-8": f"PASSWORD={_SECRET}\xff\n".encode("latin-1"),
    "a NUL": f"PASSWORD={_SECRET}\0\n",
    "a port that is none": f"PORT={_SECRET}\n",
}


@row(
    "a .env that does not parse, in eight ways",
    must="one line names the file and the line, and never shows what stands there; nothing starts; "
    "exit code 1 or 2",
)
def env_that_does_not_parse(measured: Measured) -> None:
    """The line that does not parse is the password, as often as not."""
    problems = []
    for name, text in _BROKEN.items():
        with Scene("web: : > started\n", "--restart", "never", files={".env": text}) as scene:
            code = scene.wait()
            measured.note_code(code)
            measured.note_survivors(scene)
            scene.read_to_end()
            if _SECRET in scene.text + scene.err:
                problems.append(f"{name}: shown in {scene.err or scene.text!r}")
            elif code not in {1, 2}:
                problems.append(f"{name}: exit code {code}")
            elif len(scene.err.splitlines()) != 1:
                problems.append(f"{name}: not one line: {scene.err!r}")
            elif (scene.folder / "started").exists():
                problems.append(f"{name}: something was started")
    measured.note_seconds(0)
    assert not problems, "; ".join(problems)


@row(
    "a value in .env that is too large for any process (200 KB)",
    must="a line says that the process could not start, and does not show the value",
)
def env_too_large(measured: Measured) -> None:
    """E2BIG."""
    files = {".env": f"PASSWORD={_SECRET * 10_000}\n"}
    with Scene("web: sleep 4006\n", "--restart", "never", files=files) as scene:
        measured.end(scene, 126, since=scene.began)
        scene.read_to_end()
        assert re.search(r"web\.1 could not start", scene.text), scene.tail()
        assert _SECRET not in scene.text + scene.err, "it shows the value"
