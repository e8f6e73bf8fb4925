import base64
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import golden
from applications import NASTY, NASTY_ARGUMENTS, TARGET, shop, templates
from pyforeman.errors import UsageError
from pyforeman.export import kubernetes
from pyforeman.export.application import Application, Target
from pyforeman.export.file import File
from pyforeman.export.kubernetes import dns_label, environment_hash, unexpanded
from pyforeman.export.template import Template
from pyforeman.plan.settings import Settings

TEMPLATES = templates("kubernetes")


def export(application: Application, target: Target = TARGET) -> dict[str, File]:
    return {file.path: file for file in kubernetes.files(application, target, TEMPLATES)}


def small(text: str, counts: str, **more: Any) -> Application:
    return shop(text, counts=counts, settings=Settings(), **more)


def documents(file: File) -> list[Any]:
    return list(yaml.safe_load_all(file.text))


def pod(file: File) -> Any:
    return documents(file)[0]["spec"]["template"]["spec"]


def refused(application: Application, target: Target = TARGET) -> str:
    with pytest.raises(UsageError) as error:
        export(application, target)
    return str(error.value)


# The files.


def test_golden() -> None:
    golden.assert_golden("kubernetes", kubernetes.files(shop(), TARGET, TEMPLATES))


def test_golden_with_options() -> None:
    target = TARGET._replace(image="registry.example/shop:1.4", user="1000", health='/up?of="web"')
    without_release = "web: gunicorn shop.web:app\n"
    files = kubernetes.files(small(without_release, "web=3"), target, TEMPLATES)
    golden.assert_golden("kubernetes-options", files)


def test_templates_are_those_that_are_named() -> None:
    assert sorted(TEMPLATES) == sorted(kubernetes.TEMPLATES)


def test_values_stand_in_the_secret_alone() -> None:
    files = export(shop(environment={"TOKEN": "correct horse", "OTHER": "battery"}))
    for path, file in files.items():
        assert (file.mode == 0o600) == (path == "secret.yaml")
        for value in (b"correct horse", b"battery"):
            assert value.decode() not in file.text
            assert (base64.b64encode(value).decode() in file.text) == (path == "secret.yaml")


def test_secret_holds_every_value_byte_for_byte() -> None:
    # The values of YAML that are no text, as keys.
    environment = {**NASTY, "NO": "1", "y": "2", "null": "3", "_": "4", "TRUE": "5"}
    (secret,) = documents(export(shop(environment=environment))["secret.yaml"])
    assert {key: base64.b64decode(value).decode() for key, value in secret["data"].items()} == environment


def test_command_arrives_as_it_stands() -> None:
    command = f"gunicorn {NASTY_ARGUMENTS}"
    container = pod(export(small(f"web: {command}\n", "web=1"))["web.yaml"])["containers"][0]
    assert [expanded(word) for word in container["args"]] == ["/bin/sh", "-c", f"exec {command}"]


def test_printed_files_are_one_stream() -> None:
    files = export(shop())
    printed = [file for file in files.values() if file.printed]
    assert [file.path for file in printed] == list(files)[:-1]
    kinds = [one["kind"] for one in yaml.safe_load_all("\n".join(file.text for file in printed))]
    assert kinds == ["Secret", "Job", "Deployment", "Service", "Deployment", "Deployment"]


# What each process type becomes.


def test_without_a_port_there_is_no_service() -> None:
    application = shop(settings=Settings(no_port=True), environment={"PORT": "8080"})
    files = export(application)
    assert [one["kind"] for one in documents(files["web.yaml"])] == ["Deployment"]
    assert all("name: PORT" not in file.text for file in files.values())
    (secret,) = documents(files["secret.yaml"])
    assert secret["data"] == {"PORT": base64.b64encode(b"8080").decode()}


@pytest.mark.parametrize(
    ("name", "replicas", "strategy"),
    [("web", 2, "RollingUpdate"), ("worker", 1, "RollingUpdate"), ("clock-1", 1, "Recreate")],
)
def test_replicas(name: str, replicas: int, strategy: str) -> None:
    files = export(shop(counts="web=2 worker=1 clock-1=3"))
    spec = documents(files[f"{name}.yaml"])[0]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (replicas, {"type": strategy})


