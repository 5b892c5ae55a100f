"""An environment in which `ops run` can start tasks."""

from functools import cache
from typing import Any

from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import clients, until


@cache
def with_network(name: str) -> Deployed:
    """Deploy an environment whose tasks have a network, and deliver an image to it.

    The container has the variable DB_NAME and the secret DB_USER. All tests with the same name share the environment.
    """
    ec2 = clients().client("ec2")
    subnet, group = ec2.describe_subnets()["Subnets"][0], ec2.describe_security_groups()["SecurityGroups"][0]
    places = {"subnets": [subnet["SubnetId"]], "securityGroups": [group["GroupId"]]}
    network = {"awsvpcConfiguration": places | {"assignPublicIp": "DISABLED"}}
    made = deployed(name, service_settings={"networkConfiguration": network, "platformVersion": "1.4.0"})
    made.deliver(b"one")
    return made


def one_off(name: str, status: str = "RUNNING") -> list[dict[str, Any]]:
    """Return the one-off tasks of a cluster with a desired status."""
    ecs = clients().client("ecs")
    arns = ecs.list_tasks(cluster=name, desiredStatus=status)["taskArns"]
    found = ecs.describe_tasks(cluster=name, tasks=arns)["tasks"] if arns else []
    return [task for task in found if task["group"].startswith("family:")]


def none_runs(name: str) -> None:
    """Wait until all one-off tasks of a cluster have stopped."""
    until(lambda: not one_off(name) and all(each["lastStatus"] == "STOPPED" for each in one_off(name, "STOPPED")))
