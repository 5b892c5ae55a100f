"""Whom a role lets act for it, and what may be done for it: each call, as its policies are at that moment."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.iam.roles import ActingRole, Aws, RoleRefusedError
from tests.support.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, clients, policy

CALLER = f"arn:aws:iam::{ACCOUNT}:role/caller"
BUILDS = "codebuild.amazonaws.com"
BUCKET = "roles-bucket"
OBJECT = f"arn:aws:s3:::{BUCKET}/key"
WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/builder-of-roles/local-aws is not authorized to perform: "
TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
FOR_ALL: dict[str, Any] = {"Condition": {}}


@pytest.fixture(scope="module")
def aws() -> Aws:
    clients().role("caller", {"Service": BUILDS})
    clients().client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Aws(clients().local.endpoint, clients().local.key, REGION, [])


@pytest.fixture
def builder(aws: Aws) -> Iterator[Callable[..., ActingRole]]:
    """Make a role with these statements, and act for it."""
    iam = clients().client("iam")

    def make(*rights: dict[str, Any]) -> ActingRole:
        return aws.acting_for(clients().role("builder-of-roles", {"Service": BUILDS}, rights=rights), BUILDS)

    yield make
    for name in iam.list_role_policies(RoleName="builder-of-roles")["PolicyNames"]:
        iam.delete_role_policy(RoleName="builder-of-roles", PolicyName=name)
    iam.delete_role(RoleName="builder-of-roles")


def allow(principal: Any, action: Any = "sts:AssumeRole") -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action}


def grant(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Sid": "Grant", "Effect": "Allow", "Action": [action], "Resource": [resource], **more}


FROM_HERE = {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
FROM_ELSEWHERE = {"Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}


@pytest.mark.parametrize(
    ("statement", "service", "role"),
    [
        (allow({"Service": BUILDS}), True, False),
        (allow({"Service": BUILDS}) | FROM_HERE, True, False),
        (allow({"Service": BUILDS}) | FROM_ELSEWHERE, False, False),
        (allow({"Service": ["events.amazonaws.com", BUILDS]}, ["sts:TagSession", "STS:assumerole"]), True, False),
        (allow({"Service": BUILDS}, "sts:*"), True, False),
        (allow({"Service": BUILDS}, "sts:TagSession"), False, False),
        (allow({"Service": "codepipeline.amazonaws.com"}), False, False),
        (allow({"Service": BUILDS}) | {"Effect": "Deny"}, False, False),
        (allow({"AWS": CALLER}), False, True),
        (allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}), False, True),
        (allow({"AWS": [ACCOUNT]}), False, True),
        (allow({"AWS": f"arn:aws:iam::{ACCOUNT}:role/other"}), False, False),
        (allow("*"), True, True),
    ],
)
def test_a_role_is_acted_for_by_whom_its_trust_policy_names(
    aws: Aws,
    statement: dict[str, Any],
    service: bool,  # noqa: FBT001 - what is expected
    role: bool,  # noqa: FBT001 - what is expected
) -> None:
    iam = clients().client("iam")
    arn = iam.create_role(RoleName="trusting", Path="/ci/", AssumeRolePolicyDocument=policy(statement))["Role"]["Arn"]
    try:
        assert (may_act(aws, arn, BUILDS), may_act(aws, arn, CALLER)) == (service, role)
    finally:
        iam.delete_role(RoleName="trusting")


@pytest.mark.parametrize(
    ("service", "conditions", "trusted"),
    [
        ("codepipeline.amazonaws.com", {}, True),
        ("codepipeline.amazonaws.com", FROM_HERE, False),
        (BUILDS, {"Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:*"}}}, False),
    ],
)
def test_no_service_says_more_of_its_source_than_is_known(
    aws: Aws,
    service: str,
    conditions: dict[str, Any],
    trusted: bool,  # noqa: FBT001 - what is expected
) -> None:
    iam, trust = clients().client("iam"), policy(allow({"Service": service}) | conditions)
    arn = iam.create_role(RoleName="sourced", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    try:
        assert may_act(aws, arn, service) == trusted
    finally:
        iam.delete_role(RoleName="sourced")


def may_act(aws: Aws, arn: str, principal: str) -> bool:
    try:
        return aws.acting_for(arn, principal).arn == arn
    except RoleRefusedError:
        return False


def test_a_refusal_names_who_which_role_and_why(aws: Aws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/missing"
    with pytest.raises(RoleRefusedError) as refused:
        aws.acting_for(arn, BUILDS)
    assert str(refused.value) == (
        f"CodeBuild is not authorized to perform AssumeRole on role {arn}: the role does not exist"
    )


def test_a_refusal_does_not_blame_a_trust_policy_that_trusts(aws: Aws) -> None:
    clients().role("powerless", {"Service": BUILDS}, rights=())
    arn = clients().role("trusting-all-here", {"AWS": ACCOUNT})
    with pytest.raises(RoleRefusedError, match=r"because no identity-based policy allows the sts:AssumeRole action$"):
        aws.acting_for(arn, f"arn:aws:iam::{ACCOUNT}:role/powerless")


def put(role: ActingRole, **more: str) -> str:
    """Put an object as the role; the code and the message of the refusal, or nothing."""
    try:
        role.client("s3").put_object(Bucket=BUCKET, Key="key", Body=b"body", **more)
    except ClientError as error:
        return "{Code}: {Message}".format(**error.response["Error"])
    return ""


def why_not(message: str) -> str:
    """The end of IAM's sentence; nothing, if it allowed."""
    return message.partition(f" on resource: {OBJECT} ")[2] or message


