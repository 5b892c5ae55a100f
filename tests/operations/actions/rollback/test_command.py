"""Tests of `ops rollback` on the shared local AWS. They share one system, which each test leaves healthy."""

from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from operations.actions.rollback.answer import RolledBack
from operations.commands.table import short
from operations.system.executions import Executions
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed, deployed
from tests.support.localaws.aws_pipeline import clients
from tests.support.ops.deliveries import (
    at_line,
    content,
    deliver,
    held_builds,
    push_failing,
    shared,
    stop_failed_deployment,
)
from tests.support.ops.user import User

pytestmark = pytest.mark.slow

STEPS = [f"{action}: Succeeded" for action in ("Source/Push", "Build/Build", "Deploy/Deploy")]


@pytest.fixture(scope="module")
def dev() -> Deployed:
    return shared()


@pytest.fixture
def user(dev: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("rollback", tmp_path, monkeypatch, capsys, dev.name)


def revision(dev: Deployed) -> str:
    return str(dev.service()["taskDefinition"]).rpartition("/")[2]


def newest(dev: Deployed) -> str:
    return str(dev.executions()[-1]["pipelineExecutionId"])


def rolled_back(user: User, *options: str) -> tuple[int, RolledBack, str]:
    """Return the exit code, the answer in JSON, and the text on standard error."""
    code, out, errors = user.run("--json", *options)
    assert out, errors
    return code, RolledBack.model_validate_json(out), errors


def refused(dev: Deployed, user: User, *options: str) -> str:
    """Return the message of a refusal. Nothing may have been started."""
    before = newest(dev)
    code, _, errors = user.run(*options)
    assert (code, newest(dev)) == (1, before)
    return errors


def running(dev: Deployed) -> str:
    return dev.runs().rpartition("@")[2]


def test_the_image_that_ran_before_is_deployed_through_the_pipeline(dev: Deployed, user: User) -> None:
    first, second = deliver(dev, 2)
    before = revision(dev)

    code, out, errors = user.run()

    assert (code, errors) == (0, "")
    assert out.splitlines()[3:] == [
        (
            f"rollback: deploys {short(first)}, the image that ran healthily before, in place of "
            f"{short(second)} ({before})"
        ),
        f"execution {newest(dev)}",
        *STEPS,
        f"dev runs {first} ({revision(dev)})",
        "The next push and the next deployment with Terraform work as usual. `make diff` does not show the roll-back.",
        f"The tag latest still names {short(second)}, which an execution without a source revision would deploy.",
    ]
    assert running(dev) == first
    assert dev.started()[-1] == ("StartPipelineExecution", "Succeeded")
    assert dev.repository.tagged("latest") == second


def test_the_answer_in_json_names_everything(dev: Deployed, user: User) -> None:
    first, second = deliver(dev, 2)

    code, found, errors = rolled_back(user, "--to", first)

    assert (code, found.outcome, found.before, found.image) == (0, "live", second, first)
    assert (found.execution, found.revision, found.fault, found.why) == (newest(dev), revision(dev), "", None)
    assert "Deploy/Deploy: Succeeded" in errors


def test_the_image_that_runs_is_not_deployed_again(dev: Deployed, user: User) -> None:
    [only] = deliver(dev, 1)
    before = newest(dev)

    code, found, errors = rolled_back(user, "--to", only)

    assert (code, found.outcome, found.change, newest(dev)) == (0, "unchanged", "", before)
    assert errors.endswith(f"dev: {short(only)} ({revision(dev)}) runs already. Nothing was changed.\n")


def test_an_image_that_never_ran_needs_force(dev: Deployed, user: User) -> None:
    deliver(dev, 1)
    new = push_image(clients().client("ecr"), dev.name, "candidate", content())

    message = refused(dev, user, "--to", "candidate")
    code, _, _ = rolled_back(user, "--to", "candidate", "--force")

    assert message == (
        f"✗ dev: {short(new)}, the tag candidate: no successful execution among the newest 100 has deployed it, so it "
        "is not known to run healthily. Deploy it anyway with --force\n"
    )
    assert (code, running(dev)) == (0, new)


def test_an_image_that_is_gone_is_refused_also_with_force(dev: Deployed, user: User) -> None:
    first, second, third = deliver(dev, 3)
    ecr = clients().client("ecr")
    ecr.batch_delete_image(repositoryName=dev.name, imageIds=[{"imageDigest": second}])

    message = refused(dev, user, "--force")

    assert message.startswith(
        f"✗ dev: {short(second)}, the image that ran healthily before, is gone from the repository {dev.name}, so no "
        f"task can start, also with --force; these images ran healthily and are left: {short(first)}, "
    )
    assert running(dev) == third


def test_a_disabled_transition_is_refused(dev: Deployed, user: User) -> None:
    pipeline, into = clients().client("codepipeline"), {"pipelineName": dev.name, "transitionType": "Inbound"}
    commands = {
        "Deploy": "ops enable-deploys dev",
        "Build": f"aws codepipeline enable-stage-transition --pipeline-name {dev.name} --stage-name Build "
        "--transition-type Inbound",
    }
    for stage, enable in commands.items():
        pipeline.disable_stage_transition(**into, stageName=stage, reason="freeze")
        try:
            message = refused(dev, user, "--force")
        finally:
            pipeline.enable_stage_transition(**into, stageName=stage)
        assert message == (
            f"✗ dev: the transition into the stage {stage} is disabled (freeze), so the execution would wait; run "
            f"`{enable}` first\n"
        )


def test_an_image_for_another_platform_needs_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user = User.of("rollback", tmp_path, monkeypatch, capsys)
    arm = deployed(user.name, architecture="ARM64")
    wrong = push_image(clients().client("ecr"), arm.name, "amd", content())

    message = refused(arm, user, "--to", "amd")

    assert message.startswith(f"✗ dev: {short(wrong)}, the tag amd: no successful execution")
    assert message.endswith("; it must have the platform linux/arm64, got linux/amd64. Deploy it anyway with --force\n")


def test_a_failed_deployment_ends_with_2_and_the_cause(
    dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    [good] = deliver(dev, 1)
    bad = push_failing(dev)
    at_line(monkeypatch, "Build/Build: Succeeded", partial(stop_failed_deployment, dev))

    code, found, errors = rolled_back(user, "--to", bad, "--force")

    assert (code, found.outcome, found.image, running(dev)) == (2, "failed", bad, good)
    assert found.fault == f"{dev.name}: execution {newest(dev)} is Stopped: tasks failed to start"
    assert found.why
    assert found.why.cause
    assert found.why.cause.kind == "container-exits"
    assert "--force: no successful execution" in errors
    code, out, _ = user.run()
    failed = f"{dev.name}:{int(revision(dev).rpartition(':')[2]) + 1}"
    assert (code, out.splitlines()[3]) == (
        0,
        (
            f"dev: the deployment of {failed} has failed, and ECS has rolled it back, so {short(good)} "
            f"({revision(dev)}) runs again; to go further back, use --to. Nothing was changed."
        ),
    )


def test_a_failure_is_shown_with_its_cause(dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = deliver(dev, 2)

    def stop() -> None:
        stop = {"pipelineExecutionId": newest(dev), "abandon": True, "reason": "wrong image"}
        clients().client("codepipeline").stop_pipeline_execution(pipelineName=dev.name, **stop)

    at_line(monkeypatch, "execution ", stop)
    code, out, errors = user.run()

    assert (code, errors) == (2, "")
    shown = out.partition("\n✗ ")[2]
    assert " ".join(shown.split()).startswith(
        f"{dev.name}: execution {newest(dev)} is Stopped: wrong image failed execution {newest(dev)} is Stopped"
    )
    deliver(dev, 1)
    assert first


def test_an_interrupted_roll_back_continues_and_the_next_one_follows_it(dev: Deployed, user: User) -> None:
    first, _ = deliver(dev, 2)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        at_line(patch, "execution ", interrupt)
        code, out, errors = user.run()
    execution = newest(dev)
    assert (code, errors) == (130, "✗ interrupted\n")
    assert out.splitlines()[-1] == f"execution {execution} continues; `ops rollback dev --to {short(first)}` follows it"

    code, found, _ = rolled_back(user, "--to", first)

    assert (code, running(dev), newest(dev)) == (0, first, execution)
    assert found.outcome in ("live", "unchanged")  # the execution may have ended already


def test_an_interruption_of_the_start_says_what_may_have_happened(dev: Deployed, user: User) -> None:
    first, _ = deliver(dev, 2)
    start = Executions.start

    def interrupted(self: Executions, digest: str) -> str:
        start(self, digest)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Executions, "start", interrupted)
        code, out, _ = user.run()
    before = newest(dev)

    assert (code, out.splitlines()[-1]) == (
        130,
        f"an execution that has started continues; --to {short(first)} follows it",
    )
    assert user.run("--to", first)[0] == 0
    assert (running(dev), newest(dev)) == (first, before)


@pytest.mark.parametrize(
    ("request_", "error", "continues"),
    [
        ("start", ReadTimeoutError(endpoint_url="https://codepipeline.example.com"), "an execution that has started"),
        ("follow", ClientError({"Error": {"Code": "ExpiredTokenException"}}, "ListActionExecutions"), "execution {}"),
    ],
)
def test_a_lost_answer_says_what_continues(
    request_: str, error: Exception, continues: str, dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without this line, a user might roll back a second time, which goes further back."""
    first, _ = deliver(dev, 2)
    request = getattr(Executions, request_)

    def lost(*arguments: object) -> None:
        request(*arguments)
        raise error

    monkeypatch.setattr(Executions, request_, lost)
    code, _, errors = user.run()

    dev.over(newest(dev))
    assert (code, running(dev)) == (1, first)
    assert errors.splitlines()[-1].startswith(f"{continues.format(newest(dev))} continues; ")


def test_an_execution_in_progress_of_the_image_is_followed(
    dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, _ = deliver(dev, 2)
    with held_builds(dev, tmp_path / "go") as go:
        execution = dev.start_image(first)
        at_line(monkeypatch, f"execution {execution} already deploys", go.touch)

        code, out, _ = user.run()

    assert code == 0
    assert f"execution {execution} already deploys {short(first)}; the command follows it" in out
    assert newest(dev) == execution


def test_an_execution_in_progress_of_another_image_is_told(
    dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, second, _ = deliver(dev, 3)
    with held_builds(dev, tmp_path / "go") as go:
        execution = dev.start_image(second)
        at_line(monkeypatch, "rollback: ", go.touch)

        code, out, _ = user.run("--to", first)

    assert (code, running(dev)) == (0, first)
    then = "the execution of the roll-back supersedes it if it waits for a stage, and otherwise waits for it"
    assert f"execution {execution} deploys {short(second)}; {then}" in out


def test_an_environment_without_a_pipeline_is_not_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    user = User.of("rollback", tmp_path, monkeypatch, capsys)
    deployed(user.name)
    clients().client("codepipeline").delete_pipeline(name=user.name)

    code, _, errors = user.run()

    assert (code, errors.startswith("✗ dev: is not deployed (")) == (1, True)
    assert errors.endswith("; run make deploy ENV=dev\n")
