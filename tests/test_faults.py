"""What is left, and what a user sees, when a deployment is killed, met by another one, or loses its AWS."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import toolchain
from localaws import processes
from localaws.cdktf import Cdktf
from localaws.leftovers import listed
from localaws.server import LocalAws

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

REGION = "eu-central-1"
REGISTRY, DNS = "dev-registry", "dev-dns"


class StopError(Exception):
    """What a test raises to end a command."""


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path / "aws.log", region=REGION) as aws:
        yield aws


def cdktf(aws: LocalAws, folder: Path) -> Cdktf:
    # One attempt a request: an AWS that is gone is found out at once, and not after the provider's 25 attempts.
    return Cdktf(folder, variables=aws.environment() | {"AWS_MAX_ATTEMPTS": "1"}, on_progress=lambda _: None)


def deploy(command: Cdktf, stack: str, on_line: processes.OnLine) -> tuple[int, str]:
    return processes.run(
        ["cdktf", "deploy", stack, "--auto-approve"],
        cwd=toolchain.ROOT,
        environment=command.variables,
        on_line=on_line,
    )


def test_a_killed_deployment_is_completed_by_the_next_without_a_duplicate(aws: LocalAws, tmp_path: Path) -> None:
    command = cdktf(aws, tmp_path)

    def kill(line: str) -> None:
        if "aws_ecr_repository.repository" in line and "Creation complete" in line:
            raise StopError

    with pytest.raises(StopError):
        deploy(command, REGISTRY, kill)
    made = aws.client("ecr").describe_repositories()["repositories"]

    assert command.deploy(REGISTRY) <= 1
    assert aws.client("ecr").describe_repositories()["repositories"] == made
    assert command.changes(REGISTRY) == []


def test_of_two_deployments_at_once_the_second_is_refused_and_told_who_holds_the_lock(
    aws: LocalAws, tmp_path: Path
) -> None:
    command = cdktf(aws, tmp_path)
    refused: list[subprocess.CompletedProcess[str]] = []

    def meet(line: str) -> None:
        if not refused and "aws_route53_zone.zone" in line and "Creating..." in line:
            refused.append(
                subprocess.run(
                    [command.variables["TERRAFORM_BINARY_NAME"], "apply", "-auto-approve", "-input=false"],
                    cwd=command.output_folder / "stacks" / DNS,
                    env=command.variables,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            )

    code, output = deploy(command, DNS, meet)

    assert code == 0, output
    [second] = refused
    assert second.returncode == 1
    message = second.stderr
    assert "Error acquiring the state lock" in message
    assert f"Path:      ../../../terraform.{DNS}.tfstate" in message
    assert "OperationTypeApply" in message
    assert command.changes(DNS) == []


def test_a_deployment_that_loses_its_aws_says_so_and_the_next_one_completes_it(tmp_path: Path) -> None:
    with LocalAws.start(tmp_path / "first.log", region=REGION) as aws:
        command = cdktf(aws, tmp_path)
        command.deploy(REGISTRY)

        def die(line: str) -> None:
            if "aws_route53_zone.zone" in line and "Creating..." in line:
                os.kill(aws.pid, signal.SIGKILL)

        code, output = deploy(command, DNS, die)
    assert code == 1
    assert "Error: " in output
    assert aws.endpoint.removeprefix("http://") in output

    with LocalAws.start(tmp_path / "second.log", region=REGION) as aws:
        before = listed(aws)
        command = cdktf(aws, tmp_path)

        assert command.deploy(REGISTRY, DNS) == 3
        assert [command.changes(stack) for stack in (REGISTRY, DNS)] == [[], []]
        assert sorted(listed(aws) - before) == [
            "hosted zone example-app.dev-environment.com.",
            "repository example-app-dev",
        ]
