"""Requests about ECS Exec that ECS refuses and moto accepts."""

from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import EC2ContainerServiceResponse as Response


def refuse_execute_command_without_a_task_role() -> None:
    """Refuse a service with ECS Exec whose task definition has no task role.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
    The message is that of https://github.com/aws/aws-cli/issues/6242.
    """
    create, update = Response.create_service, Response.update_service

    def create_service(self: Response) -> ActionResult:
        _check_role(self.ecs_backend, self._get_param("taskDefinition"), self._get_param("enableExecuteCommand"))
        return create(self)

    def update_service(self: Response) -> ActionResult:
        name = self._get_param("service").split("/")[-1]
        service = self.ecs_backend._get_service(self._get_param("cluster", "default"), name)
        enabled = self._get_param("enableExecuteCommand")
        if enabled is None:
            enabled = getattr(service, "enable_execute_command", False)
        _check_role(self.ecs_backend, self._get_param("taskDefinition") or service.task_definition, enabled)
        return update(self)

    Response.create_service, Response.update_service = create_service, update_service


def task_role(backend: Backend, revision: str) -> str | None:
    """Return the ARN of the task role of a revision."""
    arn: str | None = getattr(backend.describe_task_definition(revision), "task_role_arn", None)
    return arn


def _check_role(backend: Backend, revision: str | None, enabled: object) -> None:
    if enabled and revision and not task_role(backend, revision):
        raise InvalidParameterException(
            "The service couldn't be updated because a valid taskRoleArn is not being used. Specify a valid task role "
            "in your task definition and try again."
        )


REFUSALS = (refuse_execute_command_without_a_task_role,)
