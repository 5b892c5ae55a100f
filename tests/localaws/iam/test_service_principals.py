"""The service principals that a policy allows."""

import json
from typing import Any

import pytest

from localaws.iam.service_principals import allows_service

LOGS = {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
ROOT = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "admitted"),
    [
        ([LOGS], True),
        (LOGS, True),
        ([ROOT, LOGS], True),
        ([LOGS | {"Principal": {"Service": ["ecs.amazonaws.com", "logs.eu-west-1.amazonaws.com"]}}], True),
        ([ROOT], False),
        ([LOGS | {"Effect": "Deny"}], False),
        ([LOGS | {"Principal": {"Service": "logs.amazonaws.com.cn"}}], False),
        ([LOGS | {"Principal": "*"}], False),
        ([], False),
    ],
)
def test_a_policy_allows_a_service_by_its_principal(statements: Any, admitted: bool) -> None:  # noqa: FBT001
    assert allows_service(json.dumps({"Statement": statements}), "logs.amazonaws.com") == admitted
