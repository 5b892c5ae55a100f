"""Tests of `ops history`: executions with their revisions, and revisions that no execution has registered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from operations.commands import history
from operations.commands.history import Entry, History
from operations.system.pipeline import Execution
from rehearsal.images.image import push_image
from tests.support.localaws.aws_pipeline import REGION, TASK_DEFINITION, clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.ops.incidents import DEFINITION
from tests.support.ops.user import User, check_actions, documented, section
from tests.test_docs import blocks

pytestmark = pytest.mark.slow

SECTION = "### What was deployed, and when"
MISSING = {
    "codepipeline:ListPipelineExecutions": ["executions"],
    "codepipeline:ListActionExecutions": ["reasons"],
    "ecs:ListTaskDefinitions": ["revisions"],
    "ecs:DescribeTaskDefinition": ["revisions"],
    "ecr:DescribeImages": ["tags"],
}


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("history", tmp_path, monkeypatch, capsys)


def seen(entry: Entry) -> tuple[str, str | None, str]:
    return entry.trigger, (entry.revision or "").rpartition(":")[2] or None, entry.outcome


def test_executions_and_revisions_are_in_one_list(user: User) -> None:
    dev = user.deploy()
    top = dev.deliver(b"one")
    settings = TASK_DEFINITION | {"containerDefinitions": [{"name": "app", "image": f"{dev.repository_uri}@{top}"}]}
    clients().client("ecs").register_task_definition(family=dev.name, **settings)
    dev.over(dev.start_image(top))

    code, found = user.answer(History)

    entries = found.entries or []
    assert (code, [seen(each) for each in entries]) == (
        0,
        [
            ("manual", "4", "Succeeded"),
            ("revision", "3", "Registered"),
            ("push", "2", "Succeeded"),
            ("new pipeline", None, "Failed"),
            ("revision", "1", "Registered"),
        ],
    )
    assert [(each.digest, each.tags) for each in entries[:3]] == [(top, ("latest",))] * 3
    assert entries[2].by == f"arn:aws:events:{REGION}:123456789012:rule/{dev.name}"
    assert entries[3].reason.startswith("Source/Push: JobFailed: The image with imageId")
    _, out, _ = user.run("--limit", "4")
    _, _, _, titles, *lines = out.splitlines()
    assert titles.split() == ["time", "(UTC)", "trigger", "execution", "revision", "image", "outcome"]
    shown, notes = lines[: lines.index("")], lines[lines.index("") + 1 :]
    assert [line.split()[2] for line in shown if line[0] != " "] == ["manual", "revision", "push", "new"]
    assert notes[0].startswith(f"{(entries[3].execution or '')[:8]}  Source/Push: JobFailed: The image with imageId")
    assert (max(map(len, out.splitlines())) <= 80, "\x1b" in out) == (True, False)


def test_a_promotion_is_told_by_its_session() -> None:
    by = {name: f"arn:aws:sts::123456789012:assumed-role/deploy/{name}" for name in ("promote", "carol")}

    found = {name: history.trigger("StartPipelineExecution", arn) for name, arn in by.items()}

    assert found == {"promote": "promote", "carol": "manual"}
    assert history.trigger("Webhook", "") == "Webhook"


@pytest.mark.parametrize(
    ("digest", "minutes", "status", "expected"),
    [
        ("sha256:1", 5, "Succeeded", True),
        ("sha256:2", 5, "Succeeded", False),
        ("sha256:1", -1, "Succeeded", False),
        ("sha256:1", 11, "Succeeded", False),
        ("sha256:1", 11, "InProgress", True),
    ],
    ids=["during", "of another image", "before", "after", "still in progress"],
)
def test_an_execution_has_registered_a_revision(digest: str, minutes: int, status: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    start = datetime(2026, 11, 29, 20, 0, tzinfo=UTC)
    execution = Execution("e1", status, start, start + timedelta(minutes=10), f"sha256:{'1' * 64}", "", "", "")
    image = f"shop@sha256:{digest[-1] * 64}"
    revision = replace(DEFINITION, image=image, registered=start + timedelta(minutes=minutes))

    assert history.has_registered(execution, revision) is expected


def test_a_stopped_execution_has_its_reason(user: User, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    dev = user.deploy(buildspec=held_until_there_is(go_on))
    pushed = push_image(clients().client("ecr"), dev.name, "latest", b"one")
    delivery = dev.delivery(**{"image-digest": pushed, "image-tag": "latest", "action-type": "PUSH"})
    started = delivery["targets"][0]["started"]
    stopped = (
        clients()
        .client("codepipeline")
        .stop_pipeline_execution(pipelineName=dev.name, pipelineExecutionId=started, abandon=True, reason="wrong image")
    )
    go_on.touch()
    dev.over(stopped["pipelineExecutionId"])

    _, found = user.answer(History)

    assert [(each.outcome, each.reason) for each in found.entries or [] if each.execution == started] == [
        ("Stopped", "wrong image")
    ]


def test_the_documented_actions_are_used_and_each_denial_is_named(user: User) -> None:
    user.deploy().deliver(b"one")

    check_actions(partial(history.read, limit=20), documented(SECTION), MISSING)


def test_an_answer_is_documented() -> None:
    [shown] = blocks(section(SECTION), "text")

    assert shown.splitlines()[3].split() == ["time", "(UTC)", "trigger", "execution", "revision", "image", "outcome"]


def test_an_empty_account_has_no_history(user: User) -> None:
    code, found = user.answer(History)

    assert (code, found.entries) == (3, [])
    assert [each.part for each in found.not_read] == ["executions", "tags"]
