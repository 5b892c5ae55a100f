"""Tests of `make promote`: an image goes live in another environment by one execution, or nothing changes."""

import json
import os
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from rich.filesize import decimal

from operations import command, promote
from operations.images import copy
from operations.images.manifests import digest
from operations.wait import until
from rehearsal.images.image import Image, push_image
from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, TIMEOUT_SECONDS, clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.localaws.fixes import refusal
from tests.support.ops.terminal import typed, without_terminal

pytestmark = pytest.mark.slow

RELEASES: dict[str, Any] = {
    "tags": [{"prefix": "v"}],
    "target": {
        "InputTransformer": {
            "InputPathsMap": {"digest": "$.detail.image-digest"},
            "InputTemplate": json.dumps(
                {
                    "sourceRevisions": [
                        {"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}
                    ]
                }
            ),
        }
    },
}
"""A rule for pushes of the tags that begin with `v`, each of which starts an execution with its digest."""

_numbers = count(1)


@dataclass
class Pair:
    """Two environments, and the settings file that has both."""

    dev: Deployed
    live: Deployed
    file: Path
    capsys: pytest.CaptureFixture[str]

    def settings(self, **of_live: Any) -> None:
        """Write the settings, in which only those of the target vary."""
        common = {"app": self.dev.name.removesuffix("-dev"), "region": REGION, "protect": False}
        tables = {"dev": {"domain": "dev.example.com"}, "live": {"domain": "www.example.com"} | of_live}
        self.file.write_text(tomli_w.dumps({"defaults": common} | tables), encoding="utf-8")

    def promote(self, *arguments: str) -> tuple[int, list[str], str]:
        """Run the program; its exit code, and what it says to standard output and error."""
        sys.argv = ["promote", *(arguments or ("dev", "live"))]
        code = promote.main()
        said = self.capsys.readouterr()
        return code, said.out.splitlines(), said.err


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pair:
    return made(tmp_path, monkeypatch, capsys)


def made(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **of_live: Any) -> Pair:
    app, file = f"promote{next(_numbers)}", folder / "environments.toml"
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(file))
    monkeypatch.setattr(sys, "argv", [])
    found = Pair(deployed(f"{app}-dev"), deployed(f"{app}-live", **of_live), file, capsys)
    found.settings()
    return found


def test_the_image_goes_live_by_the_push_of_the_watched_tag(pair: Pair) -> None:
    top = pair.dev.deliver(b"one")

    code, said, errors = pair.promote()

    assert (code, errors) == (0, "")
    assert pair.live.runs() == f"{pair.live.repository_uri}@{top}"
    assert pair.live.repository.image(top) == pair.dev.repository.image(top)
    assert pair.live.repository.tags(top) == ["latest"]
    assert pair.live.started() == [("CloudWatchEvent", "Succeeded")]
    execution = pair.live.executions()[-1]["pipelineExecutionId"]
    size = sum(blob.size_bytes for blob in pair.dev.repository.image(top).blobs)
    assert said == [
        f"dev runs {top}",
        f"live runs shop:first ({pair.live.name}:1)",
        f"copies 3 manifests and 4 of 4 blobs ({decimal(size)}) to {pair.live.repository_uri}",
        f"the push of the tag latest starts one execution of the pipeline {pair.live.name}",
        *(
            f"blob {number} of 4: {blob.digest[:19]}…, {decimal(blob.size_bytes)}"
            for number, blob in enumerate(pair.dev.repository.image(top).blobs, 1)
        ),
        f"execution {execution}",
        *(f"{action}: Succeeded" for action in ("Source/Push", "Build/Build", "Deploy/Deploy")),
        f"live runs {top} ({pair.live.name}:2)",
    ]


def test_a_second_promotion_does_nothing(pair: Pair) -> None:
    top = pair.dev.deliver(b"one")
    pair.promote()

    assert pair.promote() == (0, [f"live already runs {top} ({pair.live.name}:2); nothing was done"], "")
    assert len(pair.live.started()) == 1


