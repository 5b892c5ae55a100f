"""A build with the AWS around it: its input, its output and its failures.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

import os
import re

import pytest

from localaws.codebuild import build as codebuild
from tests.support.localaws.aws_pipeline import ACCOUNT, FROM_ANOTHER_ACCOUNT, REGION, clients
from tests.support.localaws.builds import BUCKET, IMAGE, build, commands, environment_of, failed, kept, put_source


def test_a_build_has_the_variables_of_aws_and_the_path(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build gets no other variable of the caller's environment."""
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


def test_the_input_is_unpacked_where_the_build_starts(role: str) -> None:
    assert build(role, commands("cat imageDetail.json sub/x.txt > out")).status == "SUCCEEDED"
    assert kept() == {"out": "{}x"}


def test_a_build_on_lambda_compute_has_fifteen_minutes(role: str) -> None:
    environment = {"type": "LINUX_LAMBDA_CONTAINER", "image": IMAGE, "computeType": "BUILD_LAMBDA_1GB"}

    run = build(role, commands("echo built > out"), environment=environment, timeoutInMinutes=5)

    assert (run.status, kept(), run.project["timeoutInMinutes"]) == ("SUCCEEDED", {"out": "built\n"}, 15)


def test_a_missing_input_fails_the_build(role: str) -> None:
    run = build(role, commands("true"), request={"sourceLocationOverride": f"{BUCKET}/none"})
    assert failed(run) == (
        "FAILED",
        "DOWNLOAD_SOURCE",
        "CLIENT_ERROR",
        "NoSuchKey: The specified key does not exist. for primary source and source version arn:aws:s3:::builds/none",
    )


def test_a_failed_build_keeps_its_output(role: str) -> None:
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


def test_an_invalid_buildspec_fails_the_build(role: str) -> None:
    assert failed(build(role, commands("true", version="1"))) == (
        "FAILED",
        "DOWNLOAD_SOURCE",
        "YAML_FILE_ERROR",
        "version: must be 0.1 or 0.2, got 1",
    )


def test_the_timeout_of_the_project_ends_a_build(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebuild, "SECONDS_A_MINUTE", 0.04)
    run = build(role, commands("sleep 60"), timeoutInMinutes=5)
    assert failed(run) == ("TIMED_OUT", "BUILD", "BUILD_TIMED_OUT", "Build has timed out.")


def test_a_role_that_refuses_codebuild_fails_the_build() -> None:
    other = clients().role("no-builder", {"Service": "codebuild.amazonaws.com"}, Condition=FROM_ANOTHER_ACCOUNT)
    assert failed(build(other, commands("true"))) == (
        "FAILED",
        "SUBMITTED",
        "ACCESS_DENIED",
        (
            f"CodeBuild is not authorized to perform AssumeRole on role {other} "
            "because no role trust policy allows the sts:AssumeRole action"
        ),
    )
