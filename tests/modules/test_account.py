"""Account id and partition of the deployment."""

from pathlib import Path

from constructs import Construct

from modules.account import account_id
from tests.support.synthesized import scratch


def test_the_account_is_looked_up_one_time_in_each_stack(tmp_path: Path) -> None:
    def declare(stack: Construct) -> None:
        for scope in (stack, Construct(stack, "one"), Construct(stack, "two")):
            assert account_id(scope)

    assert scratch(tmp_path, declare).json["data"]["aws_caller_identity"] == {"account": {}}
