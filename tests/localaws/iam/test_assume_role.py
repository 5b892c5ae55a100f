"""Calls from outside that assume a role: its trust policy decides."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError

from localaws.clients import text_of
from rehearsal.workflow_roles import ISSUER, token
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, clients, policy
from tests.support.localaws.roles import client, credentials, session, signed, with_web_identity
from tests.support.localaws.roles_to_act_for import grant

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/assumed"
CALLER = f"arn:aws:iam::{ACCOUNT}:role/assuming"
SUBJECT = "repo:acme/shop:environment:prod"
FEDERATED = {
    "Effect": "Allow",
    "Principal": {"Federated": PROVIDER},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringEquals": {
            f"{ISSUER}:aud": "sts.amazonaws.com",
            f"{ISSUER}:sub": SUBJECT,
            f"{ISSUER}:ref": "refs/heads/main",
        }
    },
}


def trust(principal: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


@pytest.fixture(scope="module", autouse=True)
def _role() -> Iterator[None]:
    iam = clients().client("iam")
    iam.create_open_id_connect_provider(
        Url=f"https://{ISSUER}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["0" * 40]
    )
    iam.create_role(RoleName="assumed", AssumeRolePolicyDocument=policy(FEDERATED))
    iam.put_role_policy(
        RoleName="assumed", PolicyName="rights", PolicyDocument=policy(grant("ecs:DescribeClusters", "*"))
    )
    yield
    iam.delete_role_policy(RoleName="assumed", PolicyName="rights")
    iam.delete_role(RoleName="assumed")
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)


def assume(key: ReadOnlyCredentials, *statements: dict[str, Any], role: str = ROLE, **members: Any) -> str:
    """Call AssumeRole of a role that has these statements as its trust policy, and return the error, or ""."""
    clients().client("iam").update_assume_role_policy(RoleName="assumed", PolicyDocument=policy(*statements))
    try:
        client(clients().local, key, "sts").assume_role(RoleArn=role, RoleSessionName="next", **members)
    except ClientError as error:
        return text_of(error)
    return ""


DENIED = (
    f"AccessDenied: User: arn:aws:sts::{ACCOUNT}:assumed-role/assuming/cli is not authorized to perform: "
    f"sts:AssumeRole on resource: {ROLE} because no role trust policy allows the sts:AssumeRole action"
)


@pytest.mark.parametrize(
    ("statement", "rights", "answer"),
    [
        (trust({"AWS": CALLER}), [grant("ecs:ListClusters", "*")], ""),
        (trust({"AWS": ACCOUNT}), [grant("sts:AssumeRole", ROLE)], ""),
        (trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}), [ALLOW_ALL], DENIED),
        (trust({"Service": "ecs.amazonaws.com"}), [ALLOW_ALL], DENIED),
    ],
)
def test_a_session_assumes_a_role_that_trusts_it(
    statement: dict[str, Any], rights: list[dict[str, Any]], answer: str
) -> None:
    assert assume(session(clients().local, "assuming", *rights), statement) == answer


def test_trust_of_the_account_needs_a_permission_of_the_caller() -> None:
    key = session(clients().local, "assuming", grant("ecs:ListClusters", "*"))

    assert assume(key, trust({"AWS": ACCOUNT})).endswith(
        "because no identity-based policy allows the sts:AssumeRole action"
    )


def test_an_external_id_is_compared() -> None:
    key = session(clients().local, "assuming", ALLOW_ALL)
    statement = trust({"AWS": CALLER}, Condition={"StringEquals": {"sts:ExternalId": "right"}})

    assert [assume(key, statement, ExternalId=given) for given in ("right", "wrong")] == ["", DENIED]


def test_session_tags_and_a_source_identity_need_their_own_permission() -> None:
    """moto refuses other actions of STS in UpdateAssumeRolePolicy, so another role has them."""
    key = session(clients().local, "assuming", ALLOW_ALL)
    assuming, both = trust({"AWS": CALLER}), clients().role("assumed-with-tags", {"AWS": CALLER}, Action="sts:*")
    tagged: dict[str, Any] = {"Tags": [{"Key": "team", "Value": "web"}]}

    assert "sts:TagSession" in assume(key, assuming, **tagged)
    assert "sts:SetSourceIdentity" in assume(key, assuming, SourceIdentity="alice")
    assert assume(key, assuming, role=both, SourceIdentity="alice", **tagged) == ""


def test_a_session_policy_is_refused_by_name() -> None:
    refused = assume(clients().local.key, trust({"AWS": ACCOUNT}), Policy=policy(ALLOW_ALL))

    assert refused.endswith("localaws/iam/assume_role.py: Policy is not implemented; leave it out")


def test_saml_is_refused_by_name() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/idp"

    status, answer = signed(
        clients().local, "AssumeRoleWithSAML", RoleArn=ROLE, PrincipalArn=provider, SAMLAssertion="PHg+PC94Pg=="
    )

    assert status == 400
    assert answer["Error"]["Message"].endswith("localaws/iam/assume_role.py: AssumeRoleWithSAML is not implemented")


@pytest.mark.parametrize(
    ("statement", "assumed"),
    [
        (trust({"AWS": ACCOUNT}), True),
        (trust({"AWS": CALLER}), False),
        (trust({"Service": "ecs.amazonaws.com"}), False),
    ],
)
def test_the_key_of_the_run_is_an_administrator_not_every_principal(
    statement: dict[str, Any],
    assumed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert (assume(clients().local.key, statement) == "") == assumed


def test_a_role_that_does_not_exist_is_denied() -> None:
    missing = f"arn:aws:iam::{ACCOUNT}:role/missing"

    assert assume(clients().local.key, trust({"AWS": ACCOUNT}), role=missing).startswith("AccessDenied: ")


def job(**claims: Any) -> str:
    """Return a token of a job that the trust policy allows, with other claims."""
    return token(**{"sub": SUBJECT, "ref": "refs/heads/main", "run_id": "1"} | claims)


def with_token(given: str) -> tuple[int, dict[str, Any]]:
    """Call AssumeRoleWithWebIdentity, and return status and answer."""
    clients().client("iam").update_assume_role_policy(RoleName="assumed", PolicyDocument=policy(FEDERATED))
    return with_web_identity(clients().local, ROLE, given)


def test_a_job_of_github_gets_a_session_with_the_permissions_of_the_role() -> None:
    status, answer = with_token(job())

    assert status == 200
    ecs = client(clients().local, credentials(answer), "ecs")
    assert ecs.describe_clusters(clusters=["none"])["clusters"] == []
    with pytest.raises(ClientError, match="assumed-role/assumed/job is not authorized to perform: ecs:ListClusters "):
        ecs.list_clusters()


@pytest.mark.parametrize(
    ("given", "status", "code", "message"),
    [
        (job(sub="repo:acme/shop:pull_request"), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWith"),
        (job(ref="refs/heads/other"), 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        (job(aud="other"), 400, "InvalidIdentityToken", "Incorrect token audience"),
        (job(iss="https://issuer.example"), 400, "InvalidIdentityToken", "No OpenIDConnect provider found in your a"),
        (job(exp=1_000_000_000), 400, "ExpiredTokenException", "Token expired"),
        ("not a token", 400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT."),
    ],
)
def test_a_token_that_the_trust_policy_does_not_allow_is_refused(
    given: str, status: int, code: str, message: str
) -> None:
    answered, answer = with_token(given)

    assert (answered, answer["Error"]["Code"]) == (status, code)
    assert answer["Error"]["Message"].startswith(message)
