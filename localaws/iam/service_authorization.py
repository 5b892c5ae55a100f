"""The requests to IAM for each call: actions, resources and context.

The requests of most operations follow from AWS's Service Authorization Reference (`reference/`). The table here has the
operations whose requests do not. An operation whose requests are unknown is refused, so no call is made without a
decision of IAM.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from botocore.exceptions import ClientError

from localaws.iam import encrypted
from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.iam.on_behalf import on_behalf
from localaws.iam.reference.derivation import derived
from localaws.json_types import JsonObject

RequestBuilder = Callable[[Caller, JsonObject], Iterator[Request]]


def requests_for(caller: Caller, service: str, operation: str, parameters: JsonObject) -> list[Request]:
    """Return the requests that IAM must allow before a call is made.

    Args:
        caller: The caller.
        service: The name of the service in botocore.
        operation: The name of the operation.
        parameters: The members of the call.

    Raises:
        NotImplementedError: The requests are unknown. The message names the file and the table that lack an entry.
    """
    build = _BUILDERS.get(f"{service}:{operation}")
    own = build(caller, parameters) if build else derived(caller, service, operation, parameters)
    return [*own, *on_behalf(caller, service, operation, parameters)]


def _batch_get_builds(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    for project in sorted({build.rpartition("/")[2].partition(":")[0] for build in parameters["ids"]}):
        yield Request("codebuild:BatchGetBuilds", caller.arn("codebuild", f"project/{project}"))


def _create_log_stream(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    stream = f"log-group:{parameters['logGroupName']}:log-stream:{parameters['logStreamName']}"
    yield Request("logs:CreateLogStream", caller.arn("logs", stream))


def _delete_objects(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for DeleteObjects, one for each object.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
    """
    for one in parameters["Delete"]["Objects"]:
        action = "s3:DeleteObjectVersion" if one.get("VersionId") else "s3:DeleteObject"
        yield Request(action, f"arn:{caller.partition}:s3:::{parameters['Bucket']}/{one['Key']}")


def _register_task_definition(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for RegisterTaskDefinition.

    Since 2025, AWS documents a resource for this action. But in field reports, AWS denied the action to roles with a
    policy that names the resource, so the resource here is `*`.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html#edit-role-ecs
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    """
    yield Request("ecs:RegisterTaskDefinition", "*")
    if parameters.get("tags"):
        revisions = caller.arn("ecs", f"task-definition/{parameters['family']}:*")
        yield Request("ecs:TagResource", revisions, {"ecs:CreateAction": "RegisterTaskDefinition"})
    for role in sorted({parameters[name] for name in ("taskRoleArn", "executionRoleArn") if parameters.get(name)}):
        yield Request("iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def _list_tasks(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the request to IAM for ListTasks, which names the cluster only in its context.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    cluster = parameters.get("cluster", "default").rpartition("/")[2]
    yield Request("ecs:ListTasks", "*", {"ecs:cluster": caller.arn("ecs", f"cluster/{cluster}")})


def _run_task(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for RunTask, which passes the roles of the task definition or those that override them.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_id-based-policy-examples.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    """
    cluster = parameters.get("cluster", "default").rpartition("/")[2]
    of_cluster = {"ecs:cluster": caller.arn("ecs", f"cluster/{cluster}")}
    revision, roles = parameters["taskDefinition"].rpartition("/")[2], {}
    ecs = caller.client("ecs")
    with suppress(ClientError):  # the call itself reports a revision that does not exist
        roles = ecs.describe_task_definition(taskDefinition=parameters["taskDefinition"])["taskDefinition"]
        revision = roles["taskDefinitionArn"].rpartition("/")[2]
    exec_ = {"ecs:enable-execute-command": str(bool(parameters.get("enableExecuteCommand"))).lower()}
    yield Request("ecs:RunTask", caller.arn("ecs", f"task-definition/{revision}"), of_cluster | exec_)
    if parameters.get("tags") or parameters.get("propagateTags"):
        tasks = caller.arn("ecs", f"task/{cluster}/*")
        yield Request("ecs:TagResource", tasks, {"ecs:CreateAction": "RunTask"})
    roles = roles | parameters.get("overrides", {})
    for role in sorted({roles[name] for name in ("taskRoleArn", "executionRoleArn") if roles.get(name)}):
        yield Request("iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def _start_session(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for StartSession with a container of a task, and for its document.

    A document of AWS has no account in its ARN.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-limit-access-start-session
    https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-specify-session-document.html
    """
    cluster, task, _ = parameters["Target"].removeprefix("ecs:").split("_")
    yield Request("ssm:StartSession", caller.arn("ecs", f"task/{cluster}/{task}"))
    if document := parameters.get("DocumentName"):
        arn = f"arn:{caller.partition}:ssm:{caller.region}::document/{document}"
        yield Request("ssm:StartSession", arn)


_BUILDERS: dict[str, RequestBuilder] = {
    "codebuild:BatchGetBuilds": _batch_get_builds,
    "ecs:ListTasks": _list_tasks,
    "ecs:RegisterTaskDefinition": _register_task_definition,
    "ecs:RunTask": _run_task,
    "logs:CreateLogStream": _create_log_stream,
    "logs:PutLogEvents": encrypted.put_log_events,
    "s3:DeleteObjects": _delete_objects,
    "s3:GetObject": encrypted.get_object,
    "s3:PutObject": encrypted.put_object,
    "secretsmanager:GetSecretValue": encrypted.get_secret_value,
    "ssm:GetParameter": encrypted.get_parameter,
    "ssm:GetParameters": encrypted.get_parameters,
    "ssm:StartSession": _start_session,
}
