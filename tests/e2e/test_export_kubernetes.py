"""The manifests, read by what others have written to read them: the schemas of Kubernetes, and kubectl."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from applications import NASTY, NASTY_ARGUMENTS, env_file, nasty_argv
from conftest import Project
from harness import PATIENCE, child, eventually

KUBECTL = shutil.which("kubectl")
needs_kubectl = pytest.mark.skipif(KUBECTL is None, reason="kubectl is not installed")
VERSIONS = kubernetes_validate.utils.all_versions()

PROCFILE = f"""\
web: {child("arrival")} . {NASTY_ARGUMENTS}
worker: cd jobs && exec {child("arrival")} .. {NASTY_ARGUMENTS} # its 'end'
clock_1: celery -A shop.tasks beat
release: python -m shop.migrate
"""
ALL_OPTIONS = ("--user", "1000", "--image", "registry.example/shop:1.4", "--health", '/up?of="web"&%')
OPTIONS = pytest.mark.parametrize(
    "options", [(), ALL_OPTIONS, ("--no-port",)], ids=["plain", "all", "no-port"]
)


def export(project: Project, *options: str) -> Path:
    """Export the nasty application; gives the folder of the files."""
    project.write("Procfile", PROCFILE)
    project.write(".env", env_file(NASTY))
    run = project.run("export", "kubernetes", "k8s", "all=1", "web=3", *options)
    assert run.wait() == 0, run.err
    return project.folder / "k8s"


def documents(folder: Path) -> list[Any]:
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    texts = [(folder / name).read_text() for name in kustomization["resources"]]
    return [document for text in texts for document in yaml.safe_load_all(text)]


def by_name(found: list[Any]) -> dict[tuple[str, str], Any]:
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def with_pods(found: list[Any]) -> list[Any]:
    return [one for one in found if "template" in one.get("spec", {})]


def decoded(found: list[Any]) -> subprocess.CompletedProcess[str]:
    """What kubectl says to these, which it decodes into its own types first."""
    assert KUBECTL is not None
    return subprocess.run(
        [KUBECTL, "set", "image", "--local", "-f", "-", "*=x", "-o", "name"],
        input="\n".join(json.dumps(one) for one in found),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def unexpanded(word: str) -> str:
    """What Kubernetes makes of a word of ``args`` that has no reference in it."""
    assert "$(" not in word.replace("$$", "")
    return word.replace("$$", "$")


@OPTIONS
def test_manifests_are_valid(project: Project, options: tuple[str, ...]) -> None:
    found = documents(export(project, *options))
    assert len(VERSIONS) > 3
    for version in (VERSIONS[0], VERSIONS[len(VERSIONS) // 2], VERSIONS[-1]):
        for document in found:
            kubernetes_validate.validate(document, version, strict=True)


def test_invalid_manifests_are_found(project: Project) -> None:
    """The tests beside this one can fail."""
    deployment = with_pods(documents(export(project)))[-1]
    deployment["spec"]["replicas"] = "1"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, VERSIONS[-1], strict=True)
    if KUBECTL is not None:
        assert "cannot unmarshal" in decoded([deployment]).stderr


@needs_kubectl
@OPTIONS
def test_kubectl_reads_them(project: Project, options: tuple[str, ...]) -> None:
    folder = export(project, *options)
    found = documents(folder)
    assert KUBECTL is not None
    built = subprocess.check_output([KUBECTL, "kustomize", folder], text=True, timeout=PATIENCE)
    # In another order, and written anew by what had read them.
    assert by_name(list(yaml.safe_load_all(built))) == by_name(found)
    run = decoded(with_pods(found))
    assert (run.returncode, run.stderr) == (0, "")
    release, *others = run.stdout.split()
    assert release.startswith("job.batch/project-release-")
    assert others == [f"deployment.apps/project-{name}" for name in ("web", "worker", "clock-1")]


@needs_kubectl
def test_values_arrive_in_the_secret_that_kubectl_reads(project: Project) -> None:
    folder = export(project)
    assert KUBECTL is not None
    built = subprocess.check_output([KUBECTL, "kustomize", folder], text=True, timeout=PATIENCE)
    (secret,) = (one for one in yaml.safe_load_all(built) if one["kind"] == "Secret")
    values = {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
    assert values == {"PYTHONUNBUFFERED": "1", **NASTY}


def test_values_stand_in_a_file_that_nobody_else_can_read(project: Project) -> None:
    folder = export(project)
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir() if path.name[0] != "."}
    assert {name for name, mode in modes.items() if mode != 0o644} == {"secret.yaml"}
    assert modes["secret.yaml"] == 0o600
    for path in folder.iterdir():
        text = path.read_text()
        if path.name != "secret.yaml":
            assert "INJECTED" not in text
            assert "BEGIN KEY" not in text


@pytest.mark.parametrize("name", ["web", "worker"])
def test_containers_command_gets_its_arguments_and_its_values(project: Project, name: str) -> None:
    """What the file says is run here, as a container would; a real one does it in tests/engines."""
    found = documents(export(project))
    (project.folder / "jobs").mkdir()
    (container,) = by_name(found)["Deployment", f"project-{name}"]["spec"]["template"]["spec"]["containers"]
    secret = {key: base64.b64decode(value).decode() for key, value in found[0]["data"].items()}
    own = {one["name"]: one.get("value", f"project-{name}-7d9f-abcde") for one in container["env"]}
    environment = {**secret, **own}
    arrived = project.folder / f"{own['PS']}.json"
    with subprocess.Popen(
        [unexpanded(word) for word in container["args"]],
        cwd=project.folder,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            eventually(arrived.exists, f"{name} has written what it was given")
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)
    seen = json.loads(arrived.read_text())
    assert seen["arguments"] == nasty_argv(int(own["PORT"]))
    assert {key: seen["environment"].get(key) for key in environment} == environment
    assert (project.folder / f"{own['PS']}.ended").exists()


def test_printed_into_a_pipe_it_is_one_stream(project: Project) -> None:
    folder = export(project)
    run = project.run("export", "kubernetes", "-", "all=1", "web=3")
    assert run.wait() == 0, run.err
    assert list(yaml.safe_load_all(run.text)) == documents(folder)


def test_refused_with_one_line(project: Project) -> None:
    project.write("Procfile", "web: true\n")
    run = project.run("export", "kubernetes", "--user", "shop")
    assert run.wait() == 2
    assert run.err.count("\n") == 1
    assert "--user: 'shop': Kubernetes knows accounts by their numbers alone" in run.err
    assert not (project.folder / "export").exists()
