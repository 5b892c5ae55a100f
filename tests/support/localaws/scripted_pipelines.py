"""Pipelines of the local CodePipeline without an AWS; the tests supply the workers."""

import threading
from collections.abc import Callable
from typing import Any, cast

from localaws.clock import Clock
from localaws.codepipeline.actions.job import Job
from localaws.codepipeline.execution import Execution
from localaws.codepipeline.pipeline import Pipeline
from localaws.iam.roles import Aws
from tests.support.localaws.aws_pipeline import TIMEOUT_SECONDS, until

KIND = {"category": "Test", "owner": "AWS", "provider": "Fake", "version": "1"}


class NoAws:
    """An AWS that lets every role be assumed, and has no API."""

    region = "eu-central-1"

    def assume_role(self, role_arn: str, _principal: str) -> str:
        return role_arn


def pipeline(worker: Callable[[Job], None]) -> Pipeline:
    return Pipeline(cast("Aws", NoAws()), Clock(), {("Test", "AWS", "Fake", "1"): worker})


def declaration(mode: str = "SUPERSEDED", **stages: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a declaration with these stages; by default Source, Build and Deploy, each with one action of its name."""
    wanted = stages or {name: [{}] for name in ("Source", "Build", "Deploy")}
    return {
        "name": "shop",
        "roleArn": "arn:aws:iam::123456789012:role/pipeline",
        "executionMode": mode,
        "artifactStore": {"type": "S3", "location": "bucket"},
        "stages": [
            {"name": name, "actions": [{"name": name, "actionTypeId": KIND} | action for action in actions]}
            for name, actions in wanted.items()
        ],
    }


def start(pipeline_: Pipeline, declared: dict[str, Any], **how: Any) -> Execution:
    return pipeline_.start(declared, {"triggerType": "StartPipelineExecution"}, **how)


def over(*executions: Execution) -> list[str]:
    """Wait for the end of executions, and return their statuses."""
    until(lambda: all(execution.over for execution in executions))
    return [execution.status for execution in executions]


def done(execution: Execution) -> list[tuple[str, str]]:
    return [(action.name, action.status) for action in execution.actions]


class Hold:
    """A worker whose Build actions wait until the test releases them, one after the other."""

    def __init__(self) -> None:
        self.entered: list[Execution] = []
        self.go = threading.Semaphore(0)

    def __call__(self, job: Job) -> None:
        if job.action.name == "Build":
            self.entered.append(job.execution)
            assert self.go.acquire(timeout=TIMEOUT_SECONDS)

    def wait_for(self, *executions: Execution) -> None:
        until(lambda: self.entered == list(executions))
