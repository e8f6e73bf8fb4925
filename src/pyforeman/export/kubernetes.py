"""Kubernetes: a Deployment for each process type, a Service for web, a Job for the release, one Secret.

Kubernetes cannot order a Job before a Deployment: who applies the files does, see :func:`next_steps`.
"""

import re
import shlex
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from typing import Final

from pyforeman.errors import UsageError
from pyforeman.export.application import Application, Process, Target
from pyforeman.export.container import arguments
from pyforeman.export.file import SECRET, File
from pyforeman.export.template import Templates
from pyforeman.export.yaml import quoted
from pyforeman.plan.procfile import RELEASE

TEMPLATES = ("secret.yaml", "release.yaml", "web.yaml", "process.yaml", "kustomization.yaml")
RUNS_IN: Final = "pods"
OPTIONS = frozenset({"user", "image", "health"})

_LONGEST_NAME = 63
"""RFC 1035, 2.3.4: of what a Service is called, and of the value of a label."""
_LONGEST_KEY = 253
"""Of a Secret's data (apimachinery, IsConfigMapKey)."""
_MOST_DATA = 1024 * 1024
"""Bytes of all values of a Secret (core/v1, MaxSecretSize)."""
_HIGHEST_USER = 2**31 - 1
_DIGITS = 8
"""Of the hash that ends the name of a Job."""
_FIRST_CONDITION = "{.status.conditions[0].status}"
_FILES_OF_OUR_OWN = ("secret", "kustomization")


def default_folder(target: Target) -> str:
    """Where the files would be, for who prints them: they refer to no place."""
    return "export/kubernetes"


def files(application: Application, target: Target, templates: Templates) -> Iterator[File]:
    """All manifests, the Secret first. Raises UsageError for what Kubernetes does not take."""
    app = _app(application)
    components = _components(application, app)
    if target.health and not any(_template(process) == "web.yaml" for process in application.processes):
        raise UsageError("--health: there is no web with a port, and nothing else is asked")
    common = {
        "app": app,
        "image": quoted(target.image or app),
        "security_context": _security_context(target.user),
        "probe": _probe(target.health),
        "environment": environment_hash(application.environment),
    }
    given = {name: template.given(common) for name, template in templates.items()}
    yield File("secret.yaml", given["secret.yaml"].fill({"data": _data(application)}), SECRET)
    for process in application.everything:
        component = components[process.name]
        name = f"{app}-{component}"
        values = {**_values(process), "name": name, "component": component}
        template = given[_template(process)]
        if process.is_release:
            values["name"] = f"{name}-{_digest(template.fill(values), common['environment'])}"
        yield File(f"{component}.yaml", template.fill(values))
    resources = [f"- {name}.yaml" for name in ("secret", *components.values())]
    yield File(
        "kustomization.yaml", given["kustomization.yaml"].fill({"resources": resources}), printed=False
    )


def next_steps(application: Application, target: Target, *, again: bool) -> Iterator[str]:
    """The release alone, with its environment; then, when it is complete, all.

    ``kubectl wait`` knows one condition, and waits for a Job that has failed until the timeout. So it waits
    for any first, with which a Job ends whatever it ends with.
    """
    secret, release = (shlex.quote(f"{target.folder}/{name}.yaml") for name in ("secret", RELEASE))
    everything = f"kubectl apply -k {shlex.quote(target.folder)}"
    if application.release is None:
        yield everything
        return
    yield f"kubectl apply -f {secret} -f {release}"
    yield f"kubectl wait --for=jsonpath='{_FIRST_CONDITION}'=True --timeout=10m -f {release}"
    yield f"kubectl wait --for=condition=complete --timeout=30s -f {release} && {everything}"


def dns_label(name: str) -> str:
    """A name in the letters of RFC 1123, 2.1; empty where none of them is in it."""
    return re.sub(r"[^a-z0-9]", "-", name.lower()).strip("-")


def unexpanded(text: str) -> str:
    """A text that arrives as it is in ``args``, where Kubernetes writes a value for ``$(NAME)``."""
    return text.replace("$", "$$")


def environment_hash(environment: Mapping[str, str]) -> str:
    """What differs where any variable does, whatever their order."""
    variables = sorted(f"{key}={value}" for key, value in environment.items())
    return sha256("\0".join(variables).encode()).hexdigest()  # no value has a NUL in it