def test_an_image_that_has_the_tag_is_started_by_digest(pair: Pair) -> None:
    top = pair.dev.deliver(b"one")
    pair.promote()
    pair.live.aws.client("ecs").update_service(
        cluster=pair.live.name, service=pair.live.name, taskDefinition=f"{pair.live.name}:1"
    )
    until(lambda: pair.live.service()["deployments"][0]["rolloutState"] == "COMPLETED" or None, TIMEOUT_SECONDS, "")

    code, said, _ = pair.promote()

    assert (code, said[3]) == (0, f"starts, with the digest, one execution of the pipeline {pair.live.name}")
    assert pair.live.runs().endswith(top)
    assert [trigger for trigger, _ in pair.live.started()] == ["CloudWatchEvent", "StartPipelineExecution"]


def test_an_immutable_tag_of_another_image_is_not_moved(pair: Pair) -> None:
    other = pair.live.deliver(b"other")
    pair.live.aws.client("ecr").put_image_tag_mutability(repositoryName=pair.live.name, imageTagMutability="IMMUTABLE")
    top = pair.dev.deliver(b"one")

    assert pair.promote()[0] == 0

    assert pair.live.runs().endswith(top)
    assert (pair.live.repository.tagged("latest"), pair.live.repository.tags(top)) == (other, [])
    assert pair.live.started() == [("CloudWatchEvent", "Succeeded"), ("StartPipelineExecution", "Succeeded")]


@pytest.mark.parametrize(
    ("tags", "gets", "trigger"),
    [
        (["v1", "v1.4"], ["v1.4"], "CloudWatchEvent"),
        (["v1.3"], [], "StartPipelineExecution"),
        (["nightly"], [], "StartPipelineExecution"),
    ],
    ids=str,
)
def test_a_target_that_watches_releases_gets_a_free_tag(
    tags: list[str],
    gets: list[str],
    trigger: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pair = made(tmp_path, monkeypatch, capsys, **RELEASES)
    pair.settings(pipeline={"watch": "v*"})
    pair.live.deliver(b"released", "v1.3")
    top = pair.dev.deliver(b"one")
    for tag in tags:
        push_image(pair.dev.aws.client("ecr"), pair.dev.name, tag, b"one")

    assert pair.promote()[0] == 0

    assert (pair.live.runs().rpartition("@")[2], pair.live.repository.tags(top)) == (top, gets)
    assert pair.live.started()[1:] == [(trigger, "Succeeded")]


def test_an_image_for_another_platform_is_not_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = made(tmp_path, monkeypatch, capsys, architecture="ARM64")
    pair.dev.deliver(b"one")

    assert pair.promote() == (
        1,
        [],
        (
            "✗ live: the image must have the platform linux/arm64, got linux/amd64; build the image for "
            "linux/arm64 too, and deploy it to dev first\n"
        ),
    )
    assert pair.live.aws.client("ecr").list_images(repositoryName=pair.live.name)["imageIds"] == []


def test_a_source_that_does_not_run_healthily_is_refused(pair: Pair) -> None:
    top = pair.dev.deliver(b"one")
    ecs, place = pair.dev.aws.client("ecs"), {"cluster": pair.dev.name, "service": pair.dev.name}
    image = pair.dev.runs()
    clients().local.let_containers_fail(image)
    ecs.update_service(**place, forceNewDeployment=True)

    code, said, errors = pair.promote()

    deployment = pair.dev.service()["deployments"][0]
    assert (code, said) == (1, [])
    assert errors == (
        f"✗ dev: the service is not healthy: its deployment {deployment['id']} is IN_PROGRESS: "
        f"{deployment['rolloutStateReason']}\n"
    )
    assert top
    ecs.update_service(**place, desiredCount=0)


def test_a_source_without_a_task_is_refused(pair: Pair) -> None:
    pair.dev.deliver(b"one")
    pair.dev.aws.client("ecs").update_service(cluster=pair.dev.name, service=pair.dev.name, desiredCount=0)
    until(lambda: pair.dev.service()["runningCount"] == 0, TIMEOUT_SECONDS, "a task runs")

    _, _, errors = pair.promote()

    assert errors == "✗ dev: the service is not healthy: no task runs (the desired count of the service is 0)\n"


def test_a_revision_that_names_a_tag_has_the_digest_of_its_tasks(pair: Pair) -> None:
    top = pair.dev.deliver(b"one")
    revision = pair.dev.task_definition()
    ecs = pair.dev.aws.client("ecs")
    taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    named = {name: value for name, value in revision.items() if name in taken and value}
    named["containerDefinitions"][0]["image"] = f"{pair.dev.repository_uri}:latest"
    arn = ecs.register_task_definition(**named)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=pair.dev.name, service=pair.dev.name, taskDefinition=arn)
    until(lambda: _settled(pair.dev), TIMEOUT_SECONDS, "it is not live")

    assert pair.promote()[0] == 0
    assert pair.live.runs().endswith(top)


