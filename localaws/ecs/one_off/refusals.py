"""Requests of RunTask that ECS refuses.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

import json
import re

from moto.core.exceptions import ServiceException
from moto.ec2.exceptions import InvalidSecurityGroupNotFoundError, InvalidSubnetIdError
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import ECSException, InvalidParameterException
from moto.ecs.models import Cluster, TaskDefinition
from moto.ecs.models import EC2ContainerServiceBackend as Backend

from localaws.json_types import JsonObject

MOST_TASKS = 10
MOST_OVERRIDES = 8192
"""The characters of the overrides, with the characters of their JSON."""
LONGEST_STARTED_BY = 128
PLATFORM_VERSIONS = {None, "LATEST", "1.3.0", "1.4.0"}
"""https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html"""
ON_FARGATE = {"FARGATE", "FARGATE_SPOT"}


def check(backend: Backend, cluster: Cluster, definition: TaskDefinition, request: JsonObject) -> None:
    """Refuse a request as ECS does.

    The messages are those of field reports. Where none was found, they are our own: those about the number of tasks and
    the tags of a service.

    Raises:
        ECSException: ECS refuses the request.
    """
    if cluster.status != "ACTIVE":
        raise ECSException("ClusterNotFoundException", "The referenced cluster was inactive.")
    if definition.status != "ACTIVE":
        raise InvalidParameterException("TaskDefinition is inactive")
    if not 1 <= request.get("count", 1) <= MOST_TASKS:
        raise InvalidParameterException(f"count must be between 1 and {MOST_TASKS}.")
    if request.get("propagateTags") == "SERVICE":
        raise InvalidParameterException("propagateTags must not be SERVICE, because the task belongs to no service.")
    _check_started_by(request.get("startedBy") or "")
    _check_overrides(definition, request.get("overrides") or {})
    _check_capacity(definition, request)
    _check_network(backend, definition, request.get("networkConfiguration"))
    if request.get("enableExecuteCommand") and not _task_role(definition, request):
        raise InvalidParameterException(
            "The task couldn't be started because a valid taskRoleArn is not being used. Specify a valid task role in "
            "your task definition and try again."
        )


def _check_started_by(name: str) -> None:
    if len(name) > LONGEST_STARTED_BY:
        raise InvalidParameterException(f"startedBy longer than {LONGEST_STARTED_BY}.")
    if not re.fullmatch(r"[A-Za-z0-9_/-]*", name):
        raise InvalidParameterException("startedBy must have letters, numbers, hyphens, slashes and underscores only.")


def _check_overrides(definition: TaskDefinition, overrides: JsonObject) -> None:
    if len(json.dumps(overrides, separators=(",", ":"), ensure_ascii=False)) > MOST_OVERRIDES:
        raise InvalidParameterException(f"Container Overrides length must be at most {MOST_OVERRIDES}")
    known = {each["name"] for each in definition.container_definitions}
    for override in overrides.get("containerOverrides", []):
        name = override.get("name")
        if name not in known:
            raise InvalidParameterException(
                f"Override for container named {name} is not a container in the TaskDefinition."
            )


def _check_capacity(definition: TaskDefinition, request: JsonObject) -> None:
    strategy = request.get("capacityProviderStrategy") or []
    if strategy and request.get("launchType"):
        raise InvalidParameterException("Specify either Launch Type or Capacity Provider Strategy, but not both.")
    on_fargate = {each["capacityProvider"] for each in strategy} <= ON_FARGATE if strategy else False
    if not on_fargate and request.get("launchType") != "FARGATE":
        raise InvalidParameterException("No Container Instances were found in your cluster.")
    if "FARGATE" not in (definition.requires_compatibilities or []):
        raise InvalidParameterException("Task definition does not support launch_type FARGATE.")
    if request.get("platformVersion") not in PLATFORM_VERSIONS:
        raise ECSException("PlatformUnknownException", "The specified platform version does not exist.")


def _check_network(backend: Backend, definition: TaskDefinition, given: JsonObject | None) -> None:
    if definition.network_mode != "awsvpc":
        return
    network = (given or {}).get("awsvpcConfiguration")
    if not network:
        raise InvalidParameterException(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if not network.get("subnets"):
        raise InvalidParameterException("subnets can not be empty.")
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    groups = network.get("securityGroups")
    try:
        ec2.describe_subnets(subnet_ids=network["subnets"])
        ec2.describe_security_groups(group_ids=groups)
    except InvalidSubnetIdError as error:
        raise _unknown("subnet", network["subnets"], error, "InvalidSubnetID.NotFound") from None
    except InvalidSecurityGroupNotFoundError as error:
        raise _unknown("security group", groups, error, "InvalidGroup.NotFound") from None


def _unknown(kind: str, ids: list[str], error: ServiceException, code: str) -> InvalidParameterException:
    """Return the error for subnets or groups. moto's message has the first unknown id, sometimes in braces."""
    unknown = next(each for each in ids if each in error.message)
    noun = {"subnet": "subnet ID"}.get(kind, kind)
    return InvalidParameterException(
        f"Error retrieving {kind} information for [{', '.join(ids)}]: The {noun} '{unknown}' does not exist "
        f"(ErrorCode: {code})"
    )


def _task_role(definition: TaskDefinition, request: JsonObject) -> str | None:
    overriding = (request.get("overrides") or {}).get("taskRoleArn")
    return overriding or getattr(definition, "task_role_arn", None)
