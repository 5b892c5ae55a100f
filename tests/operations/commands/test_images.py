"""Tests of `ops images`: what can be deployed, what runs, what ran, and what scans have found."""

import json
from functools import partial
from pathlib import Path

import pytest

from operations.commands import images
from operations.commands.images import Images
from operations.images.manifests import INDEX, MANIFEST
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.images import cache, manifest, put_image
from tests.support.ops.user import User, check_actions, documented, section
from tests.test_docs import blocks

pytestmark = pytest.mark.slow

SECTION = "### Which images can be deployed"
MISSING = {
    "ecr:DescribeImages": ["images"],
    "ecr:BatchGetImage": ["images"],
    "ecr:GetDownloadUrlForLayer": ["platforms"],
    "ecr:DescribeImageScanFindings": ["scans"],
    "ecs:DescribeServices": ["service"],
    "ecs:DescribeTaskDefinition": ["service", "revisions"],
    "ecs:ListTaskDefinitions": ["revisions"],
    "codepipeline:ListPipelineExecutions": ["executions"],
}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("images", tmp_path, monkeypatch, capsys)


def delivered(user: User) -> Deployed:
    """Deploy a system that has delivered two images, and has a scanned image for ARM in its repository."""
    dev = user.deploy()
    for content in (b"one", b"two"):
        dev.deliver(content)
    ecr = clients().client("ecr")
    put_image(ecr, dev.name, "three", "build-3")
    ecr.start_image_scan(repositoryName=dev.name, imageId={"imageTag": "build-3"})
    return dev


def test_the_images_are_marked_and_described(user: User) -> None:
    dev = delivered(user)

    code, found = user.answer(Images)

    assert (code, found.total) == (0, 3)
    listed = {each.tags: each for each in found.images or []}
    arm, runs, ran = listed["build-3",], listed["latest",], listed[()]
    assert [each.state for each in (arm, runs, ran)] == ["", "runs", "ran"]
    assert [each.platforms for each in (arm, runs, ran)] == [["linux/arm64"], ["linux/amd64"], ["linux/amd64"]]
    assert runs.digest == dev.executions()[-1]["sourceRevisions"][0]["revisionId"]
    assert arm.scan
    assert (arm.scan.status, dict(arm.scan.findings), runs.scan) == ("COMPLETE", {"HIGH": 1}, None)
    _, out, _ = user.run()
    _, _, _, titles, *lines = out.splitlines()
    assert titles.split() == ["image", "service", "pushed", "(UTC)", "size", "platform", "scan"]
    [line] = [line for line in lines if " runs " in line]
    assert line.startswith(runs.digest.removeprefix("sha256:")[:12])
    assert line.endswith("linux/amd64  not scanned")
    assert (max(map(len, out.splitlines())) <= 80, "\x1b" in out) == (True, False)


def test_the_limit_says_how_many_images_are_not_shown(user: User) -> None:
    delivered(user)

    _, found = user.answer(Images, "--limit", "1")
    _, out, _ = user.run("--limit", "2")

    assert (len(found.images or []), found.total) == (1, 3)
    assert out.splitlines()[-1] == "images  1 older images are not shown; see --limit"


def test_what_belongs_to_an_image_or_is_none_is_not_listed(user: User) -> None:
    """A signature by its tag, a referrer, a build cache, an attestation and the parts of an index are not listed."""
    ecr = clients().client("ecr")
    ecr.create_repository(repositoryName=user.name)
    top = put_image(ecr, user.name, "app", "v1")
    put_image(ecr, user.name, "signature", f"{top.replace(':', '-')}.sig")
    refers = json.loads(manifest("signature")) | {
        "subject": {"mediaType": MANIFEST, "digest": top, "size": len(manifest("app"))}
    }
    ecr.put_image(repositoryName=user.name, imageManifest=json.dumps(refers), imageManifestMediaType=MANIFEST)
    cache(ecr, user.name, "cache")
    parts = [{"mediaType": MANIFEST, "digest": top, "platform": {"os": "linux", "architecture": "arm64"}}]
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": parts}
    ecr.put_image(repositoryName=user.name, imageManifest=json.dumps(index), imageTag="v1-all")

    code, found = user.answer(Images)

    assert sorted(each.tags for each in found.images or []) == [("v1",), ("v1-all",)]
    assert (code, [each.part for each in found.not_read]) == (3, ["service", "executions"])


def test_the_documented_actions_are_used_and_each_denial_is_named(user: User) -> None:
    delivered(user)

    check_actions(partial(images.read, limit=10), documented(SECTION), MISSING)


def test_an_answer_is_documented() -> None:
    [shown] = blocks(section(SECTION), "text")

    titles = ["image", "service", "pushed", "(UTC)", "size", "platform", "scan"]
    assert shown.splitlines()[3].split() == titles


def test_an_empty_account_has_no_part(user: User) -> None:
    code, found = user.answer(Images)

    assert (code, found.images) == (3, None)
    assert [each.part for each in found.not_read] == ["images", "service", "executions"]


def test_an_empty_repository_is_a_note(user: User) -> None:
    clients().client("ecr").create_repository(repositoryName=user.name)

    _, out, _ = user.run()

    assert out.splitlines()[-1] == "images    the repository has no image"


@pytest.mark.parametrize("number", ["0", "101", "many"])
def test_a_limit_is_a_number_up_to_100(user: User, number: str) -> None:
    with pytest.raises(SystemExit) as ended:
        user.run("--limit", number)

    assert ended.value.code == 1
    assert f"must be a number from 1 to 100, got '{number}'" in user.capsys.readouterr().err
