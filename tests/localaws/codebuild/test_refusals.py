"""What CodeBuild refuses, our server too, and moto alone does not."""

from localaws.codebuild import refusals
from tests.support.localaws.fixes import Client, case, refusal
from tests.support.localaws.roles import role

ECS = "ecs-tasks.amazonaws.com"


@case(
    refusals.a_project_whose_role_does_not_trust_it,
    in_aws=[f"InvalidInputException: CodeBuild is not authorized to perform: sts:AssumeRole on {ECS}"] * 2 + [""],
)
def test_projects_whose_role_is_gone_trusts_another_service_and_trusts_it(client: Client) -> object:
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


@case(refusals.a_time_out_of_the_queue_on_lambda_compute, in_aws=[QUEUED, "", QUEUED, "", QUEUED])
def test_projects_on_lambda_compute_with_and_without_a_time_out_of_the_queue(client: Client) -> object:
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
