"""Deliveries on the shared local AWS for the tests of commands that deploy: new images, and deployments that fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import pytest

from operations import command
from operations.wait import until
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import TIMEOUT_SECONDS, clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.localaws.fixes import refusal

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}

_numbers = count(1)


@cache
def shared() -> Deployed:
    """Return a system that the tests of a process share. Each test leaves it healthy."""
    made = deployed("rolls-dev")
    # ECS rolls failed deployments back, as with the stacks.
    clients().client("ecs").update_service(cluster=made.name, service=made.name, deploymentConfiguration=BREAKER)
    deliver(made, 2)
    return made


def content() -> bytes:
    """Return the content of a new image."""
    return f"image {next(_numbers)}".encode()


def deliver(dev: Deployed, number: int) -> list[str]:
    """Deliver new images, and return their digests, the oldest first."""
    return [dev.deliver(content()) for _ in range(number)]


def push_failing(dev: Deployed, tag: str = "bad") -> str:
    """Push an image whose container exits, and return its digest."""
    pushed = push_image(clients().client("ecr"), dev.name, tag, content())
    clients().local.let_containers_fail(pushed, exit_code=3, log=["Error: the table notes does not exist"])
    return pushed


def let_fail(dev: Deployed) -> None:
    """Let time pass until ECS has rolled a failing deployment back."""

    def rolled_back() -> bool:
        clients().local.advance(seconds=300)
        newest, *older = dev.service()["deployments"]
        return newest["rolloutState"] == "COMPLETED" and [each["rolloutState"] for each in older] == ["FAILED"]

    until(rolled_back, TIMEOUT_SECONDS, "ECS has not rolled back")


def stop_failed_deployment(dev: Deployed) -> None:
    """Stop the newest execution after ECS has rolled its deployment back, as the state machine of the stacks does."""
    let_fail(dev)
    execution = dev.executions()[-1]["pipelineExecutionId"]
    reason = {"abandon": True, "reason": "tasks failed to start"}
    refusal(
        clients().client("codepipeline").stop_pipeline_execution,
        pipelineName=dev.name,
        pipelineExecutionId=execution,
        **reason,
    )


@contextmanager
def held_builds(dev: Deployed, go: Path) -> Iterator[Path]:
    """Let builds that start in the block wait for a file, and yield the file."""
    codebuild = clients().client("codebuild")
    [project] = codebuild.batch_get_projects(names=[dev.name])["projects"]
    held = project["source"] | {"buildspec": held_until_there_is(go)}
    codebuild.update_project(name=dev.name, source=held)
    try:
        yield go
    finally:
        go.touch()
        codebuild.update_project(name=dev.name, source=project["source"])


def at_line(patch: pytest.MonkeyPatch, beginning: str, act: Callable[[], object]) -> None:
    """Do something when a command reports a line with a beginning, the first time."""
    report = command.report
    acted: list[str] = []

    def noted(line: str, **how: object) -> None:
        report(line, **how)  # type: ignore[arg-type]  # the console of the original
        if line.startswith(beginning) and not acted:
            acted.append(line)
            act()

    patch.setattr(command, "report", noted)
