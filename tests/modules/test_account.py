"""Account id and partition of the deployment, and ARNs in it."""

from pathlib import Path

from cdktf import TerraformOutput
from constructs import Construct

from modules.account import account_id, arn
from tests.support.synthesized import ACCOUNT_ID, scratch


def test_the_account_is_looked_up_one_time_in_each_stack(tmp_path: Path) -> None:
    def declare(stack: Construct) -> None:
        for scope in (stack, Construct(stack, "one"), Construct(stack, "two")):
            assert account_id(scope)

    assert scratch(tmp_path, declare).json["data"]["aws_caller_identity"] == {"account": {}}


def test_an_arn_refers_to_no_resource(tmp_path: Path) -> None:
    def declare(stack: Construct) -> None:
        TerraformOutput(stack, "queue", value=arn(stack, "sqs", "eu-central-1", "jobs"))

    partition = "${data.aws_partition.partition.partition}"
    assert scratch(tmp_path, declare).json["output"] == {
        "queue": {"value": f"arn:{partition}:sqs:eu-central-1:{ACCOUNT_ID}:jobs"}
    }
