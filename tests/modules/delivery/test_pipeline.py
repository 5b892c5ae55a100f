"""The pipeline: source, build and deploy action."""

import json

from tests.support.synthesized import (
    KEY,
    PROD,
    REPOSITORY_ARN,
    REPOSITORY_NAME,
    REPOSITORY_URL,
    Json,
    Stack,
    System,
)


def action(stack: Stack, stage: str) -> Json:
    """Return the only action of a stage."""
    [found] = [each for each in stack.resource("aws_codepipeline")["stage"] if each["name"] == stage]
    [only] = found["action"]
    return dict(only)


def test_the_pipeline_goes_from_source_through_build_to_deploy(main: Stack) -> None:
    pipeline = main.resource("aws_codepipeline")
    pipeline["stage"] = [[stage["name"], *(each["name"] for each in stage["action"])] for stage in pipeline["stage"]]

    assert pipeline == {
        "name": "example-app-dev",
        "pipeline_type": "V2",
        "execution_mode": "SUPERSEDED",
        "role_arn": "${aws_iam_role.pipeline_role.arn}",
        "artifact_store": [{"type": "S3", "location": "${aws_s3_bucket.pipeline_artifacts.id}"}],
        "stage": [["Source", "Push"], ["Build", "Build"], ["Deploy", "Deploy"]],
        "depends_on": ["aws_iam_role_policy.pipeline_role_rights", "aws_s3_bucket_policy.pipeline_artifacts_tls_only"],
    }


def test_with_a_key_the_artifacts_are_encrypted_with_it(prod: System) -> None:
    """The policy of the pipeline's role allows the use of the key."""
    stack = prod["prod-main"]

    assert stack.resource("aws_codepipeline")["artifact_store"] == [
        {
            "type": "S3",
            "location": "${aws_s3_bucket.pipeline_artifacts.id}",
            "encryption_key": {"id": KEY, "type": "KMS"},
        }
    ]
    assert {statement["Sid"]: statement for statement in stack.statements("pipeline_role")}["UseKey"] == {
        "Sid": "UseKey",
        "Effect": "Allow",
        "Action": ["kms:DescribeKey", "kms:GenerateDataKey*", "kms:Encrypt", "kms:ReEncrypt*", "kms:Decrypt"],
        "Resource": [KEY],
    }


def test_the_source_is_the_repositorys_image_of_the_watched_tag(main: Stack) -> None:
    assert action(main, "Source") == {
        "name": "Push",
        "category": "Source",
        "owner": "AWS",
        "provider": "ECR",
        "version": "1",
        "namespace": "Source",
        "configuration": {"RepositoryName": REPOSITORY_NAME, "ImageTag": "latest"},
        "output_artifacts": ["ImageDetail"],
    }


def test_a_variable_of_the_build_has_the_pushed_digest(main: Stack) -> None:
    build = action(main, "Build")
    variables = json.loads(build["configuration"].pop("EnvironmentVariables"))

    assert variables == [{"name": "REPOSITORY_URI", "value": f"{REPOSITORY_URL}@#{{Source.ImageDigest}}"}]
    assert build == {
        "name": "Build",
        "category": "Build",
        "owner": "AWS",
        "provider": "CodeBuild",
        "version": "1",
        "configuration": {"ProjectName": "${aws_codebuild_project.pipeline_image_definitions.name}"},
        "input_artifacts": ["ImageDetail"],
        "output_artifacts": ["ImageDefinitions"],
    }


def test_the_service_is_deployed_from_the_file_that_the_build_wrote(main: Stack) -> None:
    assert action(main, "Deploy") == {
        "name": "Deploy",
        "category": "Deploy",
        "owner": "AWS",
        "provider": "ECS",
        "version": "1",
        "configuration": {
            "ClusterName": "${aws_ecs_cluster.service_cluster.name}",
            "ServiceName": "${aws_ecs_service.service.name}",
            "FileName": "imagedefinitions.json",
            "DeploymentTimeout": "11",
        },
        "input_artifacts": ["ImageDefinitions"],
    }


def test_with_a_pattern_the_source_tag_matches_no_image(prod: System) -> None:
    """A start without a source revision deploys nothing."""
    stack = prod["prod-main"]

    assert action(stack, "Source")["configuration"]["ImageTag"] == "start-with-a-source-revision"
    assert not PROD.pipeline.watches("start-with-a-source-revision")


def test_executions_that_wait_are_queued_if_the_settings_say_so(prod: System) -> None:
    assert prod["prod-main"].resource("aws_codepipeline")["execution_mode"] == "QUEUED"


def test_the_pipelines_role_allows_what_its_actions_need(main: Stack) -> None:
    """https://docs.aws.amazon.com/codepipeline/latest/userguide/how-to-custom-role.html"""
    bucket = "${aws_s3_bucket.pipeline_artifacts.arn}"
    own_account = {"StringEquals": {"aws:ResourceAccount": "${data.aws_caller_identity.account.account_id}"}}

    assert main.statements("pipeline_role") == [
        {
            "Sid": "ReadArtifactBucket",
            "Effect": "Allow",
            "Action": ["s3:GetBucketVersioning", "s3:GetBucketAcl", "s3:GetBucketLocation"],
            "Resource": [bucket],
            "Condition": own_account,
        },
        {
            "Sid": "CarryArtifacts",
            "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:PutObjectAcl", "s3:GetObject", "s3:GetObjectVersion"],
            "Resource": [f"{bucket}/*"],
            "Condition": own_account,
        },
        {
            "Sid": "DescribeImages",
            "Effect": "Allow",
            "Action": ["ecr:DescribeImages"],
            "Resource": [REPOSITORY_ARN],
        },
        {
            "Sid": "Build",
            "Effect": "Allow",
            "Action": ["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
            "Resource": ["${aws_codebuild_project.pipeline_image_definitions.arn}"],
        },
        {
            "Sid": "RegisterTaskDefinition",
            "Effect": "Allow",
            "Action": ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"],
            "Resource": ["*"],
        },
        {
            "Sid": "UpdateService",
            "Effect": "Allow",
            "Action": ["ecs:DescribeServices", "ecs:UpdateService"],
            "Resource": ["${aws_ecs_service.service.id}"],
        },
        {
            "Sid": "TagTaskDefinition",
            "Effect": "Allow",
            "Action": ["ecs:TagResource"],
            "Resource": [
                (
                    "arn:${data.aws_partition.partition.partition}:ecs:eu-central-1:"
                    "${data.aws_caller_identity.account.account_id}:task-definition/"
                    "${aws_ecs_task_definition.service_task_definition.family}:*"
                )
            ],
            "Condition": {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
        },
        {
            "Sid": "PassTaskRoles",
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": ["${aws_iam_role.service_execution_role.arn}", "${aws_iam_role.service_task_role.arn}"],
            "Condition": {"StringEquals": {"iam:PassedToService": ["ecs.amazonaws.com", "ecs-tasks.amazonaws.com"]}},
        },
    ]
