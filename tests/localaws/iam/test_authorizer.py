"""IAM in the server: its records, and its decisions that `LocalAws` asks for."""

from collections.abc import Callable

from localaws.iam.evaluation import Request
from localaws.iam.roles import AssumedRole
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.roles_to_act_for import BUCKET, BUILDS, OBJECT, grant, put


def test_every_decision_is_recorded_with_its_request(builder: Callable[..., AssumedRole]) -> None:
    before = len(clients().local.decisions())
    put(builder(grant("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*")))

    kept = clients().local.decisions()[before:]
    assert [(one["principal"], one["action"], one["resource"], one["allowed"], one["by"]) for one in kept] == [
        (BUILDS, "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/builder-of-roles", True, ["1"]),
        (f"arn:aws:iam::{ACCOUNT}:role/builder-of-roles", "s3:PutObject", OBJECT, True, ["Grant"]),
    ]
    assert kept[1]["context"]["aws:PrincipalAccount"] == ACCOUNT


def test_a_request_context_replaces_the_keys_of_every_request(builder: Callable[..., AssumedRole]) -> None:
    role = builder(grant("s3:PutObject", "*", Condition={"Bool": {"aws:SecureTransport": "true"}}))

    requests = [Request("s3:PutObject", OBJECT, context) for context in ({}, {"aws:SecureTransport": "false"})]
    decisions = [clients().local.decide(role.arn, one, account=ACCOUNT, region=REGION) for one in requests]

    assert [each.allowed for each in decisions] == [True, False]


def test_a_role_that_does_not_exist_is_denied() -> None:
    missing = f"arn:aws:iam::{ACCOUNT}:role/missing"

    decision = clients().local.decide(missing, Request("s3:PutObject", OBJECT), account=ACCOUNT, region=REGION)

    assert decision.message.endswith("because no identity-based policy allows the s3:PutObject action")