def test_a_call_that_the_roles_policy_allows_is_made(builder: Callable[..., ActingRole]) -> None:
    assert put(builder(grant("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"))) == ""
    assert clients().client("s3").get_object(Bucket=BUCKET, Key="key")["Body"].read() == b"body"


@pytest.mark.parametrize(
    ("rights", "why"),
    [
        ([], "because no identity-based policy allows the s3:PutObject action"),
        (
            [grant("s3:GetObject", f"arn:aws:s3:::{BUCKET}/*")],
            "because no identity-based policy allows the s3:PutObject action",
        ),
        (
            [grant("s3:PutObject", "arn:aws:s3:::roles-other/*")],
            "because no identity-based policy allows the s3:PutObject action",
        ),
        (
            [grant("s3:PutObject", "*", Condition={"StringEquals": {"aws:ResourceAccount": "999999999999"}})],
            "because no identity-based policy allows the s3:PutObject action",
        ),
        ([ALLOW_ALL, ALLOW_ALL | {"Effect": "Deny"}], "with an explicit deny in an identity-based policy"),
    ],
)
def test_a_call_that_it_does_not_allow_is_denied_in_iams_words(
    builder: Callable[..., ActingRole], rights: list[dict[str, Any]], why: str
) -> None:
    assert put(builder(*rights)) == f"AccessDenied: {WHO}s3:PutObject on resource: {OBJECT} {why}"


def test_what_is_allowed_is_read_anew_at_each_call(builder: Callable[..., ActingRole]) -> None:
    role = builder(ALLOW_ALL)
    assert put(role) == ""

    clients().client("iam").delete_role_policy(RoleName="builder-of-roles", PolicyName="rights")

    assert put(role).startswith("AccessDenied: ")


