"""Task definitions that the local AWS returns as ECS does and moto alone does not."""

from localaws.ecs import task_definition_fixes
from tests.support.localaws.fixes import Client, case


@case(
    task_definition_fixes.list_required_attributes,
    in_aws=[
        "com.amazonaws.ecs.capability.docker-remote-api.1.18",
        "com.amazonaws.ecs.capability.docker-remote-api.1.19",
        "com.amazonaws.ecs.capability.ecr-auth",
        "com.amazonaws.ecs.capability.logging-driver.awslogs",
        "ecs.capability.container-health-check",
        "ecs.capability.execution-role-awslogs",
        "ecs.capability.execution-role-ecr-pull",
        "ecs.capability.secrets.asm.environment-variables",
        "ecs.capability.task-eni",
    ],
)
def test_what_the_host_of_a_task_must_have(client: Client) -> object:
    container = {
        "name": "app",
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:latest",
        "healthCheck": {"command": ["CMD", "true"]},
        "logConfiguration": {"logDriver": "awslogs"},
        "secrets": [{"name": "KEY", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:key"}],
    }
    definition = client("ecs").register_task_definition(
        family="needs",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        containerDefinitions=[container],
    )["taskDefinition"]
    return [attribute["name"] for attribute in definition.get("requiresAttributes", [])]


@case(
    task_definition_fixes.fill_in_container_defaults,
    in_aws={
        "name": "app",
        "image": "i",
        "cpu": 0,
        "environment": [],
        "essential": True,
        "mountPoints": [],
        "portMappings": [],
        "volumesFrom": [],
        "linuxParameters": {"capabilities": {"add": [], "drop": ["ALL"]}},
        "healthCheck": {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3},
    },
)
def test_a_container_without_what_ecs_fills_in(client: Client) -> object:
    container = {
        "name": "app",
        "image": "i",
        "linuxParameters": {"capabilities": {"drop": ["ALL"]}},
        "healthCheck": {"command": ["CMD", "true"]},
    }
    registered = client("ecs").register_task_definition(
        family="filled", containerDefinitions=[container], cpu="256", memory="512"
    )
    return registered["taskDefinition"]["containerDefinitions"][0]
