"""Tests of `make push`: an image of this machine goes live, or one message says why it does not."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any

import psutil
import pytest
import tomli_w
from rich.filesize import decimal

from operations import command
from operations.images import copy, push
from operations.images.manifests import digest
from operations.images.repository import Repository
from operations.system import executions
from operations.system.executions import Executions
from operations.wait import until
from rehearsal.images.image import MANIFEST, Image, push_image
from rehearsal.images.layouts import write_layout
from tests.support import operations_page
from tests.support.images.archives import saved_before_25, saved_since_25, write
from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, TIMEOUT_SECONDS, clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.ops.terminal import typed, without_terminal
from tests.support.synthesized import ROOT

pytestmark = pytest.mark.slow

IMAGE, OTHER = Image.build(b"pushed"), Image.build(b"other")

_numbers = count(1)


@dataclass
class User:
    """A user, who has images in a folder, and pushes them to the environment `dev`."""

    name: str
    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def repository(self) -> Repository:
        return Repository(clients().client("ecr"), self.name)

    @property
    def uri(self) -> str:
        return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{self.name}"

    def settings(self, **of_dev: Any) -> None:
        common = {"app": self.name.removesuffix("-dev"), "region": REGION, "protect": False}
        text = tomli_w.dumps({"defaults": common, "dev": {"domain": "dev.example.com"} | of_dev})
        (self.folder / "environments.toml").write_text(text, encoding="utf-8")

    def layout(self, *images: Image, name: str = "layout") -> tuple[str, str]:
        """Write a layout, and return its path and the digest of its index."""
        return str(self.folder / name), write_layout(self.folder / name, images or [IMAGE])

    def push(self, image: str, *options: str, tag: str = "") -> tuple[int, list[str], str]:
        """Run the program; its exit code, and what it says to standard output and error."""
        sys.argv = ["push", f"--tag={tag}", *options, "--", "dev", image]
        code = push.main()
        said = self.capsys.readouterr()
        return code, said.out.splitlines(), said.err


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(tmp_path / "environments.toml"))
    monkeypatch.setattr(sys, "argv", [])
    made = User(f"push{next(_numbers)}-dev", tmp_path, capsys)
    made.settings()
    return made


@pytest.fixture
def registry(user: User) -> None:
    """Deploy only the registry."""
    clients().client("ecr").create_repository(repositoryName=user.name)


@pytest.fixture
def dev(user: User) -> Deployed:
    """Deploy the environment."""
    return deployed(user.name)


def test_a_layout_goes_live_by_the_push_of_the_watched_tag(user: User, dev: Deployed) -> None:
    path, top = user.layout()

    code, said, errors = user.push(path)

    assert (code, errors) == (0, "")
    execution = dev.executions()[-1]["pipelineExecutionId"]
    assert said == [
        *(
            f"blob {number} of 4: {digest(blob)[:19]}…, {decimal(len(blob))}"
            for number, blob in enumerate(IMAGE.blobs, 1)
        ),
        f"{user.uri}:latest is {top}",
        f"execution {execution}",
        *(f"{action}: Succeeded" for action in ("Source/Push", "Build/Build", "Deploy/Deploy")),
        f"dev runs {top} ({user.name}:2)",
    ]
    assert dev.runs() == f"{user.uri}@{top}"
    assert dev.started() == [("CloudWatchEvent", "Succeeded")]
    image = user.repository.image(top)
    assert [manifest.digest for manifest in image.manifests] == [*map(digest, IMAGE.manifests), top]
    assert [b"".join(user.repository.download(blob)) for blob in image.blobs] == [*IMAGE.blobs]


def test_a_second_push_changes_nothing(user: User, dev: Deployed) -> None:
    path, top = user.layout()
    user.push(path)

    assert user.push(path) == (
        0,
        [
            f"{user.uri}:latest is {top}",
            "nothing was changed: the image already had the tag",
            f"dev runs {top} ({user.name}:2)",
        ],
        "",
    )
    assert len(dev.started()) == 1


def test_a_docker_archive_is_the_same_image_each_time(user: User, dev: Deployed) -> None:
    archive = write(user.folder / "image.tar", saved_since_25(IMAGE))
    code, said, _ = user.push(str(archive))
    first = dev.runs()

    layer = gzip.decompress(IMAGE.blobs[1])
    assert (code, said[0]) == (0, f"compress {digest(layer)[:19]}…, {decimal(len(layer))}")
    assert user.push(str(write(user.folder / "older.tar", saved_before_25(IMAGE))))[0] == 0
    assert (dev.runs(), len(dev.started())) == (first, 1)


def another_runs_after(path: str, user: User, dev: Deployed) -> str:
    """Push an image, then deploy another one without moving the tag. Return the digest of the other image."""
    user.push(path)
    push_image(clients().client("ecr"), user.name, "older", b"older")
    older = user.repository.tagged("older")
    assert older
    dev.over(Executions(clients().client("codepipeline"), user.name).start(older))
    return older


def test_a_second_push_waits_for_the_execution_of_the_first(user: User, dev: Deployed) -> None:
    """The event of a push reaches the pipeline seconds later. The first push was interrupted in the meantime."""
    path, top = user.layout()
    another_runs_after(path, user, dev)
    event = Timer(1, Executions(clients().client("codepipeline"), user.name).start, [top])
    event.start()

    code, said, errors = user.push(path)

    event.join()
    assert (code, errors) == (0, "")
    assert said[1] == "nothing was changed: the image already had the tag"
    assert said[-1].startswith(f"dev runs {top} (")


def test_an_image_that_no_longer_runs_is_not_deployed_again(
    user: User, dev: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "EVENT_SECONDS", 0.1)
    path, top = user.layout()
    older = another_runs_after(path, user, dev)

    code, said, errors = user.push(path)

    assert (code, said[1:]) == (1, ["nothing was changed: the image already had the tag"])
    assert errors == (
        f"✗ dev: the service runs {older}, and no execution of the pipeline deploys the pushed image; to deploy it, "
        f"run `aws codepipeline start-pipeline-execution --name {user.name} --source-revisions "
        f"actionName=Push,revisionType=IMAGE_DIGEST,revisionValue={top}`\n"
    )


def test_a_push_goes_on_where_an_interrupted_one_has_ended(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the pipeline runs says that it continues, and the next push follows the same execution."""
    go = user.folder / "go"
    dev, (path, top) = deployed(user.name, buildspec=held_until_there_is(go)), user.layout()
    print_line = command.report

    def interrupt(line: str, **how: Any) -> None:
        print_line(line, **how)
        if line == "Source/Push: Succeeded":
            signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as interrupted:
        interrupted.setattr(command, "report", interrupt)
        code, said, errors = user.push(path)

    execution = dev.executions()[-1]["pipelineExecutionId"]
    assert (code, said[-1], errors) == (130, f"execution {execution} continues", "✗ interrupted\n")

    def go_on(line: str, **how: Any) -> None:
        print_line(line, **how)
        go.touch()

    monkeypatch.setattr(command, "report", go_on)
    code, said, _ = user.push(path)

    assert (code, said[2]) == (0, f"execution {execution}")
    assert dev.runs().endswith(top)
    assert len(dev.started()) == 1