def test_managed_policies_and_the_permissions_boundary_have_their_say(builder: Callable[..., ActingRole]) -> None:
    iam, role = clients().client("iam"), builder()
    everything = iam.create_policy(PolicyName="everything", PolicyDocument=policy(ALLOW_ALL))["Policy"]["Arn"]
    reading = iam.create_policy(PolicyName="reading", PolicyDocument=policy(grant("s3:GetObject", "*")))["Policy"][
        "Arn"
    ]

    iam.attach_role_policy(RoleName="builder-of-roles", PolicyArn=everything)
    allowed = put(role)
    iam.put_role_permissions_boundary(RoleName="builder-of-roles", PermissionsBoundary=reading)
    bounded = put(role)
    iam.delete_role_permissions_boundary(RoleName="builder-of-roles")
    iam.detach_role_policy(RoleName="builder-of-roles", PolicyArn=everything)

    assert allowed == ""
    assert bounded.endswith("because no permissions boundary allows the s3:PutObject action")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, "with an explicit deny in a resource-based policy"),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}}}, ""),
        (
            {"Condition": {"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}},
            "with an explicit deny in a resource-based policy",
        ),
        (FOR_ALL | {"Principal": {"AWS": "999999999999"}}, ""),
        (FOR_ALL | {"Principal": {"AWS": ACCOUNT}}, "with an explicit deny in a resource-based policy"),
    ],
)
def test_the_policy_of_the_bucket_has_its_say(
    builder: Callable[..., ActingRole], changed: dict[str, Any], why: str
) -> None:
    clients().client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(TLS_ONLY | changed))
    try:
        assert why_not(put(builder(ALLOW_ALL))) == why
    finally:
        clients().client("s3").delete_bucket_policy(Bucket=BUCKET)


@pytest.mark.parametrize(
    ("account", "why"),
    [("999999999999", "because no identity-based policy allows the s3:PutObject action"), (ACCOUNT, "")],
)
def test_a_bucket_allows_whom_its_policy_names_and_nobody_else(
    builder: Callable[..., ActingRole], account: str, why: str
) -> None:
    named = FOR_ALL | {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:role/builder-of-roles"}}
    clients().client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(TLS_ONLY | named))
    try:
        assert why_not(put(builder())) == why
    finally:
        clients().client("s3").delete_bucket_policy(Bucket=BUCKET)


def test_a_bucket_may_want_a_kind_of_encryption_and_a_key(builder: Callable[..., ActingRole]) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = {"s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": key}
    statements = [
        TLS_ONLY | {"Action": "s3:PutObject", "Condition": {"StringNotEquals": {name: value}}, "Sid": f"S{number}"}
        for number, (name, value) in enumerate(wanted.items())
    ]
    clients().client("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements))
    role = builder(ALLOW_ALL)
    try:
        seen = [
            why_not(put(role, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)),
            why_not(put(role, ServerSideEncryption="aws:kms")),
            why_not(put(role)),
        ]
    finally:
        clients().client("s3").delete_bucket_policy(Bucket=BUCKET)
    assert seen == ["", *["with an explicit deny in a resource-based policy"] * 2]


def test_a_key_is_used_only_as_its_own_policy_and_the_roles_allow(builder: Callable[..., ActingRole]) -> None:
    kms = clients().client("kms")
    through_s3 = allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*") | {
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}},
    }
    key = kms.create_key(Policy=policy(through_s3))["KeyMetadata"]["Arn"]
    object_right = grant("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*")
    encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    role = builder(object_right)

    assert put(role, **encrypted).startswith(
        f"AccessDenied: {WHO}kms:GenerateDataKey on resource: {key} because no ide"
    )

    both = policy(object_right, grant("kms:GenerateDataKey", key) | {"Sid": "Key"})
    clients().client("iam").put_role_policy(RoleName="builder-of-roles", PolicyName="rights", PolicyDocument=both)
    assert put(role, **encrypted) == ""

    through_s3["Condition"] = {"StringEquals": {"kms:ViaService": f"rds.{REGION}.amazonaws.com"}}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(through_s3))
    assert put(role, **encrypted).endswith("because no resource-based policy allows the kms:GenerateDataKey action")


