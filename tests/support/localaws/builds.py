"""Builds of the local CodeBuild, run in this process; their projects are created with the API."""

import io
import json
import zipfile
from functools import cache
from typing import Any
from uuid import uuid4

from localaws.codebuild.build import Build
from localaws.iam.roles import Aws
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients

BUCKET = "builds"
IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:6.0"


@cache
def aws() -> Aws:
    return clients().aws()


def put_source(files: dict[str, str]) -> None:
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    clients().client("s3").put_object(Bucket=BUCKET, Key="source", Body=blob.getvalue())


def build(role: str, spec: Any, *, request: dict[str, Any] | None = None, **project: Any) -> Build:
    """Create a project with the API, run a build of it in this process, and return the build."""
    name = f"work-{uuid4().hex[:8]}"
    settings: dict[str, Any] = {
        "source": {"type": "CODEPIPELINE", "buildspec": spec if isinstance(spec, str) else json.dumps(spec)},
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {"type": "LINUX_CONTAINER", "image": IMAGE, "computeType": "BUILD_GENERAL1_SMALL"},
        "serviceRole": role,
    }
    clients().client("codebuild").create_project(name=name, **(settings | project))
    asked = {
        "projectName": name,
        "sourceLocationOverride": f"{BUCKET}/source",
        "artifactsOverride": {"location": BUCKET, "name": "output"},
    }
    arn = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:build/{name}:1234"
    run = Build(aws(), arn=arn, number=7, request=asked | (request or {}))
    run.run()
    return run


def commands(*lines: str, keep: str | None = "out", **more: Any) -> dict[str, Any]:
    kept = {"artifacts": {"files": [keep]}} if keep else {}
    return {"version": "0.2", "phases": {"build": {"commands": list(lines)}}} | kept | more


def kept() -> dict[str, str]:
    body = clients().client("s3").get_object(Bucket=BUCKET, Key="output")["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def failed(run: Build) -> tuple[str, str, str, str]:
    """Return the status of a build, and phase, code and message of its first failure."""
    phase = next(phase for phase in run.phases.described if phase["phaseStatus"] != "SUCCEEDED")
    [context] = phase["contexts"]
    return run.status, phase["phaseType"], context["statusCode"], context["message"]


def environment_of(run: Build) -> dict[str, str]:
    assert run.status == "SUCCEEDED"
    return dict(line.split("=", 1) for line in kept()["out"].splitlines())