@pytest.mark.usefixtures("registry")
def test_the_next_push_uploads_only_missing_blobs(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    path, top = user.layout()
    upload, sent = Repository.upload, list[str]()

    def interrupted(self: Repository, blob: Any, *how: Any) -> None:
        if len(sent) == 2:
            raise KeyboardInterrupt
        sent.append(blob.digest)
        upload(self, blob, *how)

    with monkeypatch.context() as during:
        during.setattr(Repository, "upload", interrupted)
        code, said, errors = user.push(path)

    assert (code, errors) == (130, "✗ interrupted\n")
    assert said[-1] == "no tag was pushed; uploaded blobs stay, and the next `make push` skips them"
    assert user.repository.tagged("latest") is None

    code, said, _ = user.push(path)

    assert [line.partition(": ")[0] for line in said[:-2]] == ["blob 1 of 2", "blob 2 of 2"]
    assert (code, user.repository.tagged("latest")) == (0, top)


@pytest.mark.usefixtures("registry")
def test_the_first_image_comes_before_the_service(user: User) -> None:
    path, top = user.layout()

    code, said, errors = user.push(path)

    assert (code, errors) == (0, "")
    assert said[-2:] == [
        f"{user.uri}:latest is {top}",
        "dev: no service runs the image yet; run make deploy ENV=dev",
    ]


@pytest.mark.usefixtures("registry")
def test_a_push_is_one_event_for_the_image(user: User) -> None:
    path, top = user.layout()
    before = len(clients().deliveries())

    def events(digest: str) -> list[str]:
        found = [each["event"]["detail"] for each in clients().deliveries(since=before)]
        return [each["image-tag"] for each in found if each["image-digest"] == digest]

    user.push(path)

    later = push_image(clients().client("ecr"), user.name, "later", b"later")
    until(lambda: events(later), TIMEOUT_SECONDS, "there is no event")
    assert events(top) == ["latest"]


def test_a_tag_that_is_not_watched_starts_nothing(user: User, dev: Deployed) -> None:
    path, top = user.layout()

    code, said, errors = user.push(path, tag="try-1")

    assert (code, errors, user.repository.tagged("try-1")) == (0, "", top)
    assert said[-1] == "no deployment follows, because the pipeline watches latest, not try-1"
    assert dev.started() == []


@pytest.mark.usefixtures("registry")
def test_a_protected_environment_needs_an_approval(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    path, top = user.layout()
    user.settings(protect=True)

    without_terminal(monkeypatch)
    code, said, errors = user.push(path)
    assert (code, said) == (
        1,
        [
            f"pushes {top} to {user.uri}:latest",
            f"the push of the tag latest starts one execution of the pipeline {user.name}",
        ],
    )
    message = "the push needs an approval in a protected environment, and standard input is not a terminal"
    assert errors == f"✗ dev.protect: {message}; approve it with YES=1\n"
    for answer in ("n\n", ""):
        typed(monkeypatch, answer)
        assert user.push(path)[::2] == (1, "✗ the push was not approved; nothing was changed\n")
    assert user.repository.tagged("latest") is None

    typed(monkeypatch, "y\n")
    assert user.push(path)[0] == 0
    without_terminal(monkeypatch)
    assert user.push(path)[1][-2] == "nothing was changed: the image already had the tag"
    assert user.push(path, "--yes", tag="other")[0] == 0
    assert user.repository.tagged("other") == user.repository.tagged("latest") == top


@pytest.mark.usefixtures("registry")
def test_a_watched_pattern_needs_a_tag(user: User) -> None:
    user.settings(pipeline={"watch": "v*"})
    path, top = user.layout()

    code, said, errors = user.push(path)

    assert (code, said) == (1, [])
    assert errors == (
        "✗ TAG: required, because dev.pipeline.watch is the pattern 'v*'; name a tag that matches the pattern\n"
    )
    assert user.push(path, tag="v1")[0] == 0
    assert user.repository.tagged("v1") == top


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("tag", ["-x", ".x", "a b", "a/b", "$(touch pwned)", "x" * 129, "é"])
def test_an_invalid_tag_is_refused(tag: str, user: User) -> None:
    code, said, errors = user.push(user.layout()[0], tag=tag)

    assert (code, said) == (1, [])
    assert errors.startswith("✗ TAG: must have at most 128 letters, digits, dots, hyphens and underscores, without a ")


@pytest.mark.usefixtures("registry")
def test_the_tag_that_the_pipeline_keeps_free_is_refused(user: User) -> None:
    _, _, errors = user.push(user.layout()[0], tag="start-with-a-source-revision")

    assert errors == "✗ TAG: must not be start-with-a-source-revision, which no image may have; choose another tag\n"


@pytest.mark.usefixtures("registry")
def test_an_immutable_tag_of_another_image_is_refused(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tag is looked up before the upload, and again if another push was faster."""
    ecr = clients().client("ecr")
    ecr.put_image_tag_mutability(repositoryName=user.name, imageTagMutability="IMMUTABLE")
    user.settings(pipeline={"watch": "v*", "immutable_tags": True})
    other = push_image(ecr, user.name, "v1", b"other")
    (path, top), refusal = user.layout(), f"tags are immutable, and another image, {other}, has the tag v1; push "

    assert user.push(path, tag="v1") == (1, [], f"✗ {user.uri}: {refusal}{top} with another tag\n")
    assert user.repository.missing([Image.build(b"pushed").described.blobs[0]]) != []

    monkeypatch.setattr(push.Push, "_require_free_tag", lambda *_: None)
    code, said, errors = user.push(path, tag="v1")

    assert (code, errors) == (1, f"✗ {user.uri}: {refusal}{top} with another tag\n")
    assert len(said) == 2
    assert user.push(user.layout(OTHER, name="other")[0], tag="v1")[0] == 1
    assert user.push(path, tag="v2")[0] == 0


def test_an_image_for_another_platform_is_refused_before_the_upload(user: User) -> None:
    path, _ = user.layout(Image.build(b"pushed", "arm64"))
    expected = "✗ dev: the image must have the platform {}, got {}; build the image with `docker build --platform {}`\n"
    clients().client("ecr").create_repository(repositoryName=user.name)

    assert user.push(path) == (1, [], expected.format("linux/amd64", "linux/arm64", "linux/amd64"))
    clients().client("ecr").delete_repository(repositoryName=user.name)
    deployed(user.name, architecture="ARM64")
    archive = write(user.folder / "image.tar", saved_before_25(IMAGE))
    assert user.push(str(archive)) == (1, [], expected.format("linux/arm64", "linux/amd64", "linux/arm64"))
    assert clients().client("ecr").list_images(repositoryName=user.name)["imageIds"] == []


@pytest.mark.usefixtures("registry")
def test_an_image_without_an_index_is_pushed(user: User) -> None:
    path, _ = user.layout()
    child = IMAGE.manifests[0]
    described = {"mediaType": MANIFEST, "digest": digest(child), "size": len(child)}
    Path(path, "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [described]}))

    assert user.push(path)[0] == 0

    assert user.repository.tagged("latest") == digest(child)


def test_the_permissions_of_the_operations_page_are_enough(user: User, dev: Deployed) -> None:
    section = operations_page.section("Push an image")
    actions = re.findall(r"`((?:ecr|ecs|codepipeline):[A-Za-z]+)`", section)
    rights = [{"Effect": "Allow", "Action": actions, "Resource": "*"}]
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    user.settings(role_arn=clients().role(f"{user.name}-push", root, rights=rights))

    code, _, errors = user.push(user.layout()[0])

    assert (code, errors, len(dev.started())) == (0, "", 1)
    assert len(actions) == 14


def test_an_execution_that_fails_is_told_with_its_reason(user: User) -> None:
    failing = json.dumps({"version": "0.2", "phases": {"build": {"commands": ["exit 3"]}}})
    dev = deployed(user.name, buildspec=failing)

    code, said, errors = user.push(user.layout()[0])

    execution = dev.executions()[-1]["pipelineExecutionId"]
    assert (code, said[-2:]) == (1, ["Source/Push: Succeeded", "Build/Build: Failed"])
    assert errors.startswith(f"✗ {user.name}: execution {execution} is Failed: Build/Build: JobFailed: ")


def test_a_push_without_an_execution_is_told(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """ECR sends events on a best-effort basis. Here, the rule watches another tag than the settings."""
    deployed(user.name, tags=["other"])
    monkeypatch.setattr(executions, "START_SECONDS", 0.1)
    path, top = user.layout()

    code, _, errors = user.push(path)

    assert code == 1
    assert errors.startswith(
        f"✗ {user.name}: no execution has found the image within 0.1 seconds after the push; look "
    )
    assert errors.endswith(f"actionName=Push,revisionType=IMAGE_DIGEST,revisionValue={top}`\n")


def test_a_missing_repository_is_named(user: User) -> None:
    assert user.push(user.layout()[0]) == (
        1,
        [],
        f"✗ dev: the repository {user.name} does not exist; run cdktf deploy dev-registry\n",
    )


@pytest.mark.usefixtures("registry")
def test_a_missing_image_is_named(user: User) -> None:
    code, said, errors = user.push(str(user.folder / "missing.tar"))

    assert (code, said) == (1, [])
    assert re.fullmatch(r"✗ .+/missing.tar: there is no such file or folder; IMAGE must be .+\n", errors)


@pytest.mark.usefixtures("registry")
def test_an_unreadable_image_is_named(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write(user.folder / "image.tar", {})

    whole = Path.open

    def denied(self: Path, *how: Any, **named: Any) -> object:
        if self == archive:
            raise PermissionError(13, "Permission denied", str(self))
        return whole(self, *how, **named)

    monkeypatch.setattr(Path, "open", denied)

    assert user.push(str(archive)) == (1, [], f"✗ {archive}: Permission denied\n")


@pytest.mark.usefixtures("registry")
def test_a_full_disk_is_named(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = write(user.folder / "image.tar", saved_before_25(IMAGE))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copy, "upload", full)

    code, _, errors = user.push(str(archive))

    assert code == 1
    assert re.fullmatch(r"✗ .+: No space left on device; name another folder for temporary files in TMPDIR\n", errors)


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_no_file_and_no_process(number: int, user: User) -> None:
    """The engine has written a part of the archive when the signal arrives."""
    engine, temporary = user.folder / "docker", user.folder / "temporary"
    engine.write_text("#!/bin/sh\necho part > $3\necho $$ > id\nsleep 60\n")
    engine.chmod(0o755)
    temporary.mkdir()
    path, own = f"{user.folder}:{os.environ['PATH']}", {"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}

    process = subprocess.Popen(
        [sys.executable, "-m", "operations.images.push", "--", "dev", "shop:latest"],
        cwd=user.folder,
        env={**os.environ, **own, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until(lambda: (user.folder / "id").exists() or None, TIMEOUT_SECONDS, "docker has not started")
    process.send_signal(number)

    assert process.communicate(timeout=TIMEOUT_SECONDS)[1] == "✗ interrupted\n".encode()
    assert (process.returncode, list(temporary.iterdir())) == (130, [])
    assert not psutil.pid_exists(int((user.folder / "id").read_text()))


@pytest.mark.parametrize("arguments", [["dev"], ["", "image"], ["dev", ""]])
def test_a_wrong_command_line_is_refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["push", *arguments])

    with pytest.raises(SystemExit) as end:
        push.main()

    assert end.value.code == 1
    assert "make push: error: " in capsys.readouterr().err
