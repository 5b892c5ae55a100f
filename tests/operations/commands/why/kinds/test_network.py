"""Tests of the causes in the network.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

import pytest

from operations.commands.why.cause import Cause
from operations.system.load_balancer import Target
from operations.system.network import ANYWHERE, LoadBalancer, Rule, SecurityGroup, Subnet
from tests.support.ops.incidents import failing, stopped

NO_ROUTE = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
    "unable "
    "to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed "
    "caused "
    'by: Post "https://api.ecr.eu-central-1.amazonaws.com/": dial tcp 52.94.1.2:443: i/o timeout'
)
OPEN = SecurityGroup(
    "sg-1", "service", (Rule("egress", "-1", None, ANYWHERE), Rule("ingress", "tcp", (3000, 3000), "sg-lb"))
)
CLOSED = SecurityGroup("sg-1", "service", ())
BALANCER = LoadBalancer(("sg-lb",), ("subnet-1",))
UNREACHED = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:x:1:targetgroup/app/2)"


@pytest.mark.parametrize(
    ("service", "reason"),
    [
        ("ECR", NO_ROUTE),
        (
            "ECR",
            (
                "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
                "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop-dev:latest: failed to do request: Head "
                '"https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/v2/shop-dev/manifests/latest": dial '
                "tcp: i/o "
                "timeout"
            ),
        ),
        (
            "ECR",
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry "
                "auth "
                "from Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task "
                "network "
                "configuration."
            ),
        ),
        (
            "Secrets Manager",
            (
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                "failed: "
                "unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret "
                "from secrets manager: RequestCanceled: request context canceled caused by: context deadline exceeded"
            ),
        ),
        (
            "CloudWatch Logs",
            (
                "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon "
                "CloudWatch "
                "log group defined in the task definition. There is a connection issue between the task and Amazon "
                "CloudWatch."
            ),
        ),
    ],
)
def test_tasks_without_a_connection_to_aws(service: str, reason: str) -> None:
    first = failing(stopped(reason), groups=[OPEN])[0]

    assert (first.kind, first.certainty) == ("no-route", "likely")
    assert first.text == f"The tasks get no connection to {service}, which they need to start"


def test_a_closed_security_group_is_certain() -> None:
    first = failing(stopped(NO_ROUTE), groups=[CLOSED])[0]

    assert (first.kind, first.certainty) == ("egress-closed", "certain")


def unreached(group: SecurityGroup) -> Cause:
    targets = [Target("10.0.0.8", 3000, "unhealthy", "Target.Timeout", "Request timed out")]
    task = stopped(UNREACHED, "ServiceSchedulerInitiated", exit_code=0)
    return failing(task, groups=[group], load_balancer=BALANCER, targets=targets)[0]


def test_the_load_balancer_cannot_reach_the_container() -> None:
    first = unreached(CLOSED)

    assert (first.kind, first.certainty) == ("ingress-closed", "certain")
    assert first.text == "The security group sg-1 of the tasks does not allow the load balancer to reach port 3000"
    assert unreached(OPEN).kind == "health-check-slow"


@pytest.mark.parametrize(
    ("reason", "free"),
    [
        (
            (
                "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': "
                "InsufficientFreeAddressesInSubnet"
            ),
            3,
        ),
        ("Timeout waiting for network interface provisioning to complete.", 0),
    ],
)
def test_subnets_without_free_addresses(reason: str, free: int) -> None:
    first = failing(stopped(reason), subnets=[Subnet("subnet-1", "eu-central-1a", "10.0.0.0/28", free)])[0]

    assert (first.kind, first.certainty) == ("no-free-addresses", "certain")


def test_a_task_that_has_started_has_an_address() -> None:
    task = stopped("Essential container in task exited", "EssentialContainerExited", exit_code=1)
    found = failing(task, subnets=[Subnet("subnet-1", "eu-central-1a", "10.0.0.0/28", 0)])

    assert [each.kind for each in found] == ["container-exits"]
