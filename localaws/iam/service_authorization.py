"""What IAM is asked for a call of an AWS API: which actions, on which resources, in which context.

One table for every call that is made for a role. A call that is not in it is refused: nothing gets past IAM unasked.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterator

from localaws.iam import encrypted
from localaws.iam.call import Given, Place
from localaws.iam.evaluation import Request

Asked = Callable[[Place, Given], Iterator[Request]]


def asked(place: Place, service: str, operation: str, given: Given) -> list[Request]:
    """The requests that IAM must all allow before an operation (`ecs`, `UpdateService`) is carried out."""
    ask = _CALLS.get(f"{service}:{operation}")
    if not ask:
        raise NotImplementedError(f"The local AWS does not know what IAM is asked for {service}:{operation}")
    return list(ask(place, given))


def _named(action: str, resource: str) -> Asked:
    """One action on one resource of the caller's account and region, whose name is among the parameters."""
    service = action.partition(":")[0]

    def ask(place: Place, given: Given) -> Iterator[Request]:
        yield Request(action, place.arn(service, resource.format_map(given)))

    return ask


def _anything(action: str) -> Asked:
    """An action for which AWS takes no resource."""

    def ask(_: Place, __: Given) -> Iterator[Request]:
        yield Request(action, "*")

    return ask


def _batch_get_builds(place: Place, given: Given) -> Iterator[Request]:
    for project in sorted({build.partition(":")[0] for build in given["ids"]}):
        yield Request("codebuild:BatchGetBuilds", place.arn("codebuild", f"project/{project}"))


def _services(action: str) -> Asked:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html"""

    def ask(place: Place, given: Given) -> Iterator[Request]:
        cluster = given["cluster"].rpartition("/")[2]
        for service in given.get("services") or [given["service"]]:
            name = service.rpartition("/")[2]
            yield Request(
                action,
                place.arn("ecs", f"service/{cluster}/{name}"),
                {"ecs:cluster": place.arn("ecs", f"cluster/{cluster}")},
            )

    return ask


def _register_task_definition(place: Place, given: Given) -> Iterator[Request]:
    """Registering asks for no ARN: one is listed since 2025, and policies with one were denied in the field.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html#edit-role-ecs
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html
    """
    yield Request("ecs:RegisterTaskDefinition", "*")
    if given.get("tags"):
        revisions = place.arn("ecs", f"task-definition/{given['family']}:*")
        yield Request("ecs:TagResource", revisions, {"ecs:CreateAction": "RegisterTaskDefinition"})
    for role in sorted({given[name] for name in ("taskRoleArn", "executionRoleArn") if given.get(name)}):
        yield Request("iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def _list_tasks(place: Place, given: Given) -> Iterator[Request]:
    """No ARN, but the cluster as the context.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
    """
    cluster = given["cluster"].rpartition("/")[2]
    yield Request("ecs:ListTasks", "*", {"ecs:cluster": place.arn("ecs", f"cluster/{cluster}")})


def _describe_tasks(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html"""
    cluster = given["cluster"].rpartition("/")[2]
    context = {"ecs:cluster": place.arn("ecs", f"cluster/{cluster}")}
    for task in given["tasks"]:
        yield Request("ecs:DescribeTasks", place.arn("ecs", f"task/{cluster}/{task.rpartition('/')[2]}"), context)


_CALLS: dict[str, Asked] = {
    "codebuild:BatchGetBuilds": _batch_get_builds,
    "codebuild:StartBuild": _named("codebuild:StartBuild", "project/{projectName}"),
    "codepipeline:GetPipelineState": _named("codepipeline:GetPipelineState", "{name}"),
    "codepipeline:ListActionExecutions": _named("codepipeline:ListActionExecutions", "{pipelineName}"),
    "codepipeline:StopPipelineExecution": _named("codepipeline:StopPipelineExecution", "{pipelineName}"),
    "codepipeline:StartPipelineExecution": _named("codepipeline:StartPipelineExecution", "{name}"),
    "ecr:BatchCheckLayerAvailability": _named("ecr:BatchCheckLayerAvailability", "repository/{repositoryName}"),
    "ecr:BatchGetImage": _named("ecr:BatchGetImage", "repository/{repositoryName}"),
    "ecr:DescribeImages": _named("ecr:DescribeImages", "repository/{repositoryName}"),
    "ecr:GetAuthorizationToken": _anything("ecr:GetAuthorizationToken"),
    "ecr:GetDownloadUrlForLayer": _named("ecr:GetDownloadUrlForLayer", "repository/{repositoryName}"),
    "ecs:DescribeServices": _services("ecs:DescribeServices"),
    "ecs:DescribeTaskDefinition": _anything("ecs:DescribeTaskDefinition"),
    "ecs:DescribeTasks": _describe_tasks,
    "ecs:ListTasks": _list_tasks,
    "ecs:RegisterTaskDefinition": _register_task_definition,
    "ecs:UpdateService": _services("ecs:UpdateService"),
    "logs:CreateLogGroup": _named("logs:CreateLogGroup", "log-group:{logGroupName}"),
    "logs:CreateLogStream": _named("logs:CreateLogStream", "log-group:{logGroupName}:log-stream:{logStreamName}"),
    "logs:PutLogEvents": encrypted.put_log_events,
    "s3:GetObject": encrypted.get_object,
    "s3:PutObject": encrypted.put_object,
    "secretsmanager:GetSecretValue": encrypted.get_secret_value,
    "ssm:GetParameters": encrypted.get_parameters,
    "stepfunctions:StartExecution": lambda _, given: iter([Request("states:StartExecution", given["stateMachineArn"])]),
}
