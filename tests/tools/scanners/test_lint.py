"""The linter of policies."""

import pytest

from tests.support.scanners import lint
from tests.support.synthesized import Json

CLUSTER = "arn:aws:ecs:eu-central-1:123456789012:cluster/shop"
SERVICE = "arn:aws:ecs:eu-central-1:123456789012:service/shop/shop"
REPOSITORY = "arn:aws:ecr:eu-central-1:123456789012:repository/shop"
BUCKET = "arn:aws:s3:::shop-artifacts"
GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:/ecs/shop"
ROLE = "arn:aws:iam::123456789012:role/shop"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-96ef-1234567890ab"


def policy(actions: str | list[str], resources: str | list[str], **elements: object) -> Json:
    """Return a policy of one statement."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources, **elements}
    return {"Version": "2012-10-17", "Statement": [statement]}


def passed(**condition: object) -> Json:
    """Return a policy with a condition of `iam:PassRole`."""
    return policy("iam:PassRole", ROLE, Condition=condition)


GOOD = {
    "an action and its resource": policy("ecs:UpdateService", SERVICE),
    "a bucket and its objects": policy(["s3:GetBucketAcl", "s3:GetObject"], [BUCKET, f"{BUCKET}/*"]),
    "a log group and its streams": policy(["logs:CreateLogStream", "logs:PutLogEvents"], f"{GROUP}:*"),
    "* where AWS takes nothing narrower": policy(["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition"], "*"),
    "actions by a pattern": policy(["kms:GenerateDataKey*", "kms:ReEncrypt*"], KEY),
    "a document of AWS, and a new condition key": policy(
        "ssm:StartSession",
        "arn:aws:ssm:eu-central-1::document/AWS-StartPortForwardingSessionToRemoteHost",
        Condition={"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}},
    ),
    "a condition": passed(StringEquals={"iam:PassedToService": "ecs-tasks.amazonaws.com"}),
    "the policy of a bucket": policy(
        "s3:*",
        [BUCKET, f"{BUCKET}/*"],
        Effect="Deny",
        Principal="*",
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    ),
    "the policy of a key": policy("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"}),
}

BAD = {
    "an unknown action": (policy("ecs:RestartService", SERVICE), ["unknown action ecs:RestartService"]),
    "an unknown service": (policy("esc:UpdateService", SERVICE), ["unknown action esc:UpdateService"]),
    "a pattern that matches no action": (policy("ecs:Restart*", SERVICE), ["unknown action ecs:Restart*"]),
    "another type of resource": (
        policy("ecs:UpdateService", CLUSTER),
        [
            f"ecs:UpdateService accepts the ARN of service, not {CLUSTER}",
            f"the statement has no action that accepts {CLUSTER}",
        ],
    ),
    "one resource too many": (
        policy("ecs:UpdateService", [SERVICE, CLUSTER]),
        [f"the statement has no action that accepts {CLUSTER}"],
    ),
    "an action that the resources leave out": (
        policy(["s3:GetBucketAcl", "s3:GetObject"], f"{BUCKET}/*"),
        [f"s3:GetBucketAcl accepts the ARN of bucket, not {BUCKET}/*"],
    ),
    "* for an ARN": (policy("ecs:UpdateService", "*"), ["ecs:UpdateService accepts the ARN of service, not *"]),
    "* for an ARN that may be left out": (
        policy("rds:DescribePendingMaintenanceActions", "*"),
        ["rds:DescribePendingMaintenanceActions accepts the ARN of cluster or db, not *"],
    ),
    "an ARN for *": (
        policy("ecr:GetAuthorizationToken", REPOSITORY),
        ["ecr:GetAuthorizationToken accepts no ARN, only *", f"the statement has no action that accepts {REPOSITORY}"],
    ),
    "half an ARN": (policy("ecs:UpdateService", "service/shop/shop"), ["INVALID_ARN: Does not have 6 parts"]),
    "an invalid account id": (
        policy("ecs:UpdateService", SERVICE.replace("123456789012", "1234")),
        ["INVALID_ARN: Account expected to be of form like 123456789012"],
    ),
    "an unknown condition key": (
        passed(StringEquals={"iam:PassedToServices": "ecs-tasks.amazonaws.com"}),
        ["UNKNOWN_CONDITION_FOR_ACTION: Unknown condition iam:PassedToServices for action iam:PassRole"],
    ),
    "a condition key of another action": (
        passed(StringEquals={"ecs:CreateAction": "RegisterTaskDefinition"}),
        ["UNKNOWN_CONDITION_FOR_ACTION: Unknown condition ecs:CreateAction for action iam:PassRole"],
    ),
    "an unknown operator": (
        passed(StringMatches={"aws:ResourceAccount": "123456789012"}),
        ["UNKNOWN_OPERATOR: StringMatches"],
    ),
    "a value that is not a boolean": (
        passed(Bool={"aws:SecureTransport": "no"}),
        ["MISMATCHED_TYPE_OPERATION_TO_NULL"],
    ),
    "a statement without an effect": (
        {"Version": "2012-10-17", "Statement": [{"Action": "ecs:UpdateService", "Resource": SERVICE}]},
        ["MALFORMED: Statement does not contain an Effect element"],
    ),
}


@pytest.mark.slow
def test_good_policies_have_no_findings() -> None:
    assert lint(GOOD) == []


@pytest.mark.slow
def test_a_finding_begins_with_the_name_of_the_policy() -> None:
    found = lint({name: document for name, (document, _) in BAD.items()})

    assert found == [f"{name}: {fault}" for name, (_, faults) in BAD.items() for fault in faults]
