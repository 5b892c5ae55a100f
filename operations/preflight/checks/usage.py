"""Counts of the resources that exist in the account and region, and how many of them an environment needs and has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.preflight.context import Context

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client
    from types_boto3_ecs import ECSClient
    from types_boto3_ecs.type_defs import TaskTypeDef
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client
    from types_boto3_rds import RDSClient
    from types_boto3_rds.type_defs import DBInstanceTypeDef
    from types_boto3_sts import STSClient

UNITS_PER_VCPU = 1024
SPOT = "FARGATE_SPOT"


@dataclass(frozen=True)
class Usage:
    """The usage of a quota."""

    used: float
    """What exists in the account and region, with `own`."""
    own: float
    """What the environment has already."""
    wanted: float
    """What the environment has after the deployment."""

    @property
    def missing(self) -> float:
        """What the deployment would still create."""
        return max(self.wanted - self.own, 0)


def vpcs(context: Context) -> Usage:
    """Count the VPCs, also the default VPC. VPCs that other accounts share with this account do not count.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcs.html,
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html
    """
    ec2: EC2Client = context.client("ec2")
    sts: STSClient = context.client("sts")
    account = sts.get_caller_identity()["Account"]
    pages = ec2.get_paginator("describe_vpcs").paginate()
    found = [vpc.get("Tags", []) for page in pages for vpc in page["Vpcs"] if vpc["OwnerId"] == account]
    return Usage(len(found), sum(map(context.owns, found)), 1)


def addresses(context: Context) -> Usage:
    """Count the Elastic IP addresses. Those that an AWS service manages do not count. Each NAT gateway needs one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html
    """
    ec2: EC2Client = context.client("ec2")
    found = [each.get("Tags", []) for each in ec2.describe_addresses()["Addresses"] if not each.get("ServiceManaged")]
    return Usage(len(found), sum(map(context.owns, found)), context.settings.network.nat_gateways)


def load_balancers(context: Context) -> Usage:
    """Count the Application Load Balancers.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html
    """
    elb: ElasticLoadBalancingv2Client = context.client("elbv2")
    pages = elb.get_paginator("describe_load_balancers").paginate()
    found = [each for page in pages for each in page["LoadBalancers"] if each["Type"] == "application"]
    return Usage(len(found), sum(each["LoadBalancerName"] == context.settings.name for each in found), 1)


def databases(context: Context) -> Usage:
    """Count the DB instances."""
    found = _databases(context)
    return Usage(len(found), len(_own(context, found)), 1)


def storage_gib(context: Context) -> Usage:
    """Add up the storage of all DB instances, in GiB."""
    found = _databases(context)
    own = _own(context, found)
    return Usage(_storage(found), _storage(own), context.settings.database.storage_gib)


def fargate_vcpus(context: Context) -> Usage:
    """Add up the vCPUs of all tasks that run on Fargate, without Fargate Spot.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate
    """
    settings, service = context.settings, context.service()
    wanted = settings.service.desired_count * settings.service.cpu / UNITS_PER_VCPU
    if service and service["runningCount"] >= settings.service.desired_count:
        return Usage(wanted, wanted, wanted)
    ecs: ECSClient = context.client("ecs")
    clusters = [arn for page in ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    running = {arn.rpartition("/")[2]: _vcpus(_tasks(ecs, arn)) for arn in clusters}
    return Usage(sum(running.values()), running.get(settings.name, 0), wanted)


def _databases(context: Context) -> "list[DBInstanceTypeDef]":
    """Return all DB instances: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html."""
    rds: RDSClient = context.client("rds")
    return [each for page in rds.get_paginator("describe_db_instances").paginate() for each in page["DBInstances"]]


def _own(context: Context, databases: "Sequence[DBInstanceTypeDef]") -> "list[DBInstanceTypeDef]":
    return [each for each in databases if each["DBInstanceIdentifier"] == context.settings.name]


def _storage(databases: "Sequence[DBInstanceTypeDef]") -> int:
    return sum(each["AllocatedStorage"] for each in databases)


def _tasks(ecs: "ECSClient", cluster: str) -> "Iterator[TaskTypeDef]":
    for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, launchType="FARGATE"):
        if page["taskArns"]:
            yield from ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]


def _vcpus(tasks: "Iterator[TaskTypeDef]") -> float:
    return sum(int(task["cpu"]) / UNITS_PER_VCPU for task in tasks if task.get("capacityProviderName") != SPOT)
