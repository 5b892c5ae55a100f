"""Tests of log streams, with answers of ECS and CodeBuild."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from operations.system.logs.streams import Stream, Streams, of_build, of_container, of_project

OPTIONS = {"awslogs-group": "/ecs/shop", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "web"}


@pytest.mark.parametrize(
    ("container", "config", "streams"),
    [
        ("app", {"logDriver": "awslogs", "options": OPTIONS}, Streams("/ecs/shop", "web/app/")),
        ("app", {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/shop"}}, Streams("/ecs/shop")),
        ("app", {"logDriver": "splunk", "options": {}}, None),
        ("other", {"logDriver": "awslogs", "options": OPTIONS}, None),
    ],
)
def test_the_streams_of_a_container(container: str, config: Any, streams: Streams | None) -> None:
    definition: Any = {"containerDefinitions": [{"name": "app", "logConfiguration": config}]}

    assert of_container(definition, container) == streams


@pytest.mark.parametrize(
    ("config", "streams"),
    [
        ({}, Streams("/aws/codebuild/shop")),
        ({"cloudWatchLogs": {"status": "ENABLED"}}, Streams("/aws/codebuild/shop")),
        (
            {"cloudWatchLogs": {"status": "ENABLED", "groupName": "builds", "streamName": "shop"}},
            Streams("builds", "shop/"),
        ),
        ({"cloudWatchLogs": {"status": "DISABLED"}}, None),
    ],
)
def test_the_streams_of_builds(config: Any, streams: Streams | None) -> None:
    codebuild = client("codebuild")
    with Stubber(codebuild) as stub:
        stub.add_response("batch_get_projects", {"projects": [{"name": "shop", "logsConfig": config}]})

        assert of_project(codebuild, "shop") == streams


@pytest.mark.parametrize(
    ("builds", "stream"),
    [
        ([{"logs": {"groupName": "builds", "streamName": "1234"}}], Stream("builds", "1234")),
        ([{"logs": {"groupName": "builds"}}], None),
        ([{}], None),
        ([], None),
    ],
)
def test_the_stream_of_a_build(builds: list[Any], stream: Stream | None) -> None:
    codebuild = client("codebuild")
    with Stubber(codebuild) as stub:
        stub.add_response("batch_get_builds", {"builds": builds})

        assert of_build(codebuild, "shop:1234") == stream


def client(service: str) -> Any:
    return boto3.client(service, region_name="eu-central-1", aws_access_key_id="id", aws_secret_access_key="key")
