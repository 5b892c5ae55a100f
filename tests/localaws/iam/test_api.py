"""The policy simulator of IAM: the policies of a role decide, and no request is made."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, policy
from tests.support.localaws.fixes import refusal
from tests.support.localaws.roles import client, session

TASKS = {"Service": "ecs-tasks.amazonaws.com"}
SECRET, OTHER = (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-AbCdEf" for name in ("shop/db", "shop/api"))
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-96ef-1234567890ab"
READ = "secretsmanager:GetSecretValue"


def role(name: str, *rights: dict[str, Any]) -> str:
    return clients().role(f"simulated-{name}", TASKS, rights=rights)


def simulate(role_arn: str, *actions: str, resources: list[str], **more: Any) -> dict[str, Any]:
    """Return the answer's only result."""
    answer = (
        clients()
        .client("iam")
        .simulate_principal_policy(PolicySourceArn=role_arn, ActionNames=[*actions], ResourceArns=resources, **more)
    )
    assert answer["IsTruncated"] is False
    [found] = answer["EvaluationResults"]
    result: dict[str, Any] = found
    return result


def test_the_result_has_the_decision_about_each_resource() -> None:
    arn = role("reader", {"Effect": "Allow", "Action": READ, "Resource": SECRET})

    result = simulate(arn, READ, resources=[SECRET, OTHER])

    assert (result["EvalActionName"], result["EvalDecision"]) == (READ, "implicitDeny")
    decisions = {each["EvalResourceName"]: each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]}
    assert decisions == {SECRET: "allowed", OTHER: "implicitDeny"}


def test_an_explicit_deny_is_stronger_than_a_missing_allow() -> None:
    allow, deny = ({"Effect": effect, "Action": READ, "Resource": "*"} for effect in ("Allow", "Deny"))
    arn = role("denied", allow, deny | {"Resource": OTHER})

    assert simulate(arn, READ, resources=[SECRET])["EvalDecision"] == "allowed"
    assert simulate(arn, READ, resources=[SECRET, OTHER])["EvalDecision"] == "explicitDeny"


def test_a_permissions_boundary_limits_the_role() -> None:
    arn, iam = role("bounded", {"Effect": "Allow", "Action": READ, "Resource": "*"}), clients().client("iam")
    only = policy({"Effect": "Allow", "Action": READ, "Resource": SECRET})
    boundary = iam.create_policy(PolicyName="simulated-boundary", PolicyDocument=only)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="simulated-bounded", PermissionsBoundary=boundary)

    assert [simulate(arn, READ, resources=[each])["EvalDecision"] for each in (SECRET, OTHER)] == [
        "allowed",
        "implicitDeny",
    ]


def test_a_key_trusts_its_account_and_conditions_need_their_keys() -> None:
    """No resource policy is part of a simulation, also not the key policy."""
    via = f"secretsmanager.{REGION}.amazonaws.com"
    when = {"StringEquals": {"kms:ViaService": via}}
    arn = role("decrypts", {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY, "Condition": when})
    context = [{"ContextKeyName": "kms:ViaService", "ContextKeyValues": [via], "ContextKeyType": "string"}]

    assert simulate(arn, "kms:Decrypt", resources=[KEY])["EvalDecision"] == "implicitDeny"
    assert simulate(arn, "kms:Decrypt", resources=[KEY], ContextEntries=context)["EvalDecision"] == "allowed"


def test_a_simulation_is_no_decision_about_a_request() -> None:
    arn, before = role("quiet", {"Effect": "Allow", "Action": READ, "Resource": "*"}), len(clients().local.decisions())

    simulate(arn, READ, resources=[SECRET])

    assert all(each["action"] != READ for each in clients().local.decisions()[before:])


def test_without_resources_all_resources_are_meant() -> None:
    arn = role("anywhere", {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"})

    [found] = (
        clients()
        .client("iam")
        .simulate_principal_policy(PolicySourceArn=arn, ActionNames=["ecr:GetAuthorizationToken"])["EvaluationResults"]
    )

    assert (found["EvalDecision"], found["ResourceSpecificResults"]) == ("allowed", [])


def test_a_session_needs_the_permission_on_the_role() -> None:
    arn = role("shown", {"Effect": "Allow", "Action": READ, "Resource": "*"})
    asks = {"PolicySourceArn": arn, "ActionNames": [READ], "ResourceArns": [SECRET]}
    may = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": arn}

    allowed = client(clients().local, session(clients().local, "simulates", may), "iam")
    denied = client(clients().local, session(clients().local, "simulates-not", may | {"Resource": f"{arn}-x"}), "iam")

    assert allowed.simulate_principal_policy(**asks)["EvaluationResults"][0]["EvalDecision"] == "allowed"
    with pytest.raises(ClientError, match=f"perform: iam:SimulatePrincipalPolicy on resource: {arn} because no"):
        denied.simulate_principal_policy(**asks)


def test_unknown_roles_actions_and_members_are_refused() -> None:
    simulator, missing = clients().client("iam").simulate_principal_policy, f"arn:aws:iam::{ACCOUNT}:role/none"
    arn = role("known")

    assert refusal(simulator, PolicySourceArn=missing, ActionNames=[READ]).startswith("NoSuchEntity: ")
    assert refusal(simulator, PolicySourceArn=arn, ActionNames=["shop:Buy"]).startswith("InvalidInput: ")
    assert refusal(simulator, PolicySourceArn=arn, ActionNames=[READ], CallerArn=arn) == (
        "NotImplemented: localaws/iam/api.py: does not support CallerArn"
    )
    entry = {"ContextKeyName": "kms:ViaService", "ContextKeyValues": ["one", "two"], "ContextKeyType": "stringList"}
    assert refusal(simulator, PolicySourceArn=arn, ActionNames=[READ], ContextEntries=[entry]) == (
        "NotImplemented: localaws/iam/api.py: ContextKeyValues must have one value"
    )
    user = f"arn:aws:iam::{ACCOUNT}:user/anna"
    assert refusal(simulator, PolicySourceArn=user, ActionNames=[READ]).startswith("NotImplemented: ")
