"""Requests that CodeBuild and the local AWS refuse and moto alone accepts."""

from localaws.codebuild import refusals
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.roles import role

ECS = "ecs-tasks.amazonaws.com"


@case(
    refusals.refuse_untrusting_project_roles,
    in_aws=[f"InvalidInputException: CodeBuild is not authorized to perform: sts:AssumeRole on {ECS}"] * 2 + [""],
)
def test_projects_with_missing_wrong_and_correct_roles(client: Client) -> object:
    def created(arn: str) -> str:
        return refusal(
            client("codebuild").create_project,
            name="trusted",
            source={"type": "NO_SOURCE", "location": "-"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=arn,
        ).replace(arn, ECS)

    gone = "arn:aws:iam::123456789012:role/gone"
    return [
        created(gone),
        created(role(client, "task", ECS)),
        created(role(client, "build", "codebuild.amazonaws.com")),
    ]


QUEUED = "InvalidInputException: Cannot specify queuedTimeoutInMinutes for lambda compute"
ON_LAMBDA = {"type": "LINUX_LAMBDA_CONTAINER", "image": "i", "computeType": "BUILD_LAMBDA_1GB"}


@case(refusals.refuse_queue_timeouts_on_lambda, in_aws=[QUEUED, "", QUEUED, "", QUEUED])
def test_queue_timeouts_on_lambda_and_on_ec2_compute(client: Client) -> object:
    builds = client("codebuild")

    def created(name: str, environment: dict[str, str], **settings: int) -> str:
        return refusal(
            builds.create_project,
            name=name,
            source={"type": "NO_SOURCE", "location": "-"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment=environment,
            serviceRole=role(client, "build", "codebuild.amazonaws.com"),
            **settings,
        )

    on_ec2 = {"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"}
    return [
        created("queued", ON_LAMBDA, queuedTimeoutInMinutes=30),
        created("queued", on_ec2, queuedTimeoutInMinutes=30),
        refusal(builds.update_project, name="queued", environment=ON_LAMBDA, queuedTimeoutInMinutes=30),
        refusal(builds.update_project, name="queued", environment=ON_LAMBDA, timeoutInMinutes=15),
        refusal(builds.update_project, name="queued", queuedTimeoutInMinutes=30),
    ]
