"""The calls of CodePipeline's deploy action, without a pipeline."""

from typing import Any


def deploy(ecs: Any, *, cluster: str, service: str, image: str) -> dict[str, Any]:
    """Register the service's revision with another image, deploy it, and return the new revision.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECS.html
    """
    [running] = ecs.describe_services(cluster=cluster, services=[service])["services"]
    described = ecs.describe_task_definition(taskDefinition=running["taskDefinition"])["taskDefinition"]
    taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    given = {name: value for name, value in described.items() if name in taken}
    given["containerDefinitions"][0]["image"] = image
    made: dict[str, Any] = ecs.register_task_definition(**given)["taskDefinition"]
    ecs.update_service(cluster=cluster, service=service, taskDefinition=made["taskDefinitionArn"])
    return made
