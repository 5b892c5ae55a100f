"""The requests to IAM of each call."""

from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.iam.roles import AssumedRole
from localaws.iam.service_authorization import requests_for
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, clients, policy
from tests.support.localaws.roles_to_act_for import grant

WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/builder-of-roles/local-aws is not authorized to perform: "


def test_registering_a_revision_passes_its_roles_and_tags_it(builder: Callable[..., AssumedRole]) -> None:
    execution, family = f"arn:aws:iam::{ACCOUNT}:role/execution", "family-of-roles"
    revisions = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:*"
    to_tasks = {"Condition": {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}}}
    at_creation = {"Condition": {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}}}
    rights = [
        grant("ecs:RegisterTaskDefinition", "*"),
        grant("ecs:TagResource", revisions) | {"Sid": "Tag"} | at_creation,
        grant("iam:PassRole", execution) | {"Sid": "Pass"} | to_tasks,
    ]
    role = builder(*rights)

    def register() -> str:
        try:
            role.client("ecs").register_task_definition(
                family=family,
                executionRoleArn=execution,
                containerDefinitions=[{"name": "app", "image": "app", "memory": 8}],
                tags=[{"key": "app", "value": "shop"}],
            )
        except ClientError as error:
            said = "{Code}: {Message}".format(**error.response["Error"])
            return said.removeprefix(f"AccessDeniedException: {WHO}").partition(" because ")[0]
        return ""

    seen = [register()]
    for without in range(3):
        document = policy(*rights[:without], *rights[without + 1 :])
        clients().client("iam").put_role_policy(
            RoleName="builder-of-roles", PolicyName="rights", PolicyDocument=document
        )
        seen.append(register())

    assert seen == [
        "",
        "ecs:RegisterTaskDefinition on resource: *",
        f"ecs:TagResource on resource: {revisions}",
        f"iam:PassRole on resource: {execution}",
    ]


def test_a_call_that_the_table_lacks_is_refused(builder: Callable[..., AssumedRole]) -> None:
    with pytest.raises(NotImplementedError, match=r"no entry for s3:CopyObject, .*; add its action to _OTHER_NAMES$"):
        builder(ALLOW_ALL).client("s3").copy_object(Bucket="b", Key="k", CopySource="b/other")


def test_each_deleted_object_is_a_request(caller: Caller) -> None:
    objects = [{"Key": "one"}, {"Key": "two", "VersionId": "1"}]

    asked = requests_for(caller, "s3", "DeleteObjects", {"Bucket": "b", "Delete": {"Objects": objects}})

    assert asked == [
        Request("s3:DeleteObject", "arn:aws:s3:::b/one"),
        Request("s3:DeleteObjectVersion", "arn:aws:s3:::b/two"),
    ]


@pytest.mark.parametrize("build", ["shop:1", f"arn:aws:codebuild:{REGION}:{ACCOUNT}:build/shop:1"])
def test_a_build_is_of_its_project(build: str, caller: Caller) -> None:
    [asked] = requests_for(caller, "codebuild", "BatchGetBuilds", {"ids": [build]})

    assert asked.resource == f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/shop"
