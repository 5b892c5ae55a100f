"""The service events, which DescribeServices returns newest first.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from moto.ecs.models import Service

from localaws.ecs.service_tasks import Task, task_id

MOST_EVENTS = 100


def add(service: Service, text: str) -> None:
    """Add an event. Its message is the service's name and the text."""
    event = {"id": str(uuid4()), "createdAt": datetime.now(UTC), "message": f"(service {service.name}) {text}"}
    service.events = [event, *service.events][:MOST_EVENTS]


def started(service: Service, tasks: Sequence[Task]) -> None:
    """Add the event that the scheduler started tasks."""
    add(service, f"has started {len(tasks)} tasks: {_listed(tasks)}.")


def stopped(service: Service, tasks: Sequence[Task]) -> None:
    """Add the event that the scheduler stopped tasks."""
    add(service, f"has stopped {len(tasks)} running tasks: {_listed(tasks)}.")


def registered(service: Service, tasks: Sequence[Task]) -> None:
    """Add the event that ECS registered tasks in the target groups of the service."""
    for group in _target_groups(service):
        add(service, f"registered {len(tasks)} targets in (target-group {group})")


def deregistered(service: Service, tasks: Sequence[Task]) -> None:
    """Add the event that ECS deregistered tasks from the target groups of the service."""
    for group in _target_groups(service):
        add(service, f"deregistered {len(tasks)} targets in (target-group {group})")


def _listed(tasks: Sequence[Task]) -> str:
    return " ".join(f"(task {task_id(task)})" for task in tasks)


def _target_groups(service: Service) -> list[str]:
    return [each["targetGroupArn"] for each in service.load_balancers if each.get("targetGroupArn")]
