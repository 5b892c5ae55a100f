"""The network of a service: its subnets with their free addresses, its security groups and its load balancer.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from types_boto3_ec2 import EC2Client
    from types_boto3_ec2.type_defs import IpPermissionOutputTypeDef, SecurityGroupTypeDef
    from types_boto3_ecs.type_defs import ServiceTypeDef
    from types_boto3_elbv2 import ElasticLoadBalancingv2Client

Direction = Literal["ingress", "egress"]

MAXIMUM_PERCENT = 200
"""The default of ECS.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""

ANYWHERE = "0.0.0.0/0"
"""The block with all IPv4 addresses."""

TCP = {"tcp", "6", "-1"}
"""The protocols of rules that allow TCP. -1 means all protocols.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
"""


@dataclass(frozen=True)
class Placement:
    """Where the tasks of a service get their addresses, and which target groups send requests to the tasks."""

    subnets: tuple[str, ...]
    """The ids of the subnets."""
    groups: tuple[str, ...]
    """The ids of the security groups of each task."""
    target_groups: tuple[str, ...]
    """The ARNs of the target groups."""
    maximum_percent: int = MAXIMUM_PERCENT
    """The limit of running and pending tasks during a deployment, in percent of the desired count."""


@dataclass(frozen=True)
class Subnet:
    """A subnet."""

    id: str
    zone: str
    cidr: str
    free_addresses: int


@dataclass(frozen=True)
class Rule:
    """One rule of a security group, for one peer."""

    direction: Direction
    protocol: str
    ports: tuple[int, int] | None
    """The first and the last port. None for all ports."""
    peer: str
    """A security group, a prefix list, or a block of addresses."""

    def allows_tcp(self, port: int) -> bool:
        """Return whether the rule allows TCP connections to a port."""
        return self.protocol in TCP and (self.ports is None or self.ports[0] <= port <= self.ports[1])


@dataclass(frozen=True)
class SecurityGroup:
    """A security group with its rules."""

    id: str
    name: str
    rules: tuple[Rule, ...]

    def allows(
        self, direction: Direction, port: int, *, groups: Iterable[str] = (), blocks: Iterable[str] = ()
    ) -> bool:
        """Return whether the rules allow TCP connections to a port.

        Args:
            direction: Whether the group allows connections from the peers, or to the peers.
            port: The port of the server.
            groups: The security groups of the peer. A rule for one of them is enough.
            blocks: The IPv4 addresses of the peer. A rule must allow each block, unless a rule names a group.
        """
        peers = {each.peer for each in self.rules if each.direction == direction and each.allows_tcp(port)}
        allowed = [IPv4Network(peer) for peer in peers if "/" in peer and ":" not in peer]
        wanted = [IPv4Network(block) for block in blocks]
        named = bool(peers & {*groups})
        return named or (bool(wanted) and all(any(map(block.subnet_of, allowed)) for block in wanted))


@dataclass(frozen=True)
class LoadBalancer:
    """The load balancer in front of a service."""

    groups: tuple[str, ...]
    subnets: tuple[str, ...]


def placement(service: "ServiceTypeDef") -> Placement:
    """Return the network configuration of a service, as DescribeServices shows the service.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html
    """
    configured = service.get("networkConfiguration", {}).get("awsvpcConfiguration")
    return Placement(
        subnets=tuple(configured["subnets"]) if configured else (),
        groups=tuple(configured.get("securityGroups", [])) if configured else (),
        target_groups=tuple(each["targetGroupArn"] for each in service["loadBalancers"] if "targetGroupArn" in each),
        maximum_percent=service.get("deploymentConfiguration", {}).get("maximumPercent", MAXIMUM_PERCENT),
    )


def subnets(ec2: "EC2Client", ids: Sequence[str]) -> list[Subnet]:
    """Return the subnets that exist, in the order of their zones.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
    """
    pages = ec2.get_paginator("describe_subnets").paginate(Filters=[{"Name": "subnet-id", "Values": ids}])
    found = [each for page in pages for each in page["Subnets"]]
    made = [
        Subnet(each["SubnetId"], each["AvailabilityZone"], each["CidrBlock"], each["AvailableIpAddressCount"])
        for each in found
    ]
    return sorted(made, key=lambda each: (each.zone, each.id))


def security_groups(ec2: "EC2Client", ids: Sequence[str]) -> list[SecurityGroup]:
    """Return the security groups that exist, with their rules.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroups.html
    """
    pages = ec2.get_paginator("describe_security_groups").paginate(Filters=[{"Name": "group-id", "Values": ids}])
    return [
        SecurityGroup(each["GroupId"], each["GroupName"], tuple(_rules(each)))
        for page in pages
        for each in page["SecurityGroups"]
    ]


def load_balancer(elbv2: "ElasticLoadBalancingv2Client", target_groups: Sequence[str]) -> LoadBalancer:
    """Return the security groups and the subnets of the load balancers that send requests to target groups.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html
    """
    pages = elbv2.get_paginator("describe_target_groups").paginate(TargetGroupArns=target_groups)
    arns = [arn for page in pages for each in page["TargetGroups"] for arn in each["LoadBalancerArns"]]
    if not arns:
        return LoadBalancer((), ())
    balancers = elbv2.get_paginator("describe_load_balancers").paginate(LoadBalancerArns=arns)
    found = [each for page in balancers for each in page["LoadBalancers"]]
    return LoadBalancer(
        groups=tuple(group for each in found for group in each.get("SecurityGroups", [])),
        subnets=tuple(zone["SubnetId"] for each in found for zone in each["AvailabilityZones"]),
    )


def _rules(group: "SecurityGroupTypeDef") -> Iterator[Rule]:
    for permission in group.get("IpPermissions", []):
        yield from _rules_of("ingress", permission)
    for permission in group.get("IpPermissionsEgress", []):
        yield from _rules_of("egress", permission)


def _rules_of(direction: Direction, permission: "IpPermissionOutputTypeDef") -> Iterator[Rule]:
    """Yield a rule for each peer of a permission. A permission without ports, or with the port -1, is for all ports."""
    first, last = permission.get("FromPort", -1), permission.get("ToPort", -1)
    ports = None if first == -1 else (first, last)
    peers = [
        *(each["GroupId"] for each in permission.get("UserIdGroupPairs", [])),
        *(each["CidrIp"] for each in permission.get("IpRanges", [])),
        *(each["CidrIpv6"] for each in permission.get("Ipv6Ranges", [])),
        *(each["PrefixListId"] for each in permission.get("PrefixListIds", [])),
    ]
    return (Rule(direction, permission["IpProtocol"], ports, peer) for peer in peers)
