"""Requests of RunTask that ECS refuses."""

from typing import Any

import pytest

from tests.localaws.ecs.one_off.cluster import Cluster
from tests.support.localaws.fixes import refusal

INVALID = "InvalidParameterException: "
SPOT = [{"capacityProvider": "FARGATE_SPOT"}]


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return Cluster("one-off-refused")


def test_invalid_requests_to_run_a_task(cluster: Cluster) -> None:
    """The last request fits all limits, so it is not refused."""
    inactive, for_ec2, roleless = (
        cluster.register(**changed) for changed in ({}, {"requiresCompatibilities": None}, {"taskRoleArn": None})
    )
    cluster.ecs.deregister_task_definition(taskDefinition=inactive)
    subnets = cluster.network["awsvpcConfiguration"]["subnets"]

    def network(**of: Any) -> dict[str, Any]:
        return {"networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets} | of}}

    def override(**of: Any) -> dict[str, Any]:
        return {"overrides": {"containerOverrides": [{"name": "app"} | of]}}

    requests: list[tuple[dict[str, Any], str]] = [
        ({"cluster": "none"}, "ClusterNotFoundException: Cluster not found."),
        ({"taskDefinition": "none:1"}, "ClientException: Unable to describe task definition."),
        ({"taskDefinition": inactive}, f"{INVALID}TaskDefinition is inactive"),
        ({"count": 0}, f"{INVALID}count must be between 1 and 10."),
        ({"count": 11}, f"{INVALID}count must be between 1 and 10."),
        (
            {"propagateTags": "SERVICE"},
            f"{INVALID}propagateTags must not be SERVICE, because the task belongs to no service.",
        ),
        ({"startedBy": "x" * 129}, f"{INVALID}startedBy longer than 128."),
        (
            {"startedBy": "a b"},
            f"{INVALID}startedBy must have letters, numbers, hyphens, slashes and underscores only.",
        ),
        (override(command=["x" * 8192]), f"{INVALID}Container Overrides length must be at most 8192"),
        (override(name="web"), f"{INVALID}Override for container named web is not a container in the TaskDefinition."),
        ({"launchType": "EC2"}, f"{INVALID}No Container Instances were found in your cluster."),
        ({"launchType": None}, f"{INVALID}No Container Instances were found in your cluster."),
        (
            {"capacityProviderStrategy": SPOT},
            f"{INVALID}Specify either Launch Type or Capacity Provider Strategy, but not both.",
        ),
        ({"taskDefinition": for_ec2}, f"{INVALID}Task definition does not support launch_type FARGATE."),
        ({"platformVersion": "9.9.9"}, "PlatformUnknownException: The specified platform version does not exist."),
        (
            {"networkConfiguration": None},
            f"{INVALID}Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (network(subnets=[]), f"{INVALID}subnets can not be empty."),
        (
            network(subnets=["subnet-0000000000000000f"]),
            (
                f"{INVALID}Error retrieving subnet information for [subnet-0000000000000000f]: The subnet ID "
                "'subnet-0000000000000000f' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
            ),
        ),
        (
            network(securityGroups=["sg-0000000000000000f"]),
            (
                f"{INVALID}Error retrieving security group information for [sg-0000000000000000f]: The security group "
                "'sg-0000000000000000f' does not exist (ErrorCode: InvalidGroup.NotFound)"
            ),
        ),
        (
            {"taskDefinition": roleless, "enableExecuteCommand": True},
            (
                f"{INVALID}The task couldn't be started because a valid taskRoleArn is not being used. Specify a valid "
                "task role in your task definition and try again."
            ),
        ),
        (
            {"startedBy": "x" * 128, "count": 10, "enableExecuteCommand": True, "platformVersion": "LATEST"},
            "",
        ),
    ]

    assert [refusal(cluster.start, "true", **changed) for changed, _ in requests] == [said for _, said in requests]


def test_a_cluster_is_not_deleted_while_a_task_runs() -> None:
    cluster = Cluster("one-off-deleted")
    task = cluster.start("sleep", "60")

    assert refusal(cluster.ecs.delete_cluster, cluster=cluster.name) == (
        "ClusterContainsTasksException: The Cluster cannot be deleted while Tasks are active."
    )
    cluster.ecs.stop_task(cluster=cluster.name, task=task["taskArn"])
    cluster.stopped(task)
    assert refusal(cluster.ecs.delete_cluster, cluster=cluster.name) == ""
