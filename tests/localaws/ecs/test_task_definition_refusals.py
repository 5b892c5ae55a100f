"""Task definitions that ECS and the local AWS refuse and moto alone accepts."""

from typing import Any

from localaws.ecs import task_definition_refusals as refusals
from tests.localaws.ecs.task_definitions import CONTAINER, register
from tests.support.localaws.fixes import Client, case, refusal


@case(
    refusals.refuse_invalid_task_definitions,
    in_aws=[
        "",
        (
            "ClientException: No Fargate configuration exists for given values: 256 CPU, 4096 memory. "
            "See the Amazon ECS documentation for the valid values."
        ),
        "ClientException: Actual length: '70109'. Max allowed length is '65536' bytes.",
        "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        (
            "ClientException: When you are specifying container secrets, you must also specify a value for "
            "'executionRoleArn'."
        ),
        (
            "ClientException: The secret name must be unique and not shared with any new or existing environment "
            "variables set on the container, such as 'KEY'."
        ),
    ],
)
def test_task_definitions_that_fargate_cannot_run(client: Client) -> object:
    role = "arn:aws:iam::123456789012:role/execution"
    secret = {"name": "KEY", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}
    variable = {"name": "KEY", "value": "x"}

    def registered(container: dict[str, Any] | None = None, **settings: Any) -> str:
        return refusal(register, client, "sizes", **settings, containerDefinitions=[CONTAINER | (container or {})])

    return [
        registered(),
        registered(memory="4096"),
        registered({"environment": [{"name": "LONG", "value": "x" * 70_000}]}),
        registered({"portMappings": [{"containerPort": 80, "hostPort": 81}]}),
        registered({"secrets": [secret]}),
        registered({"secrets": [secret], "environment": [variable]}, executionRoleArn=role),
    ]


@case(
    refusals.refuse_invalid_health_checks,
    in_aws=[
        "",
        (
            "ClientException: Health check retries must be less than or equal to the maximum allowed value 10 for "
            "container 'web'"
        ),
        (
            "ClientException: Health check interval must be greater than or equal to the minimum allowed value 5 for "
            "container 'web'"
        ),
    ],
)
def test_health_checks_within_and_outside_of_their_limits(client: Client) -> object:
    def registered(**times: int) -> str:
        check = {"command": ["CMD", "true"], **times}
        return refusal(register, client, "checked", containerDefinitions=[CONTAINER | {"healthCheck": check}])

    return [registered(interval=300, timeout=60, retries=1), registered(retries=11), registered(interval=4)]
