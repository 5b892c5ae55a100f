"""The permissions boundary of roles."""

from pathlib import Path

import cdktf
from cdktf_cdktf_provider_aws.iam_role import IamRole

from modules.iam import Role
from modules.permissions_boundary import PermissionsBoundary
from stacks.stack import AwsStack
from tests.support.synthesized import DEV, POLICY_ARN, synthesize


def test_every_role_below_the_construct_has_the_boundary(tmp_path: Path) -> None:
    """A role declared before the boundary, and a resource of the bindings after it."""

    def declare(app: cdktf.App) -> None:
        stack = AwsStack(app, "some", settings=DEV)
        Role(stack, "before", name="before", assumed_by="ecs-tasks.amazonaws.com")
        PermissionsBoundary(policy_arn=POLICY_ARN).apply_to(stack)
        IamRole(stack, "after", name="after", assume_role_policy="{}")
        Role(AwsStack(app, "other", settings=DEV), "free", name="free", assumed_by="ecs-tasks.amazonaws.com")

    stacks = synthesize(tmp_path, declare)

    assert {
        role["name"]: role.get("permissions_boundary") for role in stacks["some"].resources("aws_iam_role").values()
    } == {
        "before": POLICY_ARN,
        "after": POLICY_ARN,
    }
    assert [role.get("permissions_boundary") for role in stacks["other"].resources("aws_iam_role").values()] == [None]
