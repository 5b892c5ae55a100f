"""The ECS deploy action: how long it waits for a deployment, and its failures."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.clock import Clock
from localaws.codepipeline.actions import ecs_deploy
from localaws.codepipeline.execution import ActionFailedError
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, System, clients, system, until
from tests.support.localaws.changed_pipelines import changed, failure

OLD, NEW = "task-definition/shop:1", "task-definition/shop:2"


class Ecs:
    """A client of an ECS with a list of service descriptions. It repeats the last one every minute."""

    def __init__(self, clock: Clock, *services: dict[str, Any]) -> None:
        self.services = list(services)
        self._clock = clock

    def describe_services(self, **_: Any) -> dict[str, Any]:
        if len(self.services) > 1:
            return {"services": [self.services.pop(0)]}
        self._clock.advance(60)
        return {"services": self.services}


def service(revision: str, **rollouts: str) -> dict[str, Any]:
    deployments = [
        {"taskDefinition": {"old": OLD, "new": NEW}[key], "rolloutState": state, "rolloutStateReason": "its reason"}
        for key, state in rollouts.items()
    ]
    return {"status": "ACTIVE", "taskDefinition": revision, "deployments": deployments}


def wait(*services: dict[str, Any], timeout_minutes: int = 1, clock: Clock | None = None) -> Ecs:
    clock = clock or Clock()
    ecs = Ecs(clock, *services)
    ecs_deploy.wait(ecs, clock, "shop", "web", NEW, timeout_minutes=timeout_minutes)
    return ecs


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ecs_deploy, "FIRST_PAUSE_SECONDS", 0)


def test_it_waits_for_the_deployment_of_the_new_revision() -> None:
    running, complete = service(NEW, old="COMPLETED", new="IN_PROGRESS"), service(NEW, new="COMPLETED")
    assert wait(running, running, complete).services == [complete]


def test_it_waits_until_the_revision_has_a_deployment() -> None:
    none, complete = service(NEW, old="COMPLETED"), service(NEW, new="COMPLETED")
    assert wait(none, none, complete).services == [complete]


def test_it_does_not_wait_for_an_abandoned_action() -> None:
    clock = Clock()
    ecs = Ecs(clock, service(NEW, new="IN_PROGRESS"))

    assert not ecs_deploy.wait(ecs, clock, "shop", "web", NEW, timeout_minutes=1, goes_on=lambda: False)


def test_it_does_not_wait_for_another_revision() -> None:
    wait(service(NEW, old="IN_PROGRESS", new="COMPLETED"))


@pytest.mark.parametrize(
    ("services", "message"),
    [
        ([service(NEW, new="FAILED")], f"The deployment of {NEW} was not complete within 1 minutes: its reason"),
        (
            [service(NEW, new="IN_PROGRESS"), service(OLD, new="FAILED", old="COMPLETED")],
            f"The deployment of {NEW} was not complete within 1 minutes: its reason",
        ),
        (
            [service(NEW, new="IN_PROGRESS"), service(OLD, old="IN_PROGRESS")],
            f"The service runs {OLD} instead of {NEW}: another update replaced the deployment",
        ),
    ],
)
def test_a_failed_or_replaced_deployment_fails_the_action(services: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ActionFailedError) as failure:
        wait(*services)
    assert (failure.value.code, failure.value.message) == ("JobFailed", message)


def test_it_waits_until_the_timeout_after_a_circuit_breaker() -> None:
    clock = Clock()

    with pytest.raises(ActionFailedError, match="was not complete within 21 minutes: its reason"):
        wait(service(NEW, new="FAILED"), timeout_minutes=21, clock=clock)

    assert clock.ahead == (21 + 1) * 60  # each call takes a minute, and the last call follows the timeout


def test_it_waits_until_the_timeout_after_a_roll_back() -> None:
    late = system("late", variables={"REPOSITORY_URI": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/none"})
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    clients().client("ecs").update_service(cluster="late", service="web", deploymentConfiguration=breaker)
    before = late.service()["taskDefinition"]

    def rollouts() -> list[str]:
        return [deployment["rolloutState"] for deployment in late.service()["deployments"]]

    with changed(
        late, Deploy={"configuration": {"ClusterName": "late", "ServiceName": "web", "DeploymentTimeout": "21"}}
    ):
        late.put_image("bad")
        execution = late.delivery(**{"action-type": "PUSH"})["targets"][0]["started"]
        until(lambda: rollouts() == ["COMPLETED", "FAILED"])
    waiting = [late.service()["taskDefinition"], late.actions(execution)["Deploy"]["status"]]
    clients().local.advance(seconds=21 * 60)

    assert waiting == [before, "InProgress"]
    assert late.over(execution)["status"] == "Failed"
    assert late.error(execution, "Deploy")["message"].partition("/")[2] == (
        "late:2 was not complete within 21 minutes: ECS deployment circuit breaker: tasks failed to start."
    )


def test_the_action_has_a_timeout() -> None:
    with pytest.raises(ActionFailedError, match="was not complete within 0 minutes"):
        wait(service(NEW, new="IN_PROGRESS"), timeout_minutes=0)


def test_the_new_revision_copies_the_deployed_one(shop: System) -> None:
    """The action ignores a newer revision that the service does not run."""
    ecs = clients().client("ecs")
    running = shop.service()["taskDefinition"]
    stray = {"name": "stray", "image": "stray:1", "memory": 64}
    ecs.register_task_definition(family="shop", containerDefinitions=[stray])
    shop.push("two")
    containers = shop.task_definition()["containerDefinitions"]
    assert containers == [
        {**container, "image": shop.repository_uri if container["name"] == "app" else container["image"]}
        for container in shop.task_definition(running)["containerDefinitions"]
    ]


def test_a_service_that_does_not_exist_fails_the_deployment(shop: System) -> None:
    configuration = {"ClusterName": "shop", "ServiceName": "none"}
    assert failure(shop, "Deploy", Deploy={"configuration": configuration}) == (
        "ConfigurationError",
        "The AWS ECS service none does not exist in the cluster shop",
    )


def test_the_image_definitions_file_can_have_another_name(shop: System) -> None:
    configuration = {"ClusterName": "shop", "ServiceName": "web", "FileName": "images.json"}
    before = shop.service()["taskDefinition"]
    code, message = failure(shop, "Deploy", Deploy={"configuration": configuration})
    assert code == "ConfigurationError"
    assert message.startswith("Did not find the image definition file images.json in the input artifacts ZIP file.")
    assert shop.service()["taskDefinition"] == before


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"CONTAINER_NAME": "web"}, "The AWS ECS container web does not exist"),
        ({"REPOSITORY_URI": ""}, "Container.image should not be null or empty."),
        (
            {"CONTAINER_NAME": 'a"b'},
            "The image definition file imagedefinitions.json contains invalid JSON format",
        ),
    ],
)
def test_a_wrong_value_in_the_file_changes_nothing(shop: System, variables: dict[str, str], message: str) -> None:
    before = shop.service()["taskDefinition"]
    overrides = [{"name": name, "value": value, "type": "PLAINTEXT"} for name, value in variables.items()]
    configuration = {"ProjectName": "shop", "EnvironmentVariables": json.dumps(overrides)}
    assert failure(shop, "Deploy", Build={"configuration": configuration}) == ("ConfigurationError", message)
    assert shop.service()["taskDefinition"] == before
    with pytest.raises(ClientError):
        shop.task_definition(f"{before.rpartition('/')[2].partition(':')[0]}:{int(before.rpartition(':')[2]) + 1}")