def _settled(of: Deployed) -> dict[str, Any] | None:
    deployment: dict[str, Any] = of.service()["deployments"][0]
    return deployment if deployment["rolloutState"] == "COMPLETED" else None


def test_an_image_from_another_registry_is_refused(pair: Pair) -> None:
    _, _, errors = pair.promote()

    assert errors.startswith("✗ dev: all tasks must run one image, got no digest for shop:first; push an image")


def test_an_execution_that_fails_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = json.dumps({"version": "0.2", "phases": {"build": {"commands": ["exit 3"]}}})
    pair = made(tmp_path, monkeypatch, capsys, buildspec=failing)
    pair.dev.deliver(b"one")

    code, said, errors = pair.promote()

    execution = pair.live.executions()[-1]["pipelineExecutionId"]
    assert (code, said[-2:]) == (1, ["Source/Push: Succeeded", "Build/Build: Failed"])
    assert errors.startswith(f"✗ {pair.live.name}: execution {execution} is Failed: Build/Build: JobFailed: ")
    assert len(pair.live.started()) == 1


def test_an_execution_that_is_stopped_is_told_with_its_reason(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.dev.deliver(b"stopped")
    client = pair.live.aws.client("codepipeline")

    def stop(line: str, **_: object) -> None:
        if line == "Source/Push: Succeeded":
            execution = pair.live.executions()[-1]["pipelineExecutionId"]
            stop = {"pipelineExecutionId": execution, "abandon": True, "reason": "no task has started"}
            refusal(client.stop_pipeline_execution, pipelineName=pair.live.name, **stop)

    monkeypatch.setattr(command, "report", stop)
    clients().local.let_containers_fail(digest(Image.build(b"stopped").index))

    code, _, errors = pair.promote()

    assert (code, errors.rpartition(" is ")[2]) == (1, "Stopped: no task has started\n")


def test_signatures_are_copied_too(pair: Pair) -> None:
    top = pair.dev.deliver(b"one")
    names = [f"{top.replace(':', '-')}{suffix}" for suffix in (".sig", ".att")]
    for name in names:
        push_image(pair.dev.aws.client("ecr"), pair.dev.name, name, name.encode())

    code, _, _ = pair.promote()

    assert code == 0
    assert all(pair.live.repository.tagged(name) for name in names)


def test_a_protected_target_needs_an_approval(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.dev.deliver(b"one")
    pair.settings(protect=True)

    without_terminal(monkeypatch)
    code, said, errors = pair.promote()
    assert (code, len(said)) == (1, 4)
    assert errors.startswith("✗ live.protect: the promotion needs an approval in a protected environment, and standard")
    for answer in ("n\n", ""):
        typed(monkeypatch, answer)
        code, _, errors = pair.promote()
        assert (code, errors) == (1, "✗ the promotion was not approved; nothing was changed\n")
    assert pair.live.started() == []

    typed(monkeypatch, "y\n")
    assert pair.promote()[0] == 0
    pair.dev.deliver(b"two")
    assert pair.promote("dev", "live", "--yes")[0] == 0
    assert len(pair.live.started()) == 2


def test_an_interrupt_names_its_consequence(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.dev.deliver(b"one")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(copy, "copy", interrupted)

    code, said, errors = pair.promote()

    assert (code, errors) == (130, "✗ interrupted\n")
    assert said[-1] == "nothing was deployed; copied blobs and manifests stay, and the next `make promote` skips them"


def test_a_promotion_in_progress_is_not_started_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go = tmp_path / "go"
    pair = made(tmp_path, monkeypatch, capsys, buildspec=held_until_there_is(go))
    top = pair.dev.deliver(b"one")
    again: list[tuple[int, list[str], str]] = []

    def promote_again(line: str, **_: object) -> None:
        if line == "Source/Push: Succeeded":
            again.append(pair.promote())
            go.touch()

    monkeypatch.setattr(command, "report", promote_again)

    assert pair.promote()[0] == 0

    [(code, _, errors)] = again
    assert (code, len(pair.live.started())) == (1, 1)
    assert errors.startswith(
        f"✗ live: execution {pair.live.executions()[-1]['pipelineExecutionId']} already deploys {top}"
    )


def test_another_account_is_reached_by_its_role(pair: Pair) -> None:
    pair.dev.deliver(b"one")
    role = clients().role(f"{pair.live.name}-deploy", {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})

    pair.settings(role_arn=role, account_id=ACCOUNT)
    assert pair.promote()[0] == 0
    pair.settings(account_id="222222222222")
    code, _, errors = pair.promote()

    assert code == 1
    assert errors.startswith("✗ live.account_id: the credentials must belong to account 222222222222, got arn:aws:")


def test_a_target_that_lacks_a_part_is_not_deployed(pair: Pair) -> None:
    pair.dev.deliver(b"one")
    name, client = pair.live.name, pair.live.aws.client

    client("ecr").delete_repository(repositoryName=name, force=True)
    without_repository = pair.promote()
    client("codepipeline").delete_pipeline(name=name)
    without_pipeline = pair.promote()
    client("ecs").delete_service(cluster=name, service=name, force=True)
    without_service = pair.promote()

    for (code, said, errors), message in (
        (without_repository, "is not deployed (The repository with name"),
        (without_pipeline, "is not deployed ("),
        (without_service, f"the service {name} does not exist"),
    ):
        assert (code, said) == (1, [])
        assert errors.startswith(f"✗ live: {message}")
        assert errors.endswith("; run make deploy ENV=live\n")
    assert "ipeline" in without_pipeline[2]


def test_a_source_that_was_never_deployed_is_named(pair: Pair) -> None:
    text = pair.file.read_text(encoding="utf-8")
    pair.file.write_text(f'{text}[stage]\ndomain = "stage.example.com"\n', encoding="utf-8")

    assert pair.promote("stage", "live") == (
        1,
        [],
        f"✗ stage: the service {pair.dev.name.removesuffix('dev')}stage does not exist; run make deploy ENV=stage\n",
    )


def test_an_unknown_environment_is_named(pair: Pair) -> None:
    assert pair.promote("dev", "stage") == (
        1,
        [],
        f"✗ {os.environ['ENVIRONMENTS_FILE']}: unknown environment stage; known environments: dev, live\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dev", "dev"], "FROM and TO must name two environments, got dev for both"),
        (["", "live"], "argument FROM: FROM must name an environment: "),
        (["dev", ""], "argument TO: TO must name an environment: "),
        (["dev"], "the following arguments are required: TO"),
    ],
)
def test_a_wrong_command_line_is_refused(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["promote", *arguments])

    with pytest.raises(SystemExit) as end:
        promote.main()

    assert end.value.code == 1
    assert f"make promote: error: {message}" in capsys.readouterr().err
