"""Task definitions for the tests of ECS."""

from typing import Any

from tests.support.localaws.fixes import Client

CONTAINER = {"name": "web", "image": "i", "portMappings": [{"containerPort": 80}]}


def register(client: Client, family: str, **settings: Any) -> Any:
    """Register a task definition of one container for Fargate."""
    defaults = {
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [CONTAINER],
    }
    return client("ecs").register_task_definition(family=family, **defaults | settings)
