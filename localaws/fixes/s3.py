"""What S3 does and moto does not."""

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult


def leaves_conditions_to_the_runner() -> None:
    """A statement touches the requests that meet its conditions; moto, blind to them, has it touch all.

    The pipeline runner asks IAM before each call that it makes for a role, conditions included (pipeline/iam.py).

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """
    is_permitted = IAMPolicyStatement.is_action_permitted

    def is_action_permitted(self: IAMPolicyStatement, *args: Any, **kwargs: Any) -> PermissionResult:
        if self._statement.get("Condition"):
            return PermissionResult.NEUTRAL
        return is_permitted(self, *args, **kwargs)

    IAMPolicyStatement.is_action_permitted = is_action_permitted


FIXES = (leaves_conditions_to_the_runner,)
