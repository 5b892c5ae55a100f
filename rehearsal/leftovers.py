"""The resources that are left in an AWS account."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from localaws.server import LocalAws

if TYPE_CHECKING:
    from botocore.client import BaseClient


class Kind(NamedTuple):
    """A kind of resource, and the operation that lists it."""

    service: str
    operation: str
    member: str
    """The member of the answer that contains the list."""
    name: str | None
    """The member of each resource with the name of the resource. None if the list contains only names."""


KINDS = {
    "repository": Kind("ecr", "describe_repositories", "repositories", "repositoryName"),
    "hosted zone": Kind("route53", "list_hosted_zones", "HostedZones", "Name"),
    "certificate": Kind("acm", "list_certificates", "CertificateSummaryList", "CertificateArn"),
    "load balancer": Kind("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    "target group": Kind("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    "cluster": Kind("ecs", "list_clusters", "clusterArns", None),
    "database": Kind("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "database snapshot": Kind("rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
    "database subnet group": Kind("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    "database parameter group": Kind(
        "rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"
    ),
    "secret": Kind("secretsmanager", "list_secrets", "SecretList", "Name"),
    "NAT gateway": Kind("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "elastic IP": Kind("ec2", "describe_addresses", "Addresses", "PublicIp"),
    "VPC endpoint": Kind("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "bucket": Kind("s3", "list_buckets", "Buckets", "Name"),
    "build project": Kind("codebuild", "list_projects", "projects", None),
    "pipeline": Kind("codepipeline", "list_pipelines", "pipelines", "name"),
    "rule": Kind("events", "list_rules", "Rules", "Name"),
    "state machine": Kind("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "parameter": Kind("ssm", "describe_parameters", "Parameters", "Name"),
    "role": Kind("iam", "list_roles", "Roles", "RoleName"),
    "flow log": Kind("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    "key alias": Kind("kms", "list_aliases", "Aliases", "AliasName"),
    "log group": Kind("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "VPC": Kind("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "network ACL": Kind("ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "security group": Kind("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "internet gateway": Kind("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "route table": Kind("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "subnet": Kind("ec2", "describe_subnets", "Subnets", "SubnetId"),
}
KEYS = Kind("kms", "list_keys", "Keys", "KeyId")
GONE = {"deleted", "deleting"}


def listed(aws: LocalAws) -> set[str]:
    """Return the kind and the name of each resource that exists.

    The result does not contain:

    - revisions of task definitions, because ECS keeps revisions at no cost after the service is deleted
    - keys that wait for their deletion
    - keys that AWS manages
    """
    client = cache(aws.client)
    found = {f"{kind} {name}" for kind, listing in KINDS.items() for name in _names(client(listing.service), listing)}
    kms = client("kms")
    keys = [kms.describe_key(KeyId=key)["KeyMetadata"] for key in _names(kms, KEYS)]
    own = [key for key in keys if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion"]
    return found | {f"key {key['KeyId']}" for key in own}


def _names(client: "BaseClient", kind: Kind) -> Iterator[str]:
    """Yield the names in all pages of a list, or in the one answer of an operation without pages."""
    paged = client.can_paginate(kind.operation)
    for answer in client.get_paginator(kind.operation).paginate() if paged else [getattr(client, kind.operation)()]:
        for resource in answer[kind.member]:
            if kind.name is None:
                yield resource
            elif resource.get("State") not in GONE:
                yield resource[kind.name]
