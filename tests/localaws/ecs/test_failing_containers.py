"""Failing containers stop their tasks, until the circuit breaker ends the deployment."""

from functools import partial
from typing import Any

import pytest

from localaws.ecs.failing_containers import FailingContainers, Failure
from tests.support.localaws.aws_pipeline import clients, until
from tests.support.localaws.networks import network

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


class Service:
    """A service of one task behind a load balancer. Its first image does not fail."""

    def __init__(self) -> None:
        elb = clients().client("elbv2")
        made = network(clients().client, zones="ab")
        balancer = elb.create_load_balancer(Name="failing", Subnets=made.subnets)["LoadBalancers"][0]
        self.group: str = elb.create_target_group(
            Name="failing",
            Protocol="HTTP",
            Port=80,
            VpcId=made.vpc,
            TargetType="ip",
            HealthCheckIntervalSeconds=30,
            UnhealthyThresholdCount=10,
        )["TargetGroups"][0]["TargetGroupArn"]
        elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=80,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.group}],
        )
        self.ecs = clients().client("ecs")
        self.ecs.create_cluster(clusterName="failing")
        balancers = [{"targetGroupArn": self.group, "containerName": "app", "containerPort": 80}]
        self.ecs.create_service(
            cluster="failing",
            serviceName="web",
            taskDefinition=self.register("good"),
            desiredCount=1,
            loadBalancers=balancers,
            healthCheckGracePeriodSeconds=60,
            deploymentConfiguration=BREAKER,
        )
        until(lambda: self.shown()["deployments"][0]["rolloutState"] == "COMPLETED")

    def register(self, image: str, **container: Any) -> str:
        ports = [{"containerPort": 80}]
        whole = {"name": "app", "image": image, "memory": 8, "portMappings": ports, **container}
        answer = self.ecs.register_task_definition(family="failing", containerDefinitions=[whole])
        arn: str = answer["taskDefinition"]["taskDefinitionArn"]
        return arn

    def shown(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_services(cluster="failing", services=["web"])["services"][0]
        return found

    def update(self, revision: str) -> str:
        """Begin a deployment of a revision and return its id."""
        answer = self.ecs.update_service(cluster="failing", service="web", taskDefinition=revision)
        id_: str = answer["service"]["deployments"][0]["id"]
        return id_

    def failed_tasks(self, deployment: str) -> int:
        [found] = [each for each in self.shown()["deployments"] if each["id"] == deployment]
        count: int = found["failedTasks"]
        return count

    def stopped(self, deployment: str) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster="failing", desiredStatus="STOPPED")["taskArns"]
        tasks = self.ecs.describe_tasks(cluster="failing", tasks=arns)["tasks"] if arns else []
        return [task for task in tasks if task["startedBy"] == deployment]

    def targets(self) -> list[str]:
        """Return the reason of each unhealthy target, and the state of each healthy target."""
        health = clients().client("elbv2").describe_target_health(TargetGroupArn=self.group)["TargetHealthDescriptions"]
        return sorted(each["TargetHealth"].get("Reason") or each["TargetHealth"]["State"] for each in health)

    def rolls_back(self, to: str) -> list[dict[str, Any]]:
        until(lambda: self.shown()["deployments"][0]["rolloutState"] == "COMPLETED")
        assert self.shown()["taskDefinition"] == to
        found: list[dict[str, Any]] = self.shown()["deployments"]
        return found


def has_failed(service: Service, deployment: str, times: int) -> bool:
    return service.failed_tasks(deployment) == times


@pytest.fixture(scope="module")
def service() -> Service:
    return Service()


def test_three_exited_containers_end_the_deployment(service: Service) -> None:
    clients().local.let_containers_fail("exits", exit_code=3)
    before = service.shown()["taskDefinition"]

    deployment = service.update(service.register("exits"))
    [_, failed] = service.rolls_back(before)

    stopped = service.stopped(deployment)
    assert (failed["rolloutState"], failed["failedTasks"]) == ("FAILED", 3)
    assert [(task["stopCode"], task["stoppedReason"]) for task in stopped] == [
        ("EssentialContainerExited", "Essential container in task exited")
    ] * 3
    assert [task["containers"][0]["exitCode"] for task in stopped] == [3, 3, 3]


def test_a_container_without_enough_memory_is_killed(service: Service) -> None:
    clients().local.let_containers_fail("large", out_of_memory=True)
    before = service.shown()["taskDefinition"]

    deployment = service.update(service.register("large"))
    service.rolls_back(before)

    task = service.stopped(deployment)[0]
    [container] = task["containers"]
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert (container["exitCode"], container["reason"]) == (
        137,
        "OutOfMemoryError: Container killed due to memory usage",
    )


def test_a_task_that_the_load_balancer_rejects_is_replaced(service: Service) -> None:
    """Each task runs for ten checks of 30 seconds, which is longer than the grace period."""
    clients().local.let_containers_fail("unhealthy")
    before = service.shown()["taskDefinition"]

    deployment = service.update(service.register("unhealthy"))
    until(lambda: service.shown()["deployments"][0]["runningCount"] == 1)
    assert (service.failed_tasks(deployment), service.stopped(deployment)) == (0, [])
    for failures in (1, 2, 3):
        until(lambda: service.shown()["runningCount"] == 2)
        assert service.targets() == ["Target.FailedHealthChecks", "healthy"]
        clients().local.advance(seconds=300)
        until(partial(has_failed, service, deployment, failures))
    service.rolls_back(before)
    assert service.targets() == ["healthy"]

    stopped = service.stopped(deployment)
    reason = f"Task failed ELB health checks in (target-group {service.group})"
    assert [(task["stopCode"], task["stoppedReason"]) for task in stopped] == [
        ("ServiceSchedulerInitiated", reason)
    ] * 3
    messages = [event["message"] for event in service.shown()["events"]]
    checked = f"(port 80) is unhealthy in (target-group {service.group}) due to (reason Health checks failed)."
    assert f"(service web) (task {stopped[0]['taskArn'].rpartition('/')[2]}) {checked}" in messages


def test_a_task_with_a_failing_health_check_is_replaced(service: Service) -> None:
    """The check fails after 20 seconds, and ECS ignores it during the grace period of 60 seconds."""
    clients().local.let_containers_fail("ill")
    check = {"command": ["CMD", "true"], "interval": 5, "retries": 2, "startPeriod": 10}

    deployment = service.update(service.register("ill", healthCheck=check))
    until(lambda: service.shown()["runningCount"] == 2)

    def failed() -> bool:
        clients().local.advance(seconds=60)  # in each attempt: the check may have started after the last one
        return service.failed_tasks(deployment) >= 1

    until(failed)

    task = service.stopped(deployment)[0]
    assert (task["healthStatus"], task["stoppedReason"]) == ("UNHEALTHY", "Task failed container health checks")
    messages = [event["message"] for event in service.shown()["events"]]
    assert f"(service web) (task {task['taskArn'].rpartition('/')[2]}) failed container health checks." in messages


def test_a_failing_image_is_named_by_tag_or_digest() -> None:
    failing = FailingContainers()
    failing.let_fail("sha256:1", 1)
    failing.let_fail("app:2", None)
    named = {"image": "app:2"}
    pulled = {"image": "app:1", "imageDigest": "sha256:1"}

    assert failing.among([named, pulled, {"image": "app:3"}]) == [(named, Failure(None)), (pulled, Failure(1))]
