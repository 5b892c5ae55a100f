"""The log stream of a build."""

import pytest

from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.builds import build, commands


@pytest.mark.parametrize(
    ("config", "group", "stream"),
    [
        ({}, None, "1234"),
        ({"status": "ENABLED", "groupName": "ours", "streamName": "shop"}, "ours", "shop/1234"),
    ],
)
def test_the_log_goes_to_the_stream_of_the_project(
    role: str, config: dict[str, str], group: str | None, stream: str
) -> None:
    logs = clients().client("logs")
    run = build(role, commands("echo hello", keep=None), logsConfig={"cloudWatchLogs": config} if config else {})
    name = group or f"/aws/codebuild/{run.request['projectName']}"
    events = logs.get_log_events(logGroupName=name, logStreamName=stream, startFromHead=True)["events"]
    assert "hello" in [event["message"].strip() for event in events]


def test_a_disabled_log_is_not_sent(role: str) -> None:
    run = build(role, commands("true", keep=None), logsConfig={"cloudWatchLogs": {"status": "DISABLED"}})
    assert run.status == "SUCCEEDED"
    prefix = f"/aws/codebuild/{run.request['projectName']}"
    assert clients().client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"] == []
