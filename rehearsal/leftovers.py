"""What is left in an AWS account."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from localaws.server import LocalAws

KINDS = {
    # what: (service, operation, where the answer lists it, its name)
    "repository": ("ecr", "describe_repositories", "repositories", "repositoryName"),
    "hosted zone": ("route53", "list_hosted_zones", "HostedZones", "Name"),
    "certificate": ("acm", "list_certificates", "CertificateSummaryList", "CertificateArn"),
    "load balancer": ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    "target group": ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    "cluster": ("ecs", "list_clusters", "clusterArns", None),
    "database": ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    "database snapshot": ("rds", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier"),
    "database subnet group": ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    "database parameter group": ("rds", "describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    "secret": ("secretsmanager", "list_secrets", "SecretList", "Name"),
    "NAT gateway": ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    "elastic IP": ("ec2", "describe_addresses", "Addresses", "PublicIp"),
    "VPC endpoint": ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    "bucket": ("s3", "list_buckets", "Buckets", "Name"),
    "build project": ("codebuild", "list_projects", "projects", None),
    "pipeline": ("codepipeline", "list_pipelines", "pipelines", "name"),
    "rule": ("events", "list_rules", "Rules", "Name"),
    "state machine": ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    "parameter": ("ssm", "describe_parameters", "Parameters", "Name"),
    "role": ("iam", "list_roles", "Roles", "RoleName"),
    "flow log": ("ec2", "describe_flow_logs", "FlowLogs", "FlowLogId"),
    "key alias": ("kms", "list_aliases", "Aliases", "AliasName"),
    "log group": ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "VPC": ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    "network ACL": ("ec2", "describe_network_acls", "NetworkAcls", "NetworkAclId"),
    "security group": ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    "internet gateway": ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "route table": ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    "subnet": ("ec2", "describe_subnets", "Subnets", "SubnetId"),
}
GONE = {"deleted", "deleting"}


def listed(aws: LocalAws) -> set[str]:
    """Name everything of the kinds above that exists.

    Revisions of task definitions are not among them: ECS keeps them, at no cost, after a service is gone. A key that
    waits for its deletion counts as gone, and one that AWS manages is not the account's to delete.
    """
    client = cache(aws.client)
    kms = client("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in _all(kms, "list_keys", "Keys")]
    own = [key for key in keys if key["KeyManager"] == "CUSTOMER" and key["KeyState"] != "PendingDeletion"]
    found = {f"key {key['KeyId']}" for key in own}
    for kind, (service, operation, where, name) in KINDS.items():
        every = _all(client(service), operation, where)
        items = [item for item in every if name is None or item.get("State") not in GONE]
        found |= {f"{kind} {item if name is None else item[name]}" for item in items}
    return found


def _all(client: Any, operation: str, where: str) -> Iterator[Any]:
    """What an operation lists, on all of its pages if it has any."""
    paged = client.can_paginate(operation)
    for answer in client.get_paginator(operation).paginate() if paged else [getattr(client, operation)()]:
        yield from answer[where]
