"""The plans that checkov reads, and its results."""

import json
from pathlib import Path

import pytest

from tests.support.scanners import Failure, Planned, complete, scan
from tests.support.synthesized import Json
from tests.tools.scanners.test_lint import SERVICE, policy


@pytest.mark.parametrize(
    ("known", "unknown", "written", "completed"),
    [
        ({"name": "shop"}, {"arn": True}, {"name": "shop"}, {"name": "shop"}),
        ({"name": "shop"}, {"policy": True}, {"policy": "{${a.b.arn}}"}, {"name": "shop", "policy": "{${a.b.arn}}"}),
        (None, {"policy": True}, {"policy": "{}"}, {"policy": "{}"}),
        ({"set": ["a"]}, {"set": [False]}, {"set": ["b"]}, {"set": ["a"]}),
        (
            {"block": [{"a": 1}]},
            {"block": [{"b": True}]},
            {"block": {"b": "${c.d}"}},
            {"block": [{"a": 1, "b": "${c.d}"}]},
        ),
        ({"block": [{}, {}]}, {"block": [{}, {"b": True}]}, {"block": [{}, {"b": 1}]}, {"block": [{}, {"b": 1}]}),
        ({"block": [{"a": 1}]}, {"block": [{"b": True}]}, {"block": [{}, {}]}, {"block": [{"a": 1}]}),
    ],
    ids=["computed", "document", "nothing known", "known", "block", "blocks", "dynamic blocks"],
)
def test_unknown_values_of_a_plan_are_taken_as_written(
    known: Json | None, unknown: Json, written: Json, completed: Json
) -> None:
    assert complete(known, unknown, written) == completed


def planned(document: Json) -> Planned:
    """Return a stack of one policy, which the plan does not know yet."""
    resource = {"type": "aws_iam_role_policy", "name": "rights_0A1B2C3D", "mode": "managed"}
    resource["address"] = f"{resource['type']}.{resource['name']}"
    change = {"actions": ["create"], "before": None, "after": {"name": "rights"}, "after_unknown": {"policy": True}}
    plan = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": [{**resource, "values": {"name": "rights"}}]}},
        "resource_changes": [{**resource, "change": change}],
        "configuration": {},
    }
    written = {"name": "rights", "policy": json.dumps(document)}
    return Planned(plan, {"resource": {"aws_iam_role_policy": {"rights_0A1B2C3D": written}}})


@pytest.mark.slow
def test_a_policy_unknown_to_the_plan_is_scanned_as_written(tmp_path: Path) -> None:
    """The policies of the two stacks have the same address."""
    found = scan(
        {"wide": planned(policy("iam:PutRolePolicy", "*")), "narrow": planned(policy("ecs:UpdateService", SERVICE))},
        tmp_path,
    )

    exposed = "Ensure IAM policies does not allow permissions management / resource exposure without constraints"
    failure = Failure("CKV_AWS_289", "aws_iam_role_policy.rights", exposed)
    assert {name: failure in each.failures for name, each in found.items()} == {"wide": True, "narrow": False}