@pytest.mark.parametrize(("timeout", "grace"), [("0", 0), ("0.2", 1), ("5", 5), ("5.5", 6), ("1e99", 10**9)])
def test_grace_is_in_whole_seconds(timeout: str, grace: int) -> None:
    files = export(shop(settings=Settings(timeout=timeout)))
    for name in ("web", "worker", "clock-1", "release"):
        assert pod(files[f"{name}.yaml"])["terminationGracePeriodSeconds"] == grace


def test_port_is_the_same_in_every_instance_and_of_the_type() -> None:
    files = export(shop(settings=Settings(port=7000)))
    for name, port in (("web", "7000"), ("worker", "7100")):
        assert pod(files[f"{name}.yaml"])["containers"][0]["env"][0] == {"name": "PORT", "value": port}


def test_selector_finds_the_pods_and_does_not_change() -> None:
    deployment, service = documents(export(shop())["web.yaml"])
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert selector == service["spec"]["selector"]
    assert selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    assert "app.kubernetes.io/managed-by" not in selector


# What changes where the environment does.

RELEASE = "web: true\nrelease: python -m shop.migrate\n"
CHANGES: list[tuple[str, dict[str, Any], Target]] = [
    ("environment", {"environment": {"A": "2"}}, TARGET),
    ("image", {}, TARGET._replace(image="shop:2")),
    ("user", {}, TARGET._replace(user="1000")),
    ("command", {"text": "web: true\nrelease: python -m other\n"}, TARGET),
    ("grace", {"settings": Settings(timeout="6")}, TARGET),
]


def job_name(target: Target = TARGET, **arguments: Any) -> str:
    wanted = {"text": RELEASE, "counts": "web=1", "environment": {"A": "1"}, "settings": Settings()}
    files = export(shop(**{**wanted, **arguments}), target)
    return str(documents(files["release.yaml"])[0]["metadata"]["name"])


@pytest.mark.parametrize(("what", "arguments", "target"), CHANGES, ids=[what for what, _, _ in CHANGES])
def test_another_release_is_another_job(what: str, arguments: dict[str, Any], target: Target) -> None:
    assert job_name(target, **arguments) != job_name()


def test_the_same_release_is_the_same_job_whatever_else_changes() -> None:
    assert job_name(counts="web=5", text=RELEASE.replace("true", "other")) == job_name()


def test_another_environment_is_another_job_whatever_the_template_has() -> None:
    own = {**TEMPLATES, "release.yaml": Template("{{ name }}", "release.yaml")}
    first, second = (
        [file.text for file in kubernetes.files(shop(environment={"A": value}), TARGET, own)]
        for value in ("1", "2")
    )
    assert first[1] != second[1]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"A": "1", "B": "2"}, {"B": "2", "A": "1"}, True),
        ({"A": "1"}, {"A": "2"}, False),
        ({"A": "1"}, {"A": "1", "B": ""}, False),
        ({"A": "1B=2"}, {"A": "1", "B": "2"}, False),
    ],
)
def test_environment_hash(one: Mapping[str, str], other: Mapping[str, str], same: bool) -> None:
    assert (environment_hash(one) == environment_hash(other)) is same


# What Kubernetes does to a text in args (its own rules: $$ is $, $(NAME) a value, all else stays).


def expanded(text: str) -> str:
    found, rest = "", text
    while rest:
        before, dollar, rest = rest.partition("$")
        found += before + dollar
        if rest.startswith("$"):
            rest = rest[1:]
        else:
            assert not (dollar and rest.startswith("(")), "a value would stand here"
    return found


@given(st.text(alphabet=st.sampled_from("$()PORT{} a\n")))
def test_nothing_in_a_command_is_expanded(text: str) -> None:
    assert expanded(unexpanded(text)) == text


# Names.


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("web", "web"),
        ("Shop_API.v2", "shop-api-v2"),
        ("_x_", "x"),
        ("a--b", "a--b"),
        ("-", ""),
        ("9", "9"),
    ],
)
def test_dns_label(name: str, label: str) -> None:
    assert dns_label(name) == label


def test_names_that_yaml_would_take_for_something_else_are_text() -> None:
    files = export(small("no: true\n0x1f: true\n", "no=1 0x1f=1", name="null"))
    for name in ("no", "0x1f"):
        (deployment,) = documents(files[f"{name}.yaml"])
        assert deployment["metadata"]["labels"]["app.kubernetes.io/component"] == name
        assert deployment["metadata"]["labels"]["app.kubernetes.io/name"] == "null"
        assert pod(files[f"{name}.yaml"])["containers"][0]["name"] == name
        assert pod(files[f"{name}.yaml"])["containers"][0]["image"] == "null"


