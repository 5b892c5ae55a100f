"""Log events, as AWS and the local AWS return them, and moto alone does not."""

import time
from typing import Any

from localaws.logs import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.filter_messages_with_all_patterns, in_aws=[["one", "two"], ["one"], ["two"]])
def test_events_by_optional_excluded_and_regular_terms(client: Client) -> object:
    logs, name = client("logs"), written(client, a=["one", "two", "three"])
    patterns = ("?one ?two", "-t", "%^tw[a-z]$%")
    return [messages(logs.filter_log_events(logGroupName=name, filterPattern=pattern)) for pattern in patterns]


@case(fixes.sort_the_events_of_all_streams, in_aws=["a1", "b2", "a3"])
def test_events_of_two_streams(client: Client) -> object:
    return messages(client("logs").filter_log_events(logGroupName=written(client, a=["a1", "", "a3"], b=["", "b2"])))


@case(fixes.filter_by_the_prefix_of_streams, in_aws=[["a1"], []])
def test_events_of_the_streams_with_a_prefix(client: Client) -> object:
    logs, name = client("logs"), written(client, app=["a1"], other=["b1"])
    return [
        messages(logs.filter_log_events(logGroupName=name, logStreamNamePrefix=prefix)) for prefix in ("ap", "none")
    ]


def messages(answer: dict[str, Any]) -> list[str]:
    return [event["message"] for event in answer["events"]]


def written(client: Client, **streams: list[str]) -> str:
    """Return the name of a new log group with these streams. The events of a stream are a second apart."""
    logs, name, now = client("logs"), f"/fixes/{time.time_ns()}", int(time.time() * 1000)
    logs.create_log_group(logGroupName=name)
    for stream, lines in streams.items():
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        events = [{"timestamp": now + 1000 * second, "message": line} for second, line in enumerate(lines) if line]
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=events)
    return name
