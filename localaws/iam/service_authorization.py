"""The requests to IAM for each call that an AWS service makes with a role: actions, resources and context.

An operation that is not in the table is refused, so no call is made without a decision of IAM.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterator

from localaws.iam import encrypted
from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.json_types import JsonObject

RequestBuilder = Callable[[Caller, JsonObject], Iterator[Request]]


def requests_for(caller: Caller, service: str, operation: str, parameters: JsonObject) -> list[Request]:
    """Return the requests that IAM must allow before a call is made.

    Raises:
        NotImplementedError: The table does not have the operation.
    """
    build = _BUILDERS.get(f"{service}:{operation}")
    if not build:
        raise NotImplementedError(
            f"localaws/iam/service_authorization.py: no entry for {service}:{operation}; add its requests to IAM"
        )
    return list(build(caller, parameters))


def _on_resource(action: str, resource: str) -> RequestBuilder:
    """Return the builder for an action on one resource in the caller's account and region.

    Args:
        action: The action.
        resource: The end of the ARN, with names of parameters in braces, such as `project/{projectName}`.
    """
    service = action.partition(":")[0]

    def build(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
        yield Request(action, caller.arn(service, resource.format_map(parameters)))

    return build


def _without_resource(action: str) -> RequestBuilder:
    """Return the builder for an action without resource-level permissions."""

    def build(_: Caller, __: JsonObject) -> Iterator[Request]:
        yield Request(action, "*")

    return build


def _batch_get_builds(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    for project in sorted({build.partition(":")[0] for build in parameters["ids"]}):
        yield Request("codebuild:BatchGetBuilds", caller.arn("codebuild", f"project/{project}"))


def _services(action: str) -> RequestBuilder:
    """Return the builder for an action on each ECS service that the parameters name.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """

    def build(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
        cluster = parameters["cluster"].rpartition("/")[2]
        for service in parameters.get("services") or [parameters["service"]]:
            name = service.rpartition("/")[2]
            yield Request(
                action,
                caller.arn("ecs", f"service/{cluster}/{name}"),
                {"ecs:cluster": caller.arn("ecs", f"cluster/{cluster}")},
            )

    return build


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
    cluster = parameters["cluster"].rpartition("/")[2]
    yield Request("ecs:ListTasks", "*", {"ecs:cluster": caller.arn("ecs", f"cluster/{cluster}")})


def _describe_tasks(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for DescribeTasks.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    cluster = parameters["cluster"].rpartition("/")[2]
    context = {"ecs:cluster": caller.arn("ecs", f"cluster/{cluster}")}
    for task in parameters["tasks"]:
        yield Request("ecs:DescribeTasks", caller.arn("ecs", f"task/{cluster}/{task.rpartition('/')[2]}"), context)


_BUILDERS: dict[str, RequestBuilder] = {
    "codebuild:BatchGetBuilds": _batch_get_builds,
    "codebuild:StartBuild": _on_resource("codebuild:StartBuild", "project/{projectName}"),
    "codepipeline:GetPipelineState": _on_resource("codepipeline:GetPipelineState", "{name}"),
    "codepipeline:ListActionExecutions": _on_resource("codepipeline:ListActionExecutions", "{pipelineName}"),
    "codepipeline:StopPipelineExecution": _on_resource("codepipeline:StopPipelineExecution", "{pipelineName}"),
    "codepipeline:StartPipelineExecution": _on_resource("codepipeline:StartPipelineExecution", "{name}"),
    "ecr:BatchCheckLayerAvailability": _on_resource("ecr:BatchCheckLayerAvailability", "repository/{repositoryName}"),
    "ecr:BatchGetImage": _on_resource("ecr:BatchGetImage", "repository/{repositoryName}"),
    "ecr:DescribeImages": _on_resource("ecr:DescribeImages", "repository/{repositoryName}"),
    "ecr:GetAuthorizationToken": _without_resource("ecr:GetAuthorizationToken"),
    "ecr:GetDownloadUrlForLayer": _on_resource("ecr:GetDownloadUrlForLayer", "repository/{repositoryName}"),
    "ecs:DescribeServices": _services("ecs:DescribeServices"),
    "ecs:DescribeTaskDefinition": _without_resource("ecs:DescribeTaskDefinition"),
    "ecs:DescribeTasks": _describe_tasks,
    "ecs:ListTasks": _list_tasks,
    "ecs:RegisterTaskDefinition": _register_task_definition,
    "ecs:UpdateService": _services("ecs:UpdateService"),
    "logs:CreateLogGroup": _on_resource("logs:CreateLogGroup", "log-group:{logGroupName}"),
    "logs:CreateLogStream": _on_resource("logs:CreateLogStream", "log-group:{logGroupName}:log-stream:{logStreamName}"),
    "logs:PutLogEvents": encrypted.put_log_events,
    "s3:GetObject": encrypted.get_object,
    "s3:PutObject": encrypted.put_object,
    "secretsmanager:GetSecretValue": encrypted.get_secret_value,
    "ssm:GetParameters": encrypted.get_parameters,
    "stepfunctions:StartExecution": lambda _, parameters: iter(
        [Request("states:StartExecution", parameters["stateMachineArn"])]
    ),
}
