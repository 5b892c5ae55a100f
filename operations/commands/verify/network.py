"""Checks of the network: the connections of a task, and free addresses in the subnets."""

from collections.abc import Iterator, Sequence

from operations.commands.verify.subject import Subject
from operations.preflight.finding import Finding, ok, problem, warning
from operations.system.deployed import DeployedEnvironment
from operations.system.network import ANYWHERE, Direction, SecurityGroup

BALANCER, DATABASE, SERVICES, SUBNETS = "from the load balancer", "to the database", "to AWS", "subnets"
HTTPS = 443


def from_load_balancer(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that the load balancer reaches the container on each of its ports."""
    placement = subject.placement
    if not placement.target_groups:
        yield ok(BALANCER, "no load balancer sends requests to the service")
        return
    balancer = deployed.load_balancer(placement.target_groups)
    groups = _by_id(deployed, [*placement.groups, *balancer.groups])
    own, peers = _of(groups, placement.groups), _of(groups, balancer.groups)
    blocks = [each.cidr for each in deployed.subnets(balancer.subnets)]
    tasks = [each.cidr for each in deployed.subnets(placement.subnets)]
    for port in subject.definition.ports:
        arrives = _allow(own, "ingress", port, balancer.groups, blocks)
        leaves = _allow(peers, "egress", port, placement.groups, tasks)
        yield _connection(deployed, BALANCER, port, missing=_missing(arrives=arrives, leaves=leaves))


def to_database(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that a task reaches the database."""
    placement, database = subject.placement, deployed.database()
    if database.port is None:
        yield warning(DATABASE, "RDS has not created the endpoint yet", advice="wait until the database is available")
        return
    groups = _by_id(deployed, [*placement.groups, *database.security_groups])
    own, peers = _of(groups, placement.groups), _of(groups, database.security_groups)
    tasks = [each.cidr for each in deployed.subnets(placement.subnets)]
    arrives = _allow(peers, "ingress", database.port, placement.groups, tasks)
    leaves = _allow(own, "egress", database.port, database.security_groups, [ANYWHERE])
    yield _connection(deployed, DATABASE, database.port, missing=_missing(arrives=arrives, leaves=leaves))


def to_services(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that a task reaches the APIs of AWS, from which ECS gets the image and the secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-outbound.html
    """
    groups = subject.placement.groups
    if _allow(deployed.security_groups(groups), "egress", HTTPS, (), [ANYWHERE]):
        yield ok(SERVICES, f"the security groups of the service allow connections to any address on port {HTTPS}")
        return
    yield warning(
        SERVICES,
        f"the security groups {', '.join(groups)} do not allow connections to any address on port {HTTPS}",
        advice="allow them, or check that the groups allow connections to the VPC endpoints of ECR, S3, CloudWatch "
        "Logs and Secrets Manager",
    )


def subnets(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that the subnets have an address for each task that a deployment adds."""
    placement, running = subject.placement, subject.running
    found = deployed.subnets(placement.subnets)
    if missing := {*placement.subnets} - {each.id for each in found}:
        yield problem(
            SUBNETS,
            f"these subnets do not exist: {', '.join(sorted(missing))}",
            advice=f"run make deploy ENV={deployed.name}",
        )
    most = max(running.desired_count * placement.maximum_percent // 100, 1)
    needed, free = max(most - running.count, 1), sum(each.free_addresses for each in found)
    text = f"a deployment starts up to {needed} more tasks, and the subnets have {free} free addresses"
    if free < needed:
        yield problem(SUBNETS, text, advice="stop what uses the addresses, or use a larger network.cidr")
    elif full := [each.id for each in found if not each.free_addresses]:
        yield warning(
            SUBNETS,
            f"{text}, but {', '.join(full)} has none, and ECS can choose this subnet",
            advice="stop what uses the addresses of this subnet",
        )
    else:
        yield ok(SUBNETS, text)


def _by_id(deployed: DeployedEnvironment, ids: Sequence[str]) -> dict[str, SecurityGroup]:
    return {each.id: each for each in deployed.security_groups(list(dict.fromkeys(ids)))}


def _of(groups: dict[str, SecurityGroup], ids: Sequence[str]) -> list[SecurityGroup]:
    return [groups[id_] for id_ in ids if id_ in groups]


def _allow(
    groups: Sequence[SecurityGroup], direction: Direction, port: int, peers: Sequence[str], blocks: Sequence[str]
) -> bool:
    """Return whether one of the groups allows the connection. EC2 adds up the rules of all groups."""
    return any(group.allows(direction, port, groups=peers, blocks=blocks) for group in groups)


def _missing(*, arrives: bool, leaves: bool) -> str:
    return " and ".join(what for what, allowed in (("ingress", arrives), ("egress", leaves)) if not allowed)


def _connection(deployed: DeployedEnvironment, place: str, port: int, *, missing: str) -> Finding:
    if not missing:
        return ok(place, f"the security groups allow connections on port {port}")
    return problem(
        place,
        f"the security groups do not allow connections on port {port}: a rule for {missing} is missing",
        advice=f"run make diff ENV={deployed.name}, which shows a rule that was changed by hand, and deploy",
    )
