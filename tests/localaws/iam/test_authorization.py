"""Requests from outside: IAM decides each request that a role's session has signed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from localaws import control
from localaws.clients import text_of
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, clients
from tests.support.localaws.roles import client, credentials, role_of_account, session
from tests.support.localaws.roles_to_act_for import grant

WHO = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/outside/cli is not authorized to perform: "


def outside(*rights: dict[str, Any]) -> ReadOnlyCredentials:
    """Return the credentials of a session of the role `outside`, which has these statements."""
    return session(clients().local, "outside", *rights)


def refusal(service: str, operation: str, *rights: dict[str, Any], **members: Any) -> str:
    """Call an operation under a session with these statements, and return the error as `code: message`, or ""."""
    try:
        getattr(client(clients().local, outside(*rights), service), operation)(**members)
    except ClientError as error:
        return text_of(error)
    return ""


def cli(command: str, key: ReadOnlyCredentials) -> tuple[int, str]:
    """Run the AWS CLI under a session, and return its exit code and output."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "aws"), *command.split()],
        env=clients().local.environment(key),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def test_the_aws_cli_is_denied_in_iams_words_until_the_role_has_the_permission() -> None:
    command = "ecr create-repository --repository-name outside --query repository.repositoryName --output text"
    repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/outside"

    code, denied = cli(command, outside(grant("ecr:DescribeRepositories", "*")))
    allowed = cli(command, outside(grant("ecr:CreateRepository", repository)))

    assert code != 0
    assert denied == (
        f"An error occurred (AccessDeniedException) when calling the CreateRepository operation: {WHO}"
        f"ecr:CreateRepository on resource: {repository} "
        "because no identity-based policy allows the ecr:CreateRepository action"
    )
    assert allowed == (0, "outside")


@pytest.mark.parametrize(
    ("service", "operation", "members", "code"),
    [
        ("iam", "list_roles", {}, "AccessDenied"),
        ("s3", "list_buckets", {}, "AccessDenied"),
        ("ecs", "list_clusters", {}, "AccessDeniedException"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("route53", "list_hosted_zones", {}, "AccessDenied"),
    ],
)
def test_each_service_denies_with_its_own_code(
    service: str, operation: str, members: dict[str, Any], code: str
) -> None:
    denied = refusal(service, operation, grant("sqs:ListQueues", "*"), **members)

    assert denied.startswith(f"{code}: ")
    assert WHO in denied
    assert refusal(service, operation, ALLOW_ALL, **members) == ""


def test_a_denied_request_changes_nothing() -> None:
    assert refusal("ecs", "create_cluster", grant("ecs:ListClusters", "*"), clusterName="denied")

    answer = clients().client("ecs").describe_clusters(clusters=["denied"])
    assert answer["clusters"] == []


def test_a_role_that_may_not_be_passed_is_denied() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/service"
    rights = [grant("events:PutRule", "*"), grant("events:PutTargets", "*") | {"Sid": "Target"}]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"

    assert refusal("events", "put_rule", *rights, Name="passing", ScheduleExpression="rate(1 day)") == ""
    denied = refusal(
        "events", "put_targets", *rights, Rule="passing", Targets=[{"Id": "one", "Arn": queue, "RoleArn": role}]
    )

    assert f"{WHO}iam:PassRole on resource: {role} because " in denied


def test_every_decision_is_recorded() -> None:
    assert refusal("ecs", "create_cluster", grant("ecs:ListClusters", "*"), clusterName="recorded")

    *_, last = clients().local.decisions()
    assert (last["principal"], last["action"], last["allowed"]) == (
        f"arn:aws:iam::{ACCOUNT}:role/outside",
        "ecs:CreateCluster",
        False,
    )


def test_the_identity_of_the_caller_needs_no_permission() -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}

    assert refusal("sts", "get_caller_identity", deny) == ""


def test_the_key_of_the_run_is_not_decided() -> None:
    before = len(clients().local.decisions())

    clients().client("ecs").list_clusters()
    clients().client("s3").list_buckets()

    assert len(clients().local.decisions()) == before


def test_an_unknown_operation_is_refused_by_name() -> None:
    refused = refusal("ec2", "run_instances", ALLOW_ALL, MinCount=1, MaxCount=1)

    assert refused.startswith(
        "NotImplemented: The local AWS cannot authorize ec2:RunInstances. localaws/iam/reference/values.py: "
    )


def test_a_request_that_does_not_fit_the_model_is_refused_by_the_model() -> None:
    assert refusal("ecs", "update_service", grant("ecs:ListClusters", "*")).startswith("InvalidParameterException: 1 v")


