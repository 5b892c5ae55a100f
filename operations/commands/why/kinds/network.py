"""The network of the tasks: no route to AWS, closed security groups, and no free addresses.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

import re
from collections.abc import Iterator, Sequence

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause
from operations.system.network import ANYWHERE, SecurityGroup

START = r"ResourceInitializationError|CannotPull|unable to pull|CannotStartContainer|Unable to reach"
NO_CONNECTION = (
    r"connection issue|i/o timeout|RequestCanceled|request canceled|deadline exceeded|context canceled|"
    r"connection refused|no such host|no route to host|TLS handshake timeout|send request failed|dial tcp|"
    r"network is unreachable|caused by: EOF"
)
HTTPS = 443


def causes(case: Case) -> Iterator[Cause]:
    """Yield what is wrong with the network."""
    yield from _addresses(case)
    yield from _no_connection(case)
    yield from _load_balancer(case)
    yield from _interface(case)


def _addresses(case: Case) -> Iterator[Cause]:
    """Yield subnets without free addresses. Each Fargate task needs one address."""
    said = case.said(
        r"InsufficientFreeAddresses",
        r"(?:not have enough|insufficient|not enough|no) (?:free )?(?:private )?(?:IP )?addresses",
    )
    full = [each for each in case.evidence.subnets or [] if not each.free_addresses]
    shown = [f"EC2: the subnet {each.id} ({each.cidr}, {each.zone}) has no free address" for each in full]
    got = any(task.started for task in case.incident.tasks)  # a task that has started has an address
    if said or (full and len(full) == len(case.evidence.subnets or []) and not got):
        advice = (
            "Stop what uses the addresses, such as tasks or network interfaces that nobody needs. Larger subnets need "
            f"a new VPC: {case.name}.network.cidr"
        )
        text = "The subnets of the service have no free IP address for another task"
        yield cause("no-free-addresses", text, "certain", advice, *([said.line] if said else []), *shown)


def _no_connection(case: Case) -> Iterator[Cause]:
    """Yield that the tasks reach no AWS service, before their containers start."""
    said = case.said(rf"(?:{START}).*(?:{NO_CONNECTION})", rf"(?:{NO_CONNECTION}).*(?:{START})")
    if not said:
        return
    groups = case.evidence.groups
    closed = groups and not any(group.allows("egress", HTTPS, blocks=[ANYWHERE]) for group in groups)
    if closed:
        names = ", ".join(group.id for group in groups or [])
        text = f"The security group {names} of the tasks does not allow connections to AWS (egress to port 443)"
        shown = f"EC2: no rule of {names} allows TCP connections to {ANYWHERE} on port 443"
        yield cause("egress-closed", text, "certain", _restore(case), said.line, shown)
        return
    text = f"The tasks get no connection to {_service(said.line)}, which they need to start"
    advice = (
        "Check the route from the private subnets to the NAT gateway, or the interface endpoints and their security "
        f"group. If `make diff ENV={case.name}` shows differences, they were changed outside Terraform, and `make "
        f"apply ENV={case.name}` restores them"
    )
    yield cause("no-route", text, "likely", advice, said.line)


def _service(reason: str) -> str:
    """Return the name of the AWS service that the tasks do not reach."""
    for expression, name in (
        (r"\bsecret .*(?:asm|secretsmanager|Secrets Manager)|from asm", "Secrets Manager"),
        (r"\bssm\b|Systems Manager", "Systems Manager"),
        (r"CloudWatch|log ?stream|logger", "CloudWatch Logs"),
        (r"\.s3[.-]|prod-[\w-]+-starport", "S3, where ECR keeps the layers of images"),
        (r"\becr\b|ECR|registry|CannotPull", "ECR"),
    ):
        if re.search(expression, reason):
            return name
    return "an AWS service"


def _load_balancer(case: Case) -> Iterator[Cause]:
    """Yield a security group that does not let the load balancer reach the container."""
    evidence, groups = case.evidence, case.evidence.groups
    unreached = case.said(r"health check|unhealthy") or any(
        each.state == "unhealthy" for each in evidence.targets or []
    )
    if not (unreached and groups and evidence.load_balancer and evidence.load_balancer.groups and evidence.revision):
        return
    ports = evidence.revision.ports[:1]
    for port in ports:
        if not admits(groups, port, evidence.load_balancer.groups):
            name, peers = ", ".join(group.id for group in groups), ", ".join(evidence.load_balancer.groups)
            text = f"The security group {name} of the tasks does not allow the load balancer to reach port {port}"
            shown = f"EC2: no ingress rule of {name} allows TCP connections from {peers} to port {port}"
            yield cause("ingress-closed", text, "certain", _restore(case), shown)


def admits(groups: Sequence[SecurityGroup], port: int, peers: Sequence[str]) -> bool:
    """Return whether one of the groups allows connections from the peers, or from any block of addresses.

    A block can contain the addresses of the peers, so each rule for a block counts.
    """
    rules = [rule for group in groups for rule in group.rules if rule.direction == "ingress" and rule.allows_tcp(port)]
    return any(rule.peer in peers or "/" in rule.peer for rule in rules)


def _interface(case: Case) -> Iterator[Cause]:
    if said := case.said(r"network interface provision|Unexpected EC2 error while attempting to Create Network"):
        text = "AWS could not create the network interface of a task"
        advice = "ECS tries again. If the error stays, look at the quota of network interfaces and at the subnets"
        yield cause("network-interface", text, "likely", advice, said.line)


def _restore(case: Case) -> str:
    return (
        f"The rule was removed outside Terraform. `make diff ENV={case.name}` shows it, and `make apply "
        f"ENV={case.name}` restores it"
    )
