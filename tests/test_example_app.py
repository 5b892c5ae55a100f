"""examples/app fits the system that deploys it. Its own tests are in examples/app/tests/."""

import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from rehearsal.images.dockerfile import Dockerfile
from settings import ServiceSettings
from settings.deployment import DEREGISTRATION_SECONDS
from tests.support.github.job import Job
from tests.support.synthesized import ROOT, Stack

APP = ROOT / "examples" / "app"
STOP_SECONDS = 30
"""The default of the container parameter `stopTimeout`, which the task definition does not set.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
"""

IDLE_SECONDS = 60
"""The default idle time-out of a load balancer, which the system does not set.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
"""


def values(*names: str) -> list[int]:
    """Return values of modules of the application, which another process imports."""
    show = f"from notes import database, server; print({', '.join(names)})"
    return [*map(int, subprocess.check_output([sys.executable, "-c", show], cwd=APP, text=True).split())]


def test_port_and_user_are_those_of_the_container() -> None:
    settings, dockerfile = ServiceSettings(), Dockerfile.read(APP / "Dockerfile")

    assert dockerfile.ports == [str(settings.container_port)]
    assert dockerfile.user == settings.user


def test_the_application_reads_each_variable_of_the_database(main: Stack) -> None:
    source = (APP / "notes" / "database.py").read_text(encoding="utf-8")
    container = main.container()
    given = {each["name"] for kind in ("environment", "secrets") for each in container[kind]}

    read = set(re.findall(r'"(DB_[A-Z_]+)"', source))
    assert read == given | set(Dockerfile.read(APP / "Dockerfile").variables)


def test_the_application_ends_before_ecs_kills_it() -> None:
    """A request waits for a connection, and then for a statement. All requests end before gunicorn's time-out."""
    connection, statement, end = values(
        "database.WAIT_SECONDS", "database.STATEMENT_SECONDS", "server.graceful_timeout"
    )

    assert connection + statement < end < STOP_SECONDS < DEREGISTRATION_SECONDS


def test_the_application_idles_longer_than_the_load_balancer() -> None:
    [keepalive] = values("server.keepalive")

    assert keepalive > IDLE_SECONDS


@pytest.mark.parametrize(("name", "category"), [("requirements.txt", "app"), ("requirements-dev.txt", "develop")])
def test_the_required_packages_are_locked(name: str, category: str) -> None:
    locked = json.loads((ROOT / "Pipfile.lock").read_text(encoding="utf-8"))[category]
    lines = (APP / name).read_text(encoding="utf-8").splitlines()

    for line in lines:
        requirement, *hashes = line.split(" --hash=")
        package = Requirement(requirement)
        assert str(package.specifier) == locked[package.name]["version"]
        assert hashes == locked[package.name]["hashes"]
    assert category == "develop" or len(lines) == len(locked)


def imported(folder: Path) -> set[str]:
    """Return the packages that the files in a folder import."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    packages = metadata.packages_distributions()
    names = {name for name in re.findall(r"^(?:from|import) (\w+)", text, re.MULTILINE) if name in packages}
    return {package.lower() for name in names for package in packages[name]}


def test_the_packages_of_the_tests_are_complete() -> None:
    """The tests import no other package. pip refuses a package that the files do not have, as it requires hashes."""
    files = ("requirements.txt", "requirements-dev.txt")
    lines = [line for name in files for line in (APP / name).read_text(encoding="utf-8").splitlines()]
    listed = {Requirement(line.partition(" --hash")[0]).name for line in lines}

    needed = {
        requirement.name.lower()
        for package in listed
        for requirement in map(Requirement, metadata.requires(package) or [])
        if not requirement.marker or requirement.marker.evaluate({"extra": ""})
    }
    assert needed <= listed
    assert needed
    assert {"pytest"} <= imported(APP / "tests") <= listed


AWS = """#!{python}
import sys
import jmespath
revision = "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev:7"
answers = {{
    "describe-services": {{"services": [{{"deployments": [{{"status": "PRIMARY", "rolloutState": "COMPLETED"}}]}}]}},
    "list-tasks": {{"taskArns": ["task"]}},
    "describe-tasks": {{"tasks": [{{"taskDefinitionArn": revision, "containers": {containers!r}}}]}},
}}
found = jmespath.search(sys.argv[sys.argv.index("--query") + 1], answers[sys.argv[2]])
print(found if isinstance(found, str) else "\\n".join(row[0] for row in found))
"""
"""A program in place of the AWS CLI, for a service with one task."""


def test_the_workflow_ignores_the_containers_that_others_add(tmp_path: Path) -> None:
    """GuardDuty adds an agent to the tasks of Fargate.

    https://docs.aws.amazon.com/guardduty/latest/ug/how-runtime-monitoring-works-ecs-fargate.html
    """
    url, digest = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-dev", f"sha256:{'1' * 64}"
    agent = {"name": "aws-guardduty-agent", "image": "593207742271.dkr.ecr.eu-central-1.amazonaws.com/agent:v1"}
    outputs = {"steps.push.outputs.digest": digest}
    variables = {"REPOSITORY_URL": url, "SERVICE_URL": "https://shop.example.com"}
    job = Job(APP / ".github/workflows/deliver.yml", "deliver", APP, tmp_path, os.environ, variables, outputs)
    program = tmp_path / "bin" / "aws"

    failed = []
    for image in (f"{url}@{digest}", f"{url}:latest"):
        containers = [{"name": "app", "image": image}, agent, {"name": "starting"}]
        program.write_text(AWS.format(python=sys.executable, containers=containers))
        program.chmod(0o755)
        failed.append(job.run("Show what is live").failed)

    assert failed == [None, "Show what is live"]
    assert f"Live: {url}@{digest}\n" in (tmp_path / "summary").read_text()
