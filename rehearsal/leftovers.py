"""The resources that are left in an AWS account."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from localaws.server import LocalAws

if TYPE_CHECKING:
    from botocore.client import BaseClient


class Kind(NamedTuple):
    """A kind of resource, and the operation that lists it."""

    text: str
    """The kind in messages."""
    service: str
    operation: str
    member: str
    """The member of the answer that contains the list."""
    name: str | None
    """The member of each resource with the name of the resource. None if the list contains only names."""


KINDS = {
    "aws_acm_certificate": Kind("certificate", "acm", "list_certificates", "CertificateSummaryList", "CertificateArn"),
    "aws_cloudwatch_event_rule": Kind("rule", "events", "list_rules", "Rules", "Name"),
    "aws_cloudwatch_log_group": Kind("log group", "logs", "describe_log_groups", "logGroups", "logGroupName"),
    "aws_codebuild_project": Kind("build project", "codebuild", "list_projects", "projects", None),
    "aws_codepipeline": Kind("pipeline", "codepipeline", "list_pipelines", "pipelines", "name"),
    "aws_db_instance": Kind("database", "rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "aws_db_parameter_group": Kind(
        "database parameter group", "rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"
    ),
    "aws_db_snapshot": Kind("database snapshot", "rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
    "aws_db_subnet_group": Kind(
        "database subnet group", "rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"
    ),
    "aws_ecr_repository": Kind("repository", "ecr", "describe_repositories", "repositories", "repositoryName"),
    "aws_ecs_cluster": Kind("cluster", "ecs", "list_clusters", "clusterArns", None),
    "aws_eip": Kind("elastic IP", "ec2", "describe_addresses", "Addresses", "PublicIp"),
    "aws_flow_log": Kind("flow log", "ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    "aws_iam_role": Kind("role", "iam", "list_roles", "Roles", "RoleName"),
    "aws_internet_gateway": Kind(
        "internet gateway", "ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"
    ),
    "aws_kms_alias": Kind("key alias", "kms", "list_aliases", "Aliases", "AliasName"),
    "aws_lb": Kind("load balancer", "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    "aws_lb_target_group": Kind("target group", "elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    "aws_nat_gateway": Kind("NAT gateway", "ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "aws_network_acl": Kind("network ACL", "ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "aws_route53_zone": Kind("hosted zone", "route53", "list_hosted_zones", "HostedZones", "Name"),
    "aws_route_table": Kind("route table", "ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "aws_s3_bucket": Kind("bucket", "s3", "list_buckets", "Buckets", "Name"),
    "aws_secretsmanager_secret": Kind("secret", "secretsmanager", "list_secrets", "SecretList", "Name"),
    "aws_security_group": Kind("security group", "ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "aws_sfn_state_machine": Kind("state machine", "stepfunctions", "list_state_machines", "stateMachines", "name"),
    "aws_ssm_parameter": Kind("parameter", "ssm", "describe_parameters", "Parameters", "Name"),
    "aws_subnet": Kind("subnet", "ec2", "describe_subnets", "Subnets", "SubnetId"),
    "aws_vpc": Kind("VPC", "ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "aws_vpc_endpoint": Kind("VPC endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
}
"""Type of a resource in Terraform to the operation that lists all resources of this type.

RDS creates secrets and snapshots, although the stacks do not declare these types.
"""

KEYS = Kind("key", "kms", "list_keys", "Keys", "KeyId")
GONE = {"deleted", "deleting"}


def listed(aws: LocalAws) -> set[str]:
    """Return the kind and the name of each resource that exists.

    The result does not contain:

    - revisions of task definitions, because ECS keeps revisions at no cost after the service is deleted
    - keys that wait for their deletion
    - keys that AWS manages
    """
    client = cache(aws.client)
    found = {f"{kind.text} {name}" for kind in KINDS.values() for name in _names(client(kind.service), kind)}
    kms = client("kms")
    keys = [kms.describe_key(KeyId=key)["KeyMetadata"] for key in _names(kms, KEYS)]
    own = [key for key in keys if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion"]
    return found | {f"key {key['KeyId']}" for key in own}


def _names(client: "BaseClient", kind: Kind) -> Iterator[str]:
    """Yield the names in all pages of a list, or in the one answer of an operation without pages.

    An answer of SQS does not have the member if the list is empty.
    """
    paged = client.can_paginate(kind.operation)
    for answer in client.get_paginator(kind.operation).paginate() if paged else [getattr(client, kind.operation)()]:
        for resource in answer.get(kind.member, []):
            if kind.name is None:
                yield resource
            elif resource.get("State") not in GONE:
                yield resource[kind.name]
