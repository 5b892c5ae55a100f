"""Search for secrets in every file, answer and output of a rehearsal."""

import io
import json
import subprocess
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rehearsal.steps import Rehearsal
from rehearsal.system import System

Place = tuple[str, bytes]


def leaks(places: Iterable[Place], secrets: dict[str, str]) -> list[str]:
    """Return the name of each secret that a place contains, with the place."""
    return [
        f"{secret} in {name}"
        for name, content in places
        for secret, value in secrets.items()
        if value.encode() in content
    ]


def places(rehearsal: Rehearsal, *, said: str) -> Iterator[Place]:
    """Yield what the rehearsal wrote and printed, and what its AWS holds."""
    yield "what was said and printed", said.encode()
    yield from _files(rehearsal.cdktf.folder)
    for stack in rehearsal.stacks:
        yield f"the plan of {stack} as JSON", _shown(rehearsal, stack)
    yield from _logs(rehearsal.system)
    yield from _artifacts(rehearsal.system)
    for name, answer in _answers(rehearsal.system):
        yield name, json.dumps(answer, default=str).encode()


def _files(folder: Path) -> Iterator[Place]:
    """Yield every file except the provider's: settings, JSON, plans, state, backups and the local AWS's log."""
    for path in folder.rglob("*"):
        if path.is_file() and "providers" not in path.parts:
            yield from _unpacked(str(path.relative_to(folder)), path.read_bytes())


def _unpacked(name: str, content: bytes) -> Iterator[Place]:
    """Yield a file and the members of its zip: plans and artifacts are zip files."""
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from ((f"{member} of {name}", archive.read(member)) for member in archive.namelist())


def _shown(rehearsal: Rehearsal, stack: str) -> bytes:
    return subprocess.run(
        [rehearsal.cdktf.variables["TERRAFORM_BINARY_NAME"], "show", "-json", rehearsal.cdktf.plan_file(stack)],
        cwd=rehearsal.cdktf.output_folder / "stacks" / stack,
        env=rehearsal.cdktf.variables,
        capture_output=True,
        check=True,
    ).stdout


def _logs(system: System) -> Iterator[Place]:
    logs = system.aws.client("logs")
    for group in _all(logs, "describe_log_groups", "logGroups"):
        name = group["logGroupName"]
        for stream in _all(logs, "describe_log_streams", "logStreams", logGroupName=name):
            events = logs.get_log_events(logGroupName=name, logStreamName=stream["logStreamName"], startFromHead=True)[
                "events"
            ]
            yield f"the log {name}", "\n".join(event["message"] for event in events).encode()


def _artifacts(system: System) -> Iterator[Place]:
    s3 = system.aws.client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        for item in _all(s3, "list_objects_v2", "Contents", Bucket=bucket["Name"]):
            body = s3.get_object(Bucket=bucket["Name"], Key=item["Key"])["Body"].read()
            yield from _unpacked(f"the object {item['Key']}", body)


def _answers(system: System) -> Iterator[tuple[str, Any]]:
    aws = system.aws
    for arn in _all(system.ecs, "list_task_definitions", "taskDefinitionArns"):
        yield f"the revision {arn}", system.ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    yield "the service", system.service()
    codepipeline, codebuild = aws.client("codepipeline"), aws.client("codebuild")
    actions = _all(codepipeline, "list_action_executions", "actionExecutionDetails", pipelineName=system.pipeline_name)
    yield "the pipeline's actions", actions
    external = [action["output"]["executionResult"].get("externalExecutionId", "") for action in actions]
    builds = [id_ for id_ in external if id_.startswith(system.build_project()["name"])]
    yield "the builds", codebuild.batch_get_builds(ids=builds)["builds"]
    states = aws.client("stepfunctions")
    for machine in _all(states, "list_state_machines", "stateMachines"):
        for execution in _all(states, "list_executions", "executions", stateMachineArn=machine["stateMachineArn"]):
            yield "a state machine's execution", states.describe_execution(executionArn=execution["executionArn"])
    yield "the events", aws.deliveries()


def _all(client: Any, operation: str, where: str, **how: str) -> list[Any]:
    pages = client.get_paginator(operation).paginate(**how)
    return [item for page in pages for item in page.get(where, [])]