def test_a_deleted_role_has_no_permissions() -> None:
    key = session(clients().local, "deleted", ALLOW_ALL)
    iam = clients().client("iam")
    iam.delete_role_policy(RoleName="deleted", PolicyName="rights")
    iam.delete_role(RoleName="deleted")

    with pytest.raises(ClientError, match="because no identity-based policy allows"):
        client(clients().local, key, "ecs").list_clusters()


def test_a_presigned_url_has_the_permissions_of_its_session() -> None:
    s3 = clients().client("s3")
    s3.create_bucket(Bucket="presigned", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="presigned", Key="key", Body=b"body")

    def get(*rights: dict[str, Any]) -> int:
        own = client(clients().local, outside(*rights), "s3")
        url = own.generate_presigned_url("get_object", {"Bucket": "presigned", "Key": "key"})
        return int(URLLib3Session(proxies={}).send(AWSRequest("GET", url).prepare()).status_code)

    assert get(grant("s3:GetObject", "arn:aws:s3:::presigned/key")) == 200
    assert get(grant("s3:GetObject", "arn:aws:s3:::presigned/other")) == 403


def test_a_key_that_does_not_exist_is_reported() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    how = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    refused = refusal("s3", "put_object", ALLOW_ALL, Bucket="none", Key="key", Body=b"", **how)

    assert refused == f"NotFoundException: Key '{key}' does not exist"


def test_a_session_has_no_control_requests() -> None:
    local, key = clients().local, outside(ALLOW_ALL)

    with pytest.raises(RuntimeError, match=r"Control requests and .* need the key of the run"):
        control.send("GET", f"{local.endpoint}{control.DECISIONS_PATH}", key, region=REGION)


def test_a_session_does_not_name_another_account() -> None:
    ecs = client(clients().local, outside(ALLOW_ALL), "ecs")
    ecs.meta.events.register(
        "before-sign", lambda request, **_: request.headers.add_header("x-moto-account-id", "222222222222")
    )

    with pytest.raises(ClientError, match="header x-moto-account-id need the key of the run"):
        ecs.list_clusters()


def test_a_session_of_another_account_is_decided_in_that_account() -> None:
    account = "222222222222"
    arn = role_of_account(clients().local, account, "visiting", grant("iam:GetRole", f"arn:aws:iam::{account}:role/*"))
    answer = clients().client("sts").assume_role(RoleArn=arn, RoleSessionName="cli")
    iam = client(clients().local, credentials(answer), "iam")

    assert iam.get_role(RoleName="visiting")["Role"]["Arn"] == arn
    with pytest.raises(ClientError, match="assumed-role/visiting/cli is not authorized to perform: iam:ListRoles"):
        iam.list_roles()


def test_a_new_resource_has_no_id_that_a_policy_can_name() -> None:
    """AWS compares the `*` in the place of the id with the policy, as it does with any other text."""
    vpcs = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/"

    denied = refusal("ec2", "create_vpc", grant("ec2:CreateVpc", f"{vpcs}vpc-1"), CidrBlock="10.0.0.0/24")

    assert f"ec2:CreateVpc on resource: {vpcs}* because " in denied
    assert refusal("ec2", "create_vpc", grant("ec2:CreateVpc", f"{vpcs}*"), CidrBlock="10.0.0.0/24") == ""


def test_a_target_group_is_tagged_only_with_permission_for_target_groups() -> None:
    """AWS's reference merges the actions of two generations of load balancers."""
    members = {"Name": "tagged", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "Tags": [{"Key": "a", "Value": "b"}]}
    balancing = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
    create = grant("elasticloadbalancing:CreateTargetGroup", "*")
    tag = {"Sid": "Tag"} | {"Effect": "Allow", "Action": "elasticloadbalancing:AddTags"}

    denied = refusal("elbv2", "create_target_group", create, tag | {"Resource": f"{balancing}:listener/*"}, **members)

    assert f"elasticloadbalancing:AddTags on resource: {balancing}:targetgroup/tagged/* because " in denied
    assert not refusal(
        "elbv2", "create_target_group", create, tag | {"Resource": f"{balancing}:targetgroup/*"}, **members
    ).startswith("AccessDenied")


def test_a_key_that_does_not_exist_yet_trusts_its_account() -> None:
    keys = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*"
    rights = grant("kms:CreateKey", "*"), grant("kms:TagResource", keys) | {"Sid": "Tag"}
    tags = [{"TagKey": "app", "TagValue": "shop"}]

    assert "kms:TagResource on resource: " in refusal("kms", "create_key", rights[0], Tags=tags)
    assert refusal("kms", "create_key", *rights, Tags=tags) == ""
