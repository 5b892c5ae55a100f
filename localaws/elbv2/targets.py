"""The targets of a service in its target groups. moto registers no tasks.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html
"""

from collections.abc import Iterator
from ipaddress import ip_network

from moto.ec2.models import ec2_backends
from moto.ecs.models import Service
from moto.elbv2.models import FakeTargetGroup, elbv2_backends

from localaws.ecs.service_tasks import Task, task_id
from localaws.elbv2.fixes import FAILING


def register(service: Service, task: Task, failing: set[str]) -> None:
    """Register a task that runs. Its address is in the VPC of the target group.

    Args:
        service: The service of the task.
        task: The task.
        failing: The names of the containers that fail their health checks.
    """
    for group, container, port in _groups(service):
        address = _address(group, task)
        group.register([{"Id": address, "Port": port}])
        if container in failing:
            vars(group).setdefault(FAILING, set()).add(address)


def deregister(service: Service, task: Task) -> None:
    """Deregister a task that stops. The task may be unknown to the target group, because it has never run.

    On AWS, such a target is `draining` for the deregistration delay. Here, it is gone at once.
    """
    for group, _, _ in _groups(service):
        if (address := _address(group, task)) in group.targets:
            group.deregister([{"Id": address}])


def _groups(service: Service) -> Iterator[tuple[FakeTargetGroup, str, int]]:
    """Yield the target groups of a service, each with the name and the port of the container."""
    for each in service.load_balancers:
        arn = str(each.get("targetGroupArn", ""))
        if arn:
            _, _, _, region, account, _ = arn.split(":", 5)
            if group := elbv2_backends[account][region].target_groups.get(arn):
                yield group, each["containerName"], each["containerPort"]


def _address(group: FakeTargetGroup, task: Task) -> str:
    """Return an address for a task. Tasks in the local AWS have no network interface."""
    vpc = ec2_backends[group.account_id][group.region_name].get_vpc(group.vpc_id)
    network = ip_network(vpc.cidr_block if vpc else "10.0.0.0/16")
    return str(network[256 + int(task_id(task), 16) % (network.num_addresses - 512)])
