"""The rule that starts the pipeline, with the pushed digest as the source revision."""

import json
from pathlib import Path
from typing import Any

import pytest
from constructs import Construct

from localaws.events.event_patterns import check, matches
from modules.delivery.push_trigger import PushTrigger
from modules.environment import Environment
from modules.repository import Repository
from settings import PipelineSettings
from tests.support.synthesized import DEV, REPOSITORY_NAME, Json, Stack, System, scratch

IMAGE, DOCKER_IMAGE = "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"
CACHE = "application/vnd.buildkit.cacheconfig.v0"
TAGS = ["latest", "latest-1", "v1", "v", "release-7", "sha-0a1b", "sha256-ab.sig", "sha256-ab", "sha256", "s", ""]


def event(tag: str | None, **detail: str) -> Json:
    """Return the event of a push. Without a media type, an index was pushed."""
    tagged = {} if tag is None else {"image-tag": tag}
    pushed = {"action-type": "PUSH", "result": "SUCCESS", "repository-name": "shop", "image-digest": "sha256:0"}
    return {"source": "aws.ecr", "detail-type": "ECR Image Action", "detail": pushed | tagged | detail}


def pattern(folder: Path, watch: str) -> Json:
    def declare(stack: Construct) -> None:
        environment, settings = Environment.of(DEV), PipelineSettings(watch=watch)
        repository = Repository(stack, "repository", environment=environment, settings=settings)
        PushTrigger(
            stack,
            "trigger",
            environment=environment,
            repository=repository,
            pipeline_arn="arn:aws:codepipeline:eu-central-1:123456789012:shop",
            settings=settings,
        )

    text = scratch(folder, declare).resource("aws_cloudwatch_event_rule")["event_pattern"]
    read: Json = json.loads(text.replace("${aws_ecr_repository.repository.name}", "shop"))
    return read


def image_tag(stack: Stack) -> Any:
    rule = stack.resources("aws_cloudwatch_event_rule")["pipeline_trigger"]
    return json.loads(rule["event_pattern"])["detail"]["image-tag"]


def test_a_successful_push_of_the_watched_tag_starts_the_pipeline(main: Stack) -> None:
    rule = main.resources("aws_cloudwatch_event_rule")["pipeline_trigger"]

    assert json.loads(rule.pop("event_pattern")) == {
        "source": ["aws.ecr"],
        "detail-type": ["ECR Image Action"],
        "detail": {
            "action-type": ["PUSH"],
            "result": ["SUCCESS"],
            "repository-name": [REPOSITORY_NAME],
            "image-tag": ["latest"],
            "artifact-media-type": [{"exists": False}, {"anything-but": {"prefix": "application/vnd.buildkit."}}],
        },
    }
    assert rule == {"name": "example-app-dev-push", "description": "a push of latest starts the pipeline"}


def test_the_digest_in_the_event_is_the_source_revision(main: Stack) -> None:
    target = main.resources("aws_cloudwatch_event_target")["pipeline_trigger_pipeline"]
    transformer = target.pop("input_transformer")

    assert transformer.pop("input_paths") == {"digest": "$.detail.image-digest"}
    assert json.loads(transformer.pop("input_template")) == {
        "sourceRevisions": [{"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}]
    }
    assert transformer == {}
    assert target == {
        "rule": "${aws_cloudwatch_event_rule.pipeline_trigger.name}",
        "arn": "${aws_codepipeline.pipeline.arn}",
        "role_arn": "${aws_iam_role.pipeline_trigger_role.arn}",
        "depends_on": ["aws_iam_role_policy.pipeline_trigger_role_rights"],
    }


def test_the_event_rule_can_only_start_this_pipeline(main: Stack) -> None:
    assert main.statements("pipeline_trigger_role") == [
        {
            "Sid": "StartPipeline",
            "Effect": "Allow",
            "Action": ["codepipeline:StartPipelineExecution"],
            "Resource": ["${aws_codepipeline.pipeline.arn}"],
        }
    ]


def test_a_pattern_is_matched_by_eventbridge(prod: System) -> None:
    assert image_tag(prod["prod-main"]) == [{"wildcard": "release-*"}]


@pytest.mark.parametrize("watch", ["latest", "v*", "*", "sha-*", "v*-rc*", "release-*", "sha256"])
def test_the_rule_matches_the_tags_that_settings_watch(watch: str, tmp_path: Path) -> None:
    settings, rule = PipelineSettings(watch=watch), pattern(tmp_path, watch)

    check(rule)
    for tag in TAGS:
        for media_type in ({}, {"artifact-media-type": IMAGE}, {"artifact-media-type": DOCKER_IMAGE}):
            assert matches(rule, event(tag, **media_type)) is settings.watches(tag), tag


@pytest.mark.parametrize("watch", ["latest", "v*", "*"])
def test_no_untagged_image_build_cache_or_deletion_matches(watch: str, tmp_path: Path) -> None:
    rule, tag = pattern(tmp_path, watch), watch.replace("*", "") or "main"

    assert matches(rule, event(tag))
    assert not matches(rule, event(None))
    assert not matches(rule, event(""))
    assert not matches(rule, event(tag, **{"artifact-media-type": CACHE}))
    assert not matches(rule, event(tag, **{"action-type": "DELETE"}))
    assert not matches(rule, event(tag, result="FAILURE"))
    assert not matches(rule, event(tag, **{"repository-name": "other"}))