def test_registering_a_revision_passes_its_roles_and_tags_it(builder: Callable[..., ActingRole]) -> None:
    execution, family = f"arn:aws:iam::{ACCOUNT}:role/execution", "family-of-roles"
    revisions = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{family}:*"
    to_tasks = {"Condition": {"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}}}
    at_creation = {"Condition": {"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}}}
    rights = [
        grant("ecs:RegisterTaskDefinition", "*"),
        grant("ecs:TagResource", revisions) | {"Sid": "Tag"} | at_creation,
        grant("iam:PassRole", execution) | {"Sid": "Pass"} | to_tasks,
    ]
    role = builder(*rights)

    def register() -> str:
        try:
            role.client("ecs").register_task_definition(
                family=family,
                executionRoleArn=execution,
                containerDefinitions=[{"name": "app", "image": "app", "memory": 8}],
                tags=[{"key": "app", "value": "shop"}],
            )
        except ClientError as error:
            said = "{Code}: {Message}".format(**error.response["Error"])
            return said.removeprefix(f"AccessDeniedException: {WHO}").partition(" because ")[0]
        return ""

    seen = [register()]
    for without in range(3):
        document = policy(*rights[:without], *rights[without + 1 :])
        clients().client("iam").put_role_policy(
            RoleName="builder-of-roles", PolicyName="rights", PolicyDocument=document
        )
        seen.append(register())

    assert seen == [
        "",
        "ecs:RegisterTaskDefinition on resource: *",
        f"ecs:TagResource on resource: {revisions}",
        f"iam:PassRole on resource: {execution}",
    ]


def test_a_parameter_with_a_key_of_the_accounts_needs_that_key(builder: Callable[..., ActingRole]) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    clients().client("ssm").put_parameter(Name="/roles/dsn", Value="dsn", Type="SecureString", KeyId=key)
    role = builder(grant("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/roles/dsn"))

    with pytest.raises(ClientError, match=rf"kms:Decrypt on resource: {key} because no identity-based policy"):
        role.client("ssm").get_parameters(Names=["/roles/dsn"], WithDecryption=True)


@pytest.mark.parametrize(("bucket_key", "context"), [(True, f"arn:aws:s3:::{BUCKET}"), (False, OBJECT)])
def test_a_key_is_used_for_the_bucket_that_has_a_key_of_its_own_for_its_objects(
    builder: Callable[..., ActingRole],
    bucket_key: bool,  # noqa: FBT001 - what is given
    context: str,
) -> None:
    key = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
        "BucketKeyEnabled": bucket_key,
    }
    s3 = clients().client("s3")
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    decided: list[dict[str, Any]] = []
    try:
        builder(ALLOW_ALL)
        role = Aws(clients().local.endpoint, clients().local.key, REGION, decided).acting_for(
            f"arn:aws:iam::{ACCOUNT}:role/builder-of-roles", BUILDS
        )
        assert put(role, ServerSideEncryption="aws:kms", SSEKMSKeyId=key) == ""
    finally:
        s3.delete_bucket_encryption(Bucket=BUCKET)

    assert decided[-1]["context"]["kms:EncryptionContext:aws:s3:arn"] == context


def test_a_call_of_which_it_is_not_known_what_iam_is_asked_is_not_made(builder: Callable[..., ActingRole]) -> None:
    with pytest.raises(NotImplementedError, match=r"does not know what IAM is asked for s3:ListBuckets$"):
        builder(ALLOW_ALL).client("s3").list_buckets()


def test_every_decision_is_kept_with_what_was_asked(builder: Callable[..., ActingRole]) -> None:
    decisions: list[dict[str, Any]] = []
    builder(grant("s3:PutObject", f"arn:aws:s3:::{BUCKET}/*"))
    put(
        Aws(clients().local.endpoint, clients().local.key, REGION, decisions).acting_for(
            f"arn:aws:iam::{ACCOUNT}:role/builder-of-roles", BUILDS
        )
    )

    kept = json.loads(json.dumps(decisions))
    assert [(one["principal"], one["action"], one["resource"], one["allowed"], one["by"]) for one in kept] == [
        (BUILDS, "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/builder-of-roles", True, ["1"]),
        (f"arn:aws:iam::{ACCOUNT}:role/builder-of-roles", "s3:PutObject", OBJECT, True, ["Grant"]),
    ]
    assert kept[1]["context"]["aws:PrincipalAccount"] == ACCOUNT
