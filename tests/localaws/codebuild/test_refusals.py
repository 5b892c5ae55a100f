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