def _app(application: Application) -> str:
    app = dns_label(application.name)
    if not app[0].isalpha():
        raise UsageError(f"--app: {app!r} begins with a digit, and no Service may; give another name")
    return app


def _components(application: Application, app: str) -> dict[str, str]:
    """What each process type is called there. Raises UsageError where two would be called the same."""
    found: dict[str, str] = {}
    taken = {name: f"{name}.yaml" for name in _FILES_OF_OUR_OWN}
    for process in application.everything:
        component = dns_label(process.name)
        if not component:
            raise UsageError(f"{process.name}: Kubernetes wants a letter or a digit in a name; rename it")
        if component in taken:
            raise UsageError(
                f"{process.name}: Kubernetes would call it {component!r}, as it does {taken[component]}; "
                "rename it"
            )
        name = f"{app}-{component}" + ("-" + "0" * _DIGITS if process.is_release else "")
        if len(name) > _LONGEST_NAME:
            raise UsageError(
                f"{process.name}: {name} has {len(name)} characters, and Kubernetes takes {_LONGEST_NAME}; "
                "give a shorter --app, or rename it"
            )
        found[process.name] = component
        taken[component] = process.name
    return found


def _data(application: Application) -> list[str]:
    """The lines of the Secret's data. Raises UsageError for more than a Secret holds."""
    encoded = {key: value.encode() for key, value in application.environment.items()}
    size = sum(len(value) for value in encoded.values())
    if size > _MOST_DATA:
        largest = max(encoded, key=lambda key: len(encoded[key]))
        raise UsageError(
            f"the values of the environment have {size} bytes, and a Secret holds {_MOST_DATA}; "
            f"the largest is {largest}: mount it as a file"
        )
    if too_long := next((key for key in encoded if len(key) > _LONGEST_KEY), None):
        raise UsageError(f"{too_long}: longer than {_LONGEST_KEY} characters, which no key of a Secret is")
    # Both in quotes: NO is no key as it stands, and "null" is the base64 of three bytes.
    return [f'"{key}": "{b2a_base64(value, newline=False).decode()}"' for key, value in encoded.items()]


def _values(process: Process) -> dict[str, str | list[str]]:
    """What the templates have of a process type. Raises UsageError for one that is to end for good."""
    if process.policy.restart == "never" and not process.is_release:
        raise UsageError(
            f"{process.name}: --restart never: a Deployment starts its pods again whatever they end with; "
            f"leave it out with -x {process.name}, or say --restart {process.name}=always"
        )
    port = process.port(1)  # the same in each container: every pod has an address of its own
    return {
        "replicas": "1" if process.is_scheduler else str(process.count),
        "strategy": "Recreate" if process.is_scheduler else "RollingUpdate",
        "grace": str(process.whole_grace),
        "arguments": [_argument(word) for word in arguments(process.command)],
        "port": "" if port is None else f'- {{name: PORT, value: "{port}"}}',
        "container_port": "" if port is None else str(port),
    }


@cache
def _argument(word: str) -> str:
    """A line of ``args``. Most words are those of the shell, the same for each type."""
    return f"- {quoted(unexpanded(word))}"


def _template(process: Process) -> str:
    if process.is_release:
        return "release.yaml"
    return "web.yaml" if process.name == "web" and process.ranges else "process.yaml"


def _probe(health: str | None) -> str:
    """What makes a pod ready: without a path to ask for, that it listens."""
    return "tcpSocket: {port: http}" if health is None else f"httpGet: {{path: {quoted(health)}, port: http}}"


def _security_context(user: str | None) -> str:
    if user is None:
        return ""
    if not (user.isascii() and user.isdigit() and int(user) <= _HIGHEST_USER):
        raise UsageError(
            f"--user: {user!r}: Kubernetes knows accounts by their numbers alone, as of `id -u` in the image"
        )
    return f"securityContext: {{runAsUser: {int(user)}}}"


def _digest(job: str, environment: str) -> str:
    """Differs where anything of a Job does: what it runs cannot be changed once it is there."""
    return sha256(f"{job}{environment}".encode()).hexdigest()[:_DIGITS]
