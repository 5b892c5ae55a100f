"""The requests to IAM for what a service does on behalf of the caller."""

from typing import Any

import pytest

from localaws.iam.caller import Caller
from localaws.iam.on_behalf import on_behalf
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients

LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role"
CALLER = "kms:CallerAccount"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-*"


def asked(caller: Caller, call: str, **members: Any) -> list[str]:
    """Return the requests for a call, each as action, resource and context, without the service-linked roles of RDS."""
    service, operation = call.split(":")
    return [
        " ".join(
            [one.action, one.resource, *(value for key, value in one.context.items() if key != "kms:CallerAccount")]
        )
        for one in on_behalf(caller, service, operation, members)
        if not one.resource.startswith(f"{LINKED}/rds")
    ]


@pytest.fixture(scope="module")
def key() -> str:
    arn: str = clients().client("kms").create_key()["KeyMetadata"]["Arn"]
    return arn


@pytest.mark.parametrize(
    ("call", "role"),
    [
        ("ecs:CreateCluster", "ecs.amazonaws.com/AWSServiceRoleForECS"),
        ("elbv2:CreateLoadBalancer", "elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"),
    ],
)
def test_the_first_resource_creates_the_service_linked_role(call: str, role: str, caller: Caller) -> None:
    assert asked(caller, call) == [f"iam:CreateServiceLinkedRole {LINKED}/{role} {role.partition('/')[0]}"]


def test_a_service_linked_role_is_created_one_time(caller: Caller) -> None:
    clients().client("iam").create_service_linked_role(AWSServiceName="rds.amazonaws.com")

    assert [one.action for one in on_behalf(caller, "rds", "CreateDBInstance", {})] == []


def test_an_encrypted_database_uses_the_key_of_its_storage(caller: Caller, key: str) -> None:
    rds = f"rds.{REGION}.amazonaws.com"

    assert asked(caller, "rds:CreateDBInstance", KmsKeyId=key) == [
        f"kms:DescribeKey {key} {rds}",
        f"kms:CreateGrant {key} {rds} true",
    ]
    assert asked(caller, "rds:CreateDBInstance", KmsKeyId="missing") == []


@pytest.mark.parametrize("managed", ["true", True])
def test_a_managed_password_is_a_secret(managed: object, caller: Caller, key: str) -> None:
    rds, secrets = (f"{service}.{REGION}.amazonaws.com" for service in ("rds", "secretsmanager"))
    created = [f"secretsmanager:CreateSecret {SECRET}", f"secretsmanager:TagResource {SECRET}"]

    assert asked(caller, "rds:CreateDBInstance", ManageMasterUserPassword=managed) == created
    assert asked(caller, "rds:CreateDBInstance", ManageMasterUserPassword=managed, MasterUserSecretKmsKeyId=key) == [
        *created,
        f"kms:DescribeKey {key} {rds}",
        f"kms:CreateGrant {key} {rds} true",
        f"kms:GenerateDataKey {key} {secrets}",
        f"kms:Decrypt {key} {secrets}",
    ]
    assert asked(caller, "rds:ModifyDBInstance", ManageMasterUserPassword="false") == []


@pytest.mark.parametrize(
    ("members", "associates"),
    [
        ({"VpcEndpointType": "Interface"}, True),
        ({"VpcEndpointType": "Interface", "PrivateDnsEnabled": "true"}, True),
        ({"VpcEndpointType": "Interface", "PrivateDnsEnabled": "false"}, False),
        ({"VpcEndpointType": "Gateway"}, False),
    ],
)
def test_private_dns_names_associate_a_zone(
    members: dict[str, Any],
    associates: bool,  # noqa: FBT001 - a parameter of the test
    caller: Caller,
) -> None:
    association = "route53:AssociateVPCWithHostedZone arn:aws:route53:::hostedzone/*"

    assert asked(caller, "ec2:CreateVpcEndpoint", **members) == ([association] if associates else [])
