"""A build and the AWS around it: what it gets, what it keeps, and how its failures are told.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

import io
import json
import os
import re
import zipfile
from functools import cache
from typing import Any
from uuid import uuid4

import pytest

from localaws.codebuild import build as codebuild
from localaws.codebuild.build import Build
from localaws.iam.roles import Aws
from tests.support.aws_pipeline import ACCOUNT, REGION, clients

BUCKET = "builds"
IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:6.0"


@pytest.fixture(scope="module", autouse=True)
def role() -> str:
    clients().client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    put_source({"imageDetail.json": "{}", "sub/x.txt": "x"})
    return clients().role("builder", {"Service": "codebuild.amazonaws.com"})


@cache
def aws() -> Aws:
    return Aws(clients().local.endpoint, clients().local.key, REGION, [])


def put_source(files: dict[str, str]) -> None:
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    clients().client("s3").put_object(Bucket=BUCKET, Key="source", Body=blob.getvalue())


def build(role: str, spec: Any, *, request: dict[str, Any] | None = None, **project: Any) -> Build:
    """Run a build of a new project in this process; it knows the project through the API."""
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
    """Give the status of a build, and phase, code and message of the first failure."""
    phase = next(phase for phase in run.phases.described if phase["phaseStatus"] != "SUCCEEDED")
    [context] = phase["contexts"]
    return run.status, phase["phaseType"], context["statusCode"], context["message"]


def environment_of(run: Build) -> dict[str, str]:
    assert run.status == "SUCCEEDED"
    return dict(line.split("=", 1) for line in kept()["out"].splitlines())


def test_a_build_sees_what_aws_sets_and_nothing_of_the_callers_but_path(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "leaked")
    run = build(role, commands("env > out"))
    seen = environment_of(run)
    name = run.request["projectName"]
    source = seen["CODEBUILD_SRC_DIR"]
    assert {key: value for key, value in seen.items() if key not in ("PWD", "OLDPWD", "SHLVL", "_")} == {
        "PATH": os.environ["PATH"],
        "HOME": source.removesuffix("/src"),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "CODEBUILD_BUILD_ARN": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:build/{name}:1234",
        "CODEBUILD_BUILD_ID": f"{name}:1234",
        "CODEBUILD_BUILD_IMAGE": IMAGE,
        "CODEBUILD_BUILD_NUMBER": "7",
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_KMS_KEY_ID": f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3",
        "CODEBUILD_LOG_PATH": "1234",
        "CODEBUILD_PROJECT_ARN": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{name}",
        "CODEBUILD_SOURCE_VERSION": "arn:aws:s3:::builds/source",
        "CODEBUILD_SRC_DIR": source,
        "CODEBUILD_START_TIME": str(int(run.started.timestamp() * 1000)),
    }
    assert seen["PWD"].endswith("/src")


def test_the_request_goes_before_the_project_and_the_project_before_the_buildspec(role: str) -> None:
    spec = commands('echo "A=$A\nB=$B\nC=$C" > out', env={"variables": {"A": "spec", "B": "spec", "C": "spec"}})
    project = [{"name": "B", "value": "project"}, {"name": "C", "value": "project"}]
    image = {"type": "LINUX_CONTAINER", "image": IMAGE, "computeType": "BUILD_GENERAL1_SMALL"}
    request = {"environmentVariablesOverride": [{"name": "C", "value": "request", "type": "PLAINTEXT"}]}
    run = build(role, spec, request=request, environment=image | {"environmentVariables": project})
    assert environment_of(run) == {"A": "spec", "B": "project", "C": "request"}


def test_parameters_and_secrets_are_read_through_their_apis(role: str) -> None:
    clients().client("ssm").put_parameter(Name="/shop/level", Value="debug", Type="SecureString")
    secrets = clients().client("secretsmanager")
    arn = secrets.create_secret(Name="work/db", SecretString='{"password": "p:1", "port": 5432}')["ARN"]
    spec = commands(
        "env | grep ^V_ > out",
        env={
            "parameter-store": {"V_LEVEL": "/shop/level"},
            "secrets-manager": {
                "V_WHOLE": "work/db",
                "V_KEY": "work/db:password",
                "V_NUMBER": f"{arn}:port:AWSCURRENT",
            },
        },
    )
    request = {"environmentVariablesOverride": [{"name": "V_R", "value": "/shop/level", "type": "PARAMETER_STORE"}]}
    assert environment_of(build(role, spec, request=request)) == {
        "V_LEVEL": "debug",
        "V_R": "debug",
        "V_WHOLE": '{"password": "p:1", "port": 5432}',
        "V_KEY": "p:1",
        "V_NUMBER": "5432",
    }


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"parameter-store": {"X": "/none"}}, "parameter does not exist: /none"),
        (
            {"secrets-manager": {"X": "none"}},
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        ),
        ({"secrets-manager": {"X": "work/text:key"}}, "the secret work/text has no JSON key key"),
    ],
)
def test_a_parameter_or_secret_that_cannot_be_read_fails_the_build(role: str, env: Any, message: str) -> None:
    if "work/text" in str(env):
        clients().client("secretsmanager").create_secret(Name="work/text", SecretString="no json")
    run = build(role, commands("true", env=env))
    assert failed(run) == ("FAILED", "DOWNLOAD_SOURCE", "Decrypted Variables Error", message)


def test_the_input_is_unpacked_where_the_build_starts(role: str) -> None:
    assert build(role, commands("cat imageDetail.json sub/x.txt > out")).status == "SUCCEEDED"
    assert kept() == {"out": "{}x"}


def test_an_input_that_is_not_there_fails_the_build(role: str) -> None:
    run = build(role, commands("true"), request={"sourceLocationOverride": f"{BUCKET}/none"})
    assert failed(run) == (
        "FAILED",
        "DOWNLOAD_SOURCE",
        "CLIENT_ERROR",
        "NoSuchKey: The specified key does not exist. for primary source and source version arn:aws:s3:::builds/none",
    )


@pytest.mark.parametrize(
    ("artifacts", "names"),
    [
        (
            {"files": ["**/*"]},
            ["a.json", "imageDetail.json", "out/b.json", "out/deep/.c", "out/deep/d.json", "sub/x.txt"],
        ),
        ({"files": ["*.json"]}, ["a.json", "imageDetail.json"]),
        ({"files": ["out/*", "none", "a.json"]}, ["a.json", "out/b.json"]),
        ({"files": ["**/*.json"], "base-directory": "out"}, ["b.json", "deep/d.json"]),
        ({"files": ["**/*.json"], "base-directory": "o*", "discard-paths": "yes"}, ["b.json", "d.json"]),
        ({"files": ["out/deep/*"], "discard-paths": "no"}, ["out/deep/.c", "out/deep/d.json"]),
    ],
)
def test_the_files_that_the_buildspec_names_are_kept(role: str, artifacts: Any, names: list[str]) -> None:
    lines = "mkdir -p out/deep; echo > a.json; echo > out/b.json; echo > out/deep/.c; echo > out/deep/d.json"
    assert build(role, commands(lines, keep=None, artifacts=artifacts)).status == "SUCCEEDED"
    assert sorted(kept()) == names


@pytest.mark.parametrize(
    ("artifacts", "message"),
    [
        ({"files": ["none", "sub"]}, "no matching artifact paths found"),
        ({"files": ["*"], "base-directory": "dist"}, "no matching base directory path found for dist"),
    ],
)
def test_nothing_to_keep_fails_the_build(role: str, artifacts: Any, message: str) -> None:
    run = build(role, commands("true", keep=None, artifacts=artifacts))
    assert failed(run) == ("FAILED", "UPLOAD_ARTIFACTS", "CLIENT_ERROR", message)


def test_what_a_failed_build_has_made_is_kept_all_the_same(role: str) -> None:
    run = build(role, commands("echo made > out", "exit 9"))
    assert failed(run) == (
        "FAILED",
        "BUILD",
        "COMMAND_EXECUTION_ERROR",
        "Error while executing command: exit 9. Reason: exit status 9",
    )
    assert kept() == {"out": "made\n"}


def test_the_buildspec_may_be_a_file_of_the_input(role: str) -> None:
    put_source(
        {"ci/spec.yml": "version: 0.2\nphases: {build: {commands: ['echo file > out']}}\nartifacts: {files: [out]}"}
    )
    run = build(role, "ci/spec.yml")
    missing = build(role, "")
    put_source({"imageDetail.json": "{}", "sub/x.txt": "x"})
    assert (run.status, kept()) == ("SUCCEEDED", {"out": "file\n"})
    status, phase, code, message = failed(missing)
    assert (status, phase, code) == ("FAILED", "DOWNLOAD_SOURCE", "YAML_FILE_ERROR")
    assert re.fullmatch(r"stat /.*/src/buildspec\.yml: no such file or directory", message)


def test_a_buildspec_that_cannot_be_run_fails_the_build(role: str) -> None:
    assert failed(build(role, commands("true", version="1"))) == (
        "FAILED",
        "DOWNLOAD_SOURCE",
        "YAML_FILE_ERROR",
        "version: must be 0.1 or 0.2, got 1",
    )


def test_the_time_out_of_the_project_ends_a_build(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebuild, "SECONDS_A_MINUTE", 0.04)
    run = build(role, commands("sleep 60"), timeoutInMinutes=5)
    assert failed(run) == ("TIMED_OUT", "BUILD", "BUILD_TIMED_OUT", "Build has timed out.")


def test_a_role_that_codebuild_may_not_act_for_fails_the_build() -> None:
    other = clients().role("no-builder", {"Service": "ecs.amazonaws.com"})
    assert failed(build(other, commands("true"))) == (
        "FAILED",
        "SUBMITTED",
        "ACCESS_DENIED",
        (
            f"CodeBuild is not authorized to perform AssumeRole on role {other} "
            "because no role trust policy allows the sts:AssumeRole action"
        ),
    )


@pytest.mark.parametrize(
    ("config", "group", "stream"),
    [
        ({}, None, "1234"),
        ({"status": "ENABLED", "groupName": "ours", "streamName": "shop"}, "ours", "shop/1234"),
    ],
)
def test_the_log_goes_where_the_project_says(role: str, config: dict[str, str], group: str | None, stream: str) -> None:
    logs = clients().client("logs")
    run = build(role, commands("echo hello", keep=None), logsConfig={"cloudWatchLogs": config} if config else {})
    name = group or f"/aws/codebuild/{run.request['projectName']}"
    events = logs.get_log_events(logGroupName=name, logStreamName=stream, startFromHead=True)["events"]
    assert "hello" in [event["message"].strip() for event in events]


def test_a_log_that_is_disabled_goes_nowhere(role: str) -> None:
    run = build(role, commands("true", keep=None), logsConfig={"cloudWatchLogs": {"status": "DISABLED"}})
    assert run.status == "SUCCEEDED"
    prefix = f"/aws/codebuild/{run.request['projectName']}"
    assert clients().client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"] == []
