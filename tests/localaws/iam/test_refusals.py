"""Requests that IAM and the local AWS refuse, and moto alone accepts."""

import json

from localaws.iam import refusals
from tests.support.localaws.fixes import Client, case, refusal

TRUST = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"Service": "a"}, "Action": "sts:AssumeRole"}]})


def _policy(resources: int) -> str:
    names = [f"arn:aws:s3:::bucket/{number:080d}" for number in range(resources)]
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": names}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@case(
    refusals.a_role_without_a_trust_policy,
    in_aws=["MalformedPolicyDocument: Missing required field Statement", ""],
)
def test_roles_without_and_with_a_trust_policy(client: Client) -> object:
    create = client("iam").create_role
    return [refusal(create, RoleName="trusted", AssumeRolePolicyDocument=policy) for policy in ("{}", TRUST)]


@case(
    refusals.more_inline_policies_than_a_role_has_room_for,
    in_aws=["", "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role full", ""],
)
def test_inline_policies_within_and_above_the_limit(client: Client) -> object:
    iam = client("iam")
    iam.create_role(RoleName="full", AssumeRolePolicyDocument=TRUST)
    return [
        refusal(iam.put_role_policy, RoleName="full", PolicyName=name, PolicyDocument=_policy(resources))
        for name, resources in (("first", 60), ("second", 60), ("first", 90))
    ]


@case(
    refusals.to_delete_an_attached_policy,
    in_aws=["DeleteConflict: Cannot delete a policy attached to entities.", ""],
)
def test_a_policy_before_and_after_it_is_detached(client: Client) -> object:
    iam = client("iam")
    iam.create_role(RoleName="attached", AssumeRolePolicyDocument=TRUST)
    arn = iam.create_policy(PolicyName="attached", PolicyDocument=_policy(1))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="attached", PolicyArn=arn)
    before = refusal(iam.delete_policy, PolicyArn=arn)
    iam.detach_role_policy(RoleName="attached", PolicyArn=arn)
    return [before, refusal(iam.delete_policy, PolicyArn=arn)]
