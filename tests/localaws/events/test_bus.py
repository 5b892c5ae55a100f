"""The events that start a pipeline.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
"""

import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.images.image import CONFIG, MANIFEST
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, System, clients, system
from tests.support.localaws.images import manifest

ANY_TAG = {
    "source": ["aws.ecr"],
    "detail": {"action-type": ["PUSH"], "result": ["SUCCESS"], "image-tag": [{"prefix": "v"}]},
}
BY_DIGEST = {
    "InputTransformer": {
        "InputPathsMap": {"revisionValue": "$.detail.image-digest"},
        "InputTemplate": json.dumps(
            {
                "sourceRevisions": [
                    {"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": "<revisionValue>"}
                ]
            }
        ),
    }
}
NOTHING = {"matched": False, "targets": []}


@pytest.fixture(scope="module")
def shop() -> System:
    return system("events")


def test_a_push_becomes_the_event_of_ecr_and_starts_the_target(shop: System) -> None:
    digest = shop.put_image("told")
    outcome = shop.delivery(**{"image-digest": digest})
    [event] = [d["event"] for d in clients().deliveries() if d["event"]["detail"].get("image-digest") == digest]
    assert event | {"id": "-", "time": "-"} == {
        "version": "0",
        "id": "-",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": ACCOUNT,
        "time": "-",
        "region": REGION,
        "resources": [],
        "detail": {
            "result": "SUCCESS",
            "repository-name": "events",
            "image-digest": digest,
            "action-type": "PUSH",
            "image-tag": "latest",
            "manifest-media-type": MANIFEST,
            "artifact-media-type": CONFIG,
        },
    }
    execution = shop.executions()[-1]
    started = execution["pipelineExecutionId"]
    assert outcome == {"matched": True, "targets": [{"id": "pipeline", "arn": shop.pipeline_arn, "started": started}]}
    assert shop.over(started)["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": shop.rule_arn}


def test_a_push_of_another_tag_starts_nothing(shop: System) -> None:
    before = shop.executions()
    shop.put_image("other tag", "nightly")
    assert shop.delivery(**{"image-tag": "nightly", "result": "SUCCESS"}) == NOTHING
    assert len(shop.executions()) == len(before)


def test_a_failed_push_starts_nothing(shop: System) -> None:
    before = shop.executions()
    with pytest.raises(ClientError):
        clients().client("ecr").put_image(
            repositoryName="events", imageManifest='{"schemaVersion": 2}', imageTag="latest"
        )
    assert shop.delivery(**{"image-tag": "latest", "result": "FAILURE"}) == NOTHING
    assert len(shop.executions()) == len(before)


def test_a_deletion_starts_nothing(shop: System) -> None:
    digest = shop.put_image("to be deleted", "old")
    before = shop.executions()
    ids = [{"imageTag": "old"}, {"imageTag": "never"}]
    clients().client("ecr").batch_delete_image(repositoryName="events", imageIds=ids)
    deleted = {"action-type": "DELETE", "image-tag": "old", "image-digest": digest, "result": "SUCCESS"}
    assert shop.delivery(**deleted) == NOTHING
    assert shop.delivery(**{"action-type": "DELETE", "image-tag": "never", "result": "FAILURE"}) == NOTHING
    assert len(shop.executions()) == len(before)


def test_a_disabled_rule_starts_nothing(shop: System) -> None:
    events = clients().client("events")
    events.disable_rule(Name="events")
    digest = shop.put_image("disabled")
    assert shop.delivery(**{"image-digest": digest}) == NOTHING
    events.enable_rule(Name="events")


def test_two_fast_pushes_are_each_deployed_by_digest() -> None:
    shop = system("by-digest", pattern=ANY_TAG, target=BY_DIGEST, mode="QUEUED", by_digest=True)
    digests = [shop.put_image(f"image {tag}", tag) for tag in ("v1", "v2")]
    for tag, digest in zip(("v1", "v2"), digests, strict=True):
        started = shop.delivery(**{"image-tag": tag})["targets"][0]["started"]
        assert shop.over(started)["status"] == "Succeeded"
        variables = shop.actions(started)["Push"]["output"]["outputVariables"]
        assert (variables["ImageDigest"], variables.get("ImageTag")) == (digest, None)


@pytest.mark.parametrize(
    ("principal", "reason"),
    [
        ({"Service": "codepipeline.amazonaws.com"}, " because no role trust policy allows the sts:AssumeRole action"),
        (None, ": the role does not exist"),
    ],
)
def test_a_role_that_events_cannot_assume_is_recorded(
    shop: System, principal: dict[str, str] | None, reason: str
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/untrusting"
    if principal:
        clients().role("untrusting", principal, rights=())
    before = shop.executions()
    put_target(shop, RoleArn=role)
    digest = shop.put_image(reason)
    outcome = shop.delivery(**{"image-digest": digest})
    put_target(shop)
    if principal:
        clients().client("iam").delete_role(RoleName="untrusting")
    assert outcome["targets"] == [
        {
            "id": "pipeline",
            "arn": shop.pipeline_arn,
            "error": f"EventBridge is not authorized to perform AssumeRole on role {role}{reason}",
        }
    ]
    assert len(shop.executions()) == len(before)


def test_a_missing_or_unsupported_target_is_recorded(shop: System) -> None:
    gone = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:gone"
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"
    put_target(shop, Id="gone", Arn=gone)
    put_target(shop, Id="queue", Arn=queue)
    digest = shop.put_image("no target")
    targets = {target["id"]: target.get("error") for target in shop.delivery(**{"image-digest": digest})["targets"]}
    clients().client("events").remove_targets(Rule="events", Ids=["gone", "queue"])
    assert targets == {
        "pipeline": None,
        "gone": f"Account '{ACCOUNT}' does not have a pipeline with name 'gone'",
        "queue": "The local AWS does not support targets of sqs",
    }


def test_an_error_of_a_rule_is_recorded_and_others_go_on(shop: System) -> None:
    events = clients().client("events")
    arn = events.put_rule(Name="a-broken", EventPattern='{"source": [{"like": "aws"}]}')["RuleArn"]
    digest = shop.put_image("with a broken rule")
    assert shop.delivery(**{"image-digest": digest})["matched"]
    [delivery] = [d for d in clients().deliveries() if d["event"]["detail"].get("image-digest") == digest]
    events.delete_rule(Name="a-broken")
    [broken] = [rule for rule in delivery["rules"] if rule["rule"] == arn]
    assert (broken["matched"], broken["targets"]) == (False, [])
    assert "EventBridge has no operator 'like'" in broken["error"]


def test_a_constant_input_without_overrides_is_ignored(shop: System) -> None:
    put_target(shop, Input='"just a text"')
    digest = shop.put_image("constant")
    outcome = shop.delivery(**{"image-digest": digest})
    put_target(shop)
    assert shop.over(outcome["targets"][0]["started"])["status"] == "Succeeded"


def put_target(shop: System, **changed: Any) -> None:
    target = {"Id": "pipeline", "Arn": shop.pipeline_arn, "RoleArn": shop.roles["events"]} | changed
    clients().client("events").put_targets(Rule=shop.name, Targets=[target])


def test_the_digest_of_a_push_is_that_of_its_manifest(shop: System) -> None:
    assert shop.put_image("digest", "d") == f"sha256:{hashlib.sha256(manifest('digest').encode()).hexdigest()}"
