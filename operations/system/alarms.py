"""The alarms of an environment in CloudWatch. This project declares none, but a team can add alarms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.system.certificate import owns
from settings import Settings


@dataclass(frozen=True)
class Alarm:
    """An alarm."""

    name: str
    state: str
    """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
    reason: str
    since: datetime


def of_environment(cloudwatch: Any, settings: Settings) -> list[Alarm]:
    """Return the alarms whose names begin with the name of the system, and that have the tags of the environment.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html

    Args:
        cloudwatch: A client of CloudWatch.
        settings: The settings of the environment.

    Raises:
        ClientError: AWS refuses a request.
    """
    return [
        Alarm(found["AlarmName"], found["StateValue"], found.get("StateReason", ""), found["StateUpdatedTimestamp"])
        for found in _named(cloudwatch, settings.name)
        if owns(settings, cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"])
    ]


def _named(cloudwatch: Any, prefix: str) -> Iterator[dict[str, Any]]:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    for page in pages:
        yield from page.get("MetricAlarms", [])
        yield from page.get("CompositeAlarms", [])
