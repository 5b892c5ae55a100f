"""The requests to IAM for a call, as they follow from AWS's Service Authorization Reference."""

from collections.abc import Iterator

from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.iam.reference import actions
from localaws.iam.reference.actions import Action
from localaws.iam.reference.operations import action_of
from localaws.iam.reference.passed_roles import passed_roles
from localaws.iam.reference.resources import UnknownResourceError, resources_of
from localaws.iam.reference.tags import tagging
from localaws.json_types import JsonObject


def derived(caller: Caller, service: str, operation: str, members: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for a call: its action on each resource, tags, and passed roles.

    Raises:
        NotImplementedError: A request does not follow from the reference. The message names the file and the table.
    """
    name = action_of(service, operation, members)
    action = actions.find(name)
    if action is None:
        raise NotImplementedError(
            f"localaws/iam/reference/operations.py: no entry for {service}:{operation}, and AWS has no action {name}; "
            "add its action to _OTHER_NAMES"
        )
    try:
        arns = resources_of(caller, name, action, operation, members)
    except UnknownResourceError as unknown:
        raise NotImplementedError(
            f"localaws/iam/reference/values.py: the resource of {service}:{operation} is unknown, because {unknown}; "
            "add the member with the value to VALUES, or the requests to localaws/iam/service_authorization.py"
        ) from None
    for arn in arns:
        yield Request(name, arn, _context(caller, action, members))
    yield from tagging(caller, name, action, operation, members)
    yield from passed_roles(service, operation, members)


def _context(caller: Caller, action: Action, members: JsonObject) -> dict[str, str]:
    """Return the condition keys of a service that policies of this project use.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    named = {"ecs:cluster": ("cluster", "cluster"), "ecs:task-definition": ("taskDefinition", "task-definition")}
    context = {
        key: caller.arn("ecs", f"{type_}/{members[member].rpartition('/')[2]}")
        for key, (member, type_) in named.items()
        if key in action.condition_keys and member in members
    }
    if "ecs:container-name" in action.condition_keys and "container" in members:
        context["ecs:container-name"] = members["container"]
    return context
