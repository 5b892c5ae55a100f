"""Checks of the roles of a task, and of the log group."""

from collections.abc import Iterator

from operations.commands.verify.subject import Subject
from operations.preflight.finding import Finding, ok, problem
from operations.system.deployed import DeployedEnvironment

PLACE, LOGS, PULL = "roles", "log group", "pull"
TASKS = "ecs-tasks.amazonaws.com"
PULLS = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
WRITES = ["logs:CreateLogStream", "logs:PutLogEvents"]
"""The actions with which ECS pulls the image and writes the log.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""


def check(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that the roles exist, and that ECS may assume them."""
    definition = subject.definition
    for kind, arn in (("execution role", definition.execution_role), ("task role", definition.task_role)):
        if not arn:
            continue
        found = deployed.role(arn)
        if found and TASKS in found.services:
            yield ok(kind, f"ECS may assume {arn.rpartition('/')[2]}")
            continue
        what = f"does not trust {TASKS}" if found else "does not exist"
        yield problem(
            kind,
            f"{arn} {what}, so no task can start",
            advice=f"run make deploy ENV={deployed.name}",
        )


def pull(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that the policies of the execution role allow it to pull images."""
    role = subject.definition.execution_role
    _, partition, _, _, account, _ = role.split(":", 5)
    settings = deployed.settings
    repository = f"arn:{partition}:ecr:{settings.region}:{account}:repository/{settings.name}"
    asked = [("ecr:GetAuthorizationToken", "*"), *((action, repository) for action in PULLS)]
    yield _allowed(deployed, subject, PULL, asked, "pull images")


def log_group(deployed: DeployedEnvironment, subject: Subject) -> Iterator[Finding]:
    """Check that the log group exists, and that the policies of the execution role allow it to write."""
    streams = subject.definition.logs
    if streams is None:
        yield ok(LOGS, "the container does not write to CloudWatch Logs")
        return
    if not deployed.has_log_group(streams.group):
        yield problem(
            LOGS,
            f"{streams.group} does not exist, so no task can start",
            advice=f"run make deploy ENV={deployed.name}",
        )
        return
    role = subject.definition.execution_role
    _, partition, _, _, account, _ = role.split(":", 5)
    group = f"arn:{partition}:logs:{deployed.settings.region}:{account}:log-group:{streams.group}:log-stream:*"
    asked = [(action, group) for action in WRITES]
    yield _allowed(deployed, subject, LOGS, asked, f"write to {streams.group}")


def _allowed(
    deployed: DeployedEnvironment, subject: Subject, place: str, asked: list[tuple[str, str]], what: str
) -> Finding:
    role = subject.definition.execution_role
    denied = [action for action, resource in asked if not deployed.may(role, action, resource)]
    if not denied:
        return ok(place, f"the policies of the execution role allow it to {what}")
    return problem(
        place,
        f"the policies of the execution role do not allow {', '.join(denied)}, so no task can start",
        advice=f"run make deploy ENV={deployed.name}, or allow them in a policy of {role}",
    )
