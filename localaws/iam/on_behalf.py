"""The requests to IAM for what a service does on behalf of the caller, in addition to the call itself.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
"""

from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError

from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.json_types import JsonObject


def on_behalf(caller: Caller, service: str, operation: str, members: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM that a service makes on behalf of the caller."""
    call = f"{service}:{operation}"
    if linked := _LINKED.get(call):
        yield from _service_linked_role(caller, *linked)
    if build := _BUILDERS.get(call):
        yield from build(caller, members)


_LINKED = {
    "ecs:CreateCluster": ("ecs", "AWSServiceRoleForECS"),
    "ecs:CreateService": ("ecs", "AWSServiceRoleForECS"),
    "elbv2:CreateLoadBalancer": ("elasticloadbalancing", "AWSServiceRoleForElasticLoadBalancing"),
    "rds:CreateDBInstance": ("rds", "AWSServiceRoleForRDS"),
}
"""The service-linked role that a service creates with the first resource of the account.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles-for-clusters.html and
https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html
"""


def _service_linked_role(caller: Caller, service: str, name: str) -> Iterator[Request]:
    principal = f"{service}.amazonaws.com"
    path = f"aws-service-role/{principal}/"
    if not caller.client("iam").list_roles(PathPrefix=f"/{path}")["Roles"]:
        role = f"arn:{caller.partition}:iam::{caller.account}:role/{path}{name}"
        yield Request("iam:CreateServiceLinkedRole", role, {"iam:AWSServiceName": principal})


def _database(caller: Caller, members: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for the storage and the master password of a database.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html and
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions
    """
    if key := members.get("KmsKeyId"):
        yield from _key(caller, key, "rds", "DescribeKey", "CreateGrant")
    if not _is_true(members.get("ManageMasterUserPassword")):
        return
    secret = caller.arn("secretsmanager", "secret:rds!db-*")
    yield Request("secretsmanager:CreateSecret", secret)
    yield Request("secretsmanager:TagResource", secret)
    if key := members.get("MasterUserSecretKmsKeyId"):
        yield from _key(caller, key, "rds", "DescribeKey", "CreateGrant")
        yield from _key(caller, key, "secretsmanager", "GenerateDataKey", "Decrypt")


def _key(caller: Caller, key: str, via: str, *actions: str) -> Iterator[Request]:
    """Yield the requests to IAM for actions on a key. A key that does not exist is reported by the call itself.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    try:
        described = caller.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    except ClientError:
        return
    if described["KeyManager"] == "AWS":
        return
    context = {"kms:ViaService": f"{via}.{caller.region}.amazonaws.com", "kms:CallerAccount": caller.account}
    for action in actions:
        granting = {"kms:GrantIsForAWSResource": "true"} if action == "CreateGrant" else {}
        yield Request(f"kms:{action}", described["Arn"], {**context, **granting})


def _endpoint(caller: Caller, members: JsonObject) -> Iterator[Request]:
    """Yield the request to IAM for the private DNS names of an endpoint.

    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    if members.get("VpcEndpointType") == "Interface" and _is_true(members.get("PrivateDnsEnabled", True)):
        yield Request("route53:AssociateVPCWithHostedZone", f"arn:{caller.partition}:route53:::hostedzone/*")


def _is_true(value: object) -> bool:
    """Return whether a boolean member is true, also in the query protocol, which sends text."""
    return str(value).lower() == "true"


_BUILDERS: dict[str, Callable[[Caller, JsonObject], Iterator[Request]]] = {
    "ec2:CreateVpcEndpoint": _endpoint,
    "rds:CreateDBInstance": _database,
    "rds:ModifyDBInstance": _database,
}