@pytest.mark.parametrize(
    ("text", "counts", "message"),
    [
        (
            "a_b: true\na-b: true\n",
            "a_b=1 a-b=1",
            "a-b: Kubernetes would call it 'a-b', as it does a_b; rename it",
        ),
        (
            "Web: true\nweb: true\n",
            "Web=1 web=1",
            "web: Kubernetes would call it 'web', as it does Web; rename it",
        ),
        (
            "Release: true\nrelease: true\n",
            "Release=1",
            "Release: Kubernetes would call it 'release', as it does release; rename it",
        ),
        (
            "secret: true\n",
            "secret=1",
            "secret: Kubernetes would call it 'secret', as it does secret.yaml; rename it",
        ),
        ("__: true\n", "__=1", "__: Kubernetes wants a letter or a digit in a name; rename it"),
    ],
)
def test_names_that_cannot_be(text: str, counts: str, message: str) -> None:
    assert refused(small(text, counts)) == message


def test_types_that_are_not_exported_have_no_name_to_take() -> None:
    assert "a-b.yaml" in export(small("a_b: true\na-b: true\n", "a_b=1 a-b=0"))


@pytest.mark.parametrize(
    ("name", "length", "fits"),
    [("web", 59, True), ("web", 60, False), ("release", 46, True), ("release", 47, False)],
)
def test_names_fit(name: str, length: int, fits: bool) -> None:
    application = small(f"{name}: true\nx: true\n", f"{name}=1 x=1", name="a" * length)
    if fits:
        file = documents(export(application)[f"{name}.yaml"])[0]
        assert len(file["metadata"]["name"]) == 63
    else:
        assert "has 64 characters, and Kubernetes takes 63" in refused(application)


def test_application_that_begins_with_a_digit() -> None:
    assert refused(shop(name="2048")) == (
        "--app: '2048' begins with a digit, and no Service may; give another name"
    )


# What does not fit.


def test_environment_that_is_too_large() -> None:
    most = 1024 * 1024
    export(shop(environment={"A": "a" * (most - 6), "B": "世界"}))
    assert refused(shop(environment={"A": "a" * (most - 5), "B": "世界"})) == (
        f"the values of the environment have {most + 1} bytes, and a Secret holds {most}; "
        "the largest is A: mount it as a file"
    )


def test_key_that_is_too_long() -> None:
    export(shop(environment={"K" * 253: ""}))
    assert "longer than 253" in refused(shop(environment={"K" * 254: ""}))


@pytest.mark.parametrize("user", ["shop", "-1", "1.5", "2147483648", "٣"])
def test_user_that_is_no_number(user: str) -> None:
    assert refused(shop(), TARGET._replace(user=user)).startswith(f"--user: {user!r}: ")


@pytest.mark.parametrize(("user", "uid"), [("0", 0), ("1000", 1000), ("0010", 10), ("2147483647", 2**31 - 1)])
def test_user(user: str, uid: int) -> None:
    files = export(shop(), TARGET._replace(user=user))
    for name in ("web", "worker", "clock-1", "release"):
        assert pod(files[f"{name}.yaml"])["securityContext"] == {"runAsUser": uid}


def test_process_that_is_to_end_for_good() -> None:
    assert refused(shop(settings=Settings(restart="worker=never"))).startswith("worker: --restart never: ")
    assert "worker.yaml" in export(shop(settings=Settings(restart="always")))


# What to do next.


def test_next_steps() -> None:
    assert list(kubernetes.next_steps(shop(), TARGET, again=False)) == [
        "kubectl apply -f /etc/shop/secret.yaml -f /etc/shop/release.yaml",
        "kubectl wait --for=jsonpath='{.status.conditions[0].status}'=True --timeout=10m "
        "-f /etc/shop/release.yaml",
        "kubectl wait --for=condition=complete --timeout=30s -f /etc/shop/release.yaml "
        "&& kubectl apply -k /etc/shop",
    ]


def test_next_step_without_a_release() -> None:
    target = TARGET._replace(folder="/srv/it's/k8s")
    steps = list(kubernetes.next_steps(small("web: true\n", "web=1"), target, again=False))
    assert steps == ["""kubectl apply -k '/srv/it'"'"'s/k8s'"""]
