"""The CodeBuild project that writes imagedefinitions.json."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.synthesized import ACCOUNT_ID, KEY, REPOSITORY_URL, Json, Stack, System

PROJECT = "pipeline_image_definitions"


def buildspec(main: Stack) -> Json:
    """Read the project's buildspec."""
    spec: Json = json.loads(main.resource("aws_codebuild_project")["source"]["buildspec"])
    return spec


def test_the_project_takes_and_gives_pipeline_artifacts(main: Stack) -> None:
    project = main.resource("aws_codebuild_project")
    del project["source"]["buildspec"]

    assert project == {
        "name": "example-app-dev-image-definitions",
        "description": "writes imagedefinitions.json for the deploy action",
        "service_role": f"${{aws_iam_role.{PROJECT}_role.arn}}",
        "build_timeout": 5,
        "queued_timeout": 30,
        "depends_on": [f"aws_iam_role_policy.{PROJECT}_role_rights"],
        "source": {"type": "CODEPIPELINE"},
        "artifacts": {"type": "CODEPIPELINE"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "compute_type": "BUILD_GENERAL1_SMALL",
            "privileged_mode": False,
            "image": "aws/codebuild/amazonlinux-x86_64-standard:6.0",
            "environment_variable": [
                {"name": "CONTAINER_NAME", "value": "app"},
                {"name": "REPOSITORY_URI", "value": REPOSITORY_URL},
            ],
        },
        "logs_config": {"cloudwatch_logs": {"group_name": f"${{aws_cloudwatch_log_group.{PROJECT}_logs.name}}"}},
    }


def test_on_lambda_compute_only_the_environment_and_the_times_differ(main: Stack, prod: System) -> None:
    on_ec2, on_lambda = (stack.resource("aws_codebuild_project") for stack in (main, prod["prod-main"]))

    assert on_lambda["environment"] | {"environment_variable": []} == {
        "type": "LINUX_LAMBDA_CONTAINER",
        "compute_type": "BUILD_LAMBDA_1GB",
        "privileged_mode": False,
        "image": "aws/codebuild/amazonlinux-x86_64-lambda-standard:nodejs22",
        "environment_variable": [],
    }
    assert on_lambda["build_timeout"] == 15
    assert on_ec2.keys() - on_lambda.keys() == {"queued_timeout"}
    assert on_lambda["source"] == on_ec2["source"]


def test_the_buildspec_is_the_single_echo_of_the_article(main: Stack) -> None:
    assert buildspec(main) == {
        "version": 0.2,
        "phases": {
            "build": {
                "commands": [
                    r'echo "[{\"name\":\"$CONTAINER_NAME\",\"imageUri\":\"$REPOSITORY_URI\"}]" > imagedefinitions.json'
                ]
            }
        },
        "artifacts": {"files": ["imagedefinitions.json"]},
    }


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_echo_writes_what_the_deploy_action_reads(shell: str, main: Stack, tmp_path: Path) -> None:
    [command] = buildspec(main)["phases"]["build"]["commands"]
    uri = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-app-dev@sha256:" + 64 * "0"
    variables = {"PATH": os.environ["PATH"], "CONTAINER_NAME": "app", "REPOSITORY_URI": uri}

    subprocess.run([shell, "-c", command], cwd=tmp_path, env=variables, check=True)

    written = json.loads((tmp_path / "imagedefinitions.json").read_text())
    assert written == [{"name": "app", "imageUri": uri}]


def test_its_role_can_only_write_logs_and_use_artifacts(main: Stack) -> None:
    """The role has no permission on the repository."""
    bucket = "${aws_s3_bucket.pipeline_artifacts.arn}"
    own_account = {"StringEquals": {"aws:ResourceAccount": ACCOUNT_ID}}

    assert main.statements(f"{PROJECT}_role") == [
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"${{aws_cloudwatch_log_group.{PROJECT}_logs.arn}}:*"],
        },
        {
            "Sid": "ReadArtifactBucket",
            "Effect": "Allow",
            "Action": ["s3:GetBucketAcl", "s3:GetBucketLocation"],
            "Resource": [bucket],
            "Condition": own_account,
        },
        {
            "Sid": "BuildArtifacts",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"],
            "Resource": [f"{bucket}/*"],
            "Condition": own_account,
        },
    ]


def test_its_logs_are_kept_for_30_days(main: Stack) -> None:
    assert main.resources("aws_cloudwatch_log_group")[f"{PROJECT}_logs"] == {
        "name": "/aws/codebuild/example-app-dev-image-definitions",
        "retention_in_days": 30,
    }


def test_with_a_key_the_build_encrypts_its_output_with_it(prod: System) -> None:
    """The policy of its role allows the use of the key."""
    stack = prod["prod-main"]

    assert stack.resource("aws_codebuild_project")["encryption_key"] == KEY
    assert stack.statements(f"{PROJECT}_role")[-1] == {
        "Sid": "UseKey",
        "Effect": "Allow",
        "Action": ["kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*", "kms:Decrypt"],
        "Resource": [KEY],
    }
