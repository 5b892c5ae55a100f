"""The action that AWS requires in addition if a call creates a resource with tags.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html and
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
"""

from collections.abc import Iterator
from dataclasses import replace

from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.iam.reference import actions
from localaws.iam.reference.actions import Action
from localaws.iam.reference.resources import resources_of
from localaws.json_types import JsonObject

_CREATES = ("Create", "Put", "Request")
_ACTIONS = {
    "acm": "AddTagsToCertificate",
    "codepipeline": "TagResource",
    "ecr": "TagResource",
    "ecs": "TagResource",
    "elasticloadbalancing": "AddTags",
    "events": "TagResource",
    "iam:CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "iam:CreatePolicy": "TagPolicy",
    "iam:CreateRole": "TagRole",
    "kms": "TagResource",
    "logs": "TagResource",
    "rds": "AddTagsToResource",
    "s3": "TagResource",
    "secretsmanager": "TagResource",
    "ssm": "AddTagsToResource",
    "states": "TagResource",
}
"""The action, by the prefix of a service or by the action that creates the resource."""

_WITHOUT_ACTION = {
    "codebuild": "CodeBuild has no action that sets tags",
    "ec2": "tagging() yields the action for each tag specification",
}
"""The services that require no other action here, with the reason."""


def tagging(caller: Caller, name: str, action: Action, operation: str, members: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for the tags of a resource that a call creates.

    Args:
        caller: The caller.
        name: The name of the action that creates the resource, such as `ecs:CreateService`.
        action: The action.
        operation: The name of the operation.
        members: The members of the call.

    Raises:
        NotImplementedError: The tables do not have the service. The message names the file and the tables.
    """
    prefix = name.partition(":")[0]
    for specification in members.get("TagSpecifications", []):
        if specification.get("Tags"):
            arn = caller.arn("ec2", f"{specification['ResourceType']}/*")
            yield Request("ec2:CreateTags", arn, {"ec2:CreateAction": operation})
    tagged = members.get("Tags") or members.get("tags") or members.get("CreateBucketConfiguration", {}).get("Tags")
    verb = _ACTIONS.get(name) or _ACTIONS.get(prefix)
    if not tagged or not operation.startswith(_CREATES) or prefix in _WITHOUT_ACTION:
        return
    if not verb:
        raise NotImplementedError(
            f"localaws/iam/reference/tags.py: no entry for {name}, which creates a resource with tags; add the action "
            "that AWS also requires to _ACTIONS, or the service to _WITHOUT_ACTION"
        )
    by = actions.find(f"{prefix}:{verb}")
    if by is None:
        raise LookupError(f"AWS has no action {prefix}:{verb}")
    made = _made(caller, name, action, operation, members) or resources_of(
        caller, f"{prefix}:{verb}", by, operation, members
    )
    key = f"{prefix}:CreateAction"
    for arn in made:
        yield Request(f"{prefix}:{verb}", arn, {key: operation} if key in by.condition_keys else {})


def _made(caller: Caller, name: str, action: Action, operation: str, members: JsonObject) -> list[str]:
    """Return the ARNs of the created resource, which is of the last type that the reference requires."""
    if name == "elasticloadbalancing:CreateListener":
        return [f"{members['LoadBalancerArn'].replace(':loadbalancer/', ':listener/')}/*"]
    required = tuple(kind for kind in action.resource_types if kind.required)[-1:]
    made = replace(action, resource_types=required or action.resource_types)
    return resources_of(caller, name, made, operation, members) if made.resource_types else []
