"""Fixes for ECS task definitions where moto answers differently from AWS."""

from collections.abc import Callable, Iterator

from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.models import TaskDefinition

from localaws.json_types import JsonObject

CONTAINER_DEFAULTS: JsonObject = {
    "cpu": 0,
    "environment": [],
    "essential": True,
    "mountPoints": [],
    "portMappings": [],
    "volumesFrom": [],
}
HEALTH_CHECK_DEFAULTS = {"interval": 30, "timeout": 5, "retries": 3}


def fill_in_container_defaults() -> None:
    """Fill in the defaults of a container definition.

    moto returns a container definition as the request sent it. ECS adds these defaults:

    - an empty list for each list that the request omits
    - the values `cpu` 0 and `essential` true
    - the protocol `tcp` of a port, and in the network mode awsvpc the host port, which equals the container port
    - the interval, timeout and retries of a health check
    - the list `capabilities.add`, if the request has `capabilities.drop`

    Recorded answers of AWS have the defaults of the lists and ports. The GitHub pages below report the last two
    defaults: if a configuration omits them, the provider replaces the task definition on each apply.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    https://github.com/braintrustdata/terraform-aws-braintrust-data-plane/pull/335
    https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/148
    """
    register: Callable[..., TaskDefinition] = Backend.register_task_definition

    def register_task_definition(
        self: Backend,
        family: str,
        container_definitions: list[JsonObject],
        *,
        network_mode: str | None = None,
        **settings: object,
    ) -> TaskDefinition:
        filled_in = [_filled_in(container, in_vpc=network_mode == "awsvpc") for container in container_definitions]
        return register(self, family, filled_in, network_mode=network_mode, **settings)

    Backend.register_task_definition = register_task_definition


def _filled_in(container: JsonObject, *, in_vpc: bool) -> JsonObject:
    linux = container.get("linuxParameters", {})
    if "drop" in linux.get("capabilities", {}):
        linux = {**linux, "capabilities": {"add": [], **linux["capabilities"]}}
    ports = [
        {**({"hostPort": port["containerPort"]} if in_vpc else {}), "protocol": "tcp", **port}
        for port in container.get("portMappings", [])
    ]
    filled_in = {**CONTAINER_DEFAULTS, **container, "portMappings": ports}
    if check := container.get("healthCheck"):
        filled_in["healthCheck"] = {**HEALTH_CHECK_DEFAULTS, **check}
    return {**filled_in, "linuxParameters": linux} if linux else filled_in


def list_required_attributes() -> None:
    """List the attributes that the host of a task must have.

    moto lists no attributes.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
    https://github.com/aws/amazon-ecs-agent/blob/master/agent/app/agent_capability.go
    """
    register: Callable[..., TaskDefinition] = Backend.register_task_definition

    def register_task_definition(self: Backend, *args: object, **settings: object) -> TaskDefinition:
        definition = register(self, *args, **settings)
        definition.requires_attributes = [{"name": name} for name in sorted(set(_required_attributes(definition)))]
        return definition

    Backend.register_task_definition = register_task_definition


def _required_attributes(definition: TaskDefinition) -> Iterator[str]:
    agent, execution = "com.amazonaws.ecs.capability", "ecs.capability"
    yield f"{agent}.docker-remote-api.1.18"
    if definition.network_mode == "awsvpc":
        yield f"{execution}.task-eni"
    if hasattr(definition, "task_role_arn"):
        yield f"{agent}.task-iam-role"
    containers: list[JsonObject] = definition.container_definitions
    for container in containers:
        if ".dkr.ecr." in container["image"]:
            yield from (f"{agent}.ecr-auth", f"{execution}.execution-role-ecr-pull")
        if driver := container.get("logConfiguration", {}).get("logDriver"):
            yield from (f"{agent}.docker-remote-api.1.19", f"{agent}.logging-driver.{driver}")
            yield f"{execution}.execution-role-{driver}"
        if container.get("healthCheck"):
            yield f"{execution}.container-health-check"
        for secret in container.get("secrets", []):
            kind = "ssm" if ":ssm:" in secret["valueFrom"] else "asm"
            yield f"{execution}.secrets.{kind}.environment-variables"


FIXES = (
    fill_in_container_defaults,
    list_required_attributes,
)
