"""Tests of `ops why`: each test breaks a deployed system, and the true cause must come first."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from operations import command
from operations.clients import Clients
from operations.commands.why.answer import Why
from operations.commands.why.cause import Cause
from operations.commands.why.reader import image_of
from operations.system.deployed import DeployedEnvironment
from operations.wait import until
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, TIMEOUT_SECONDS, clients, policy
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.ops.incidents import DEFINITION
from tests.support.ops.user import User

pytestmark = pytest.mark.slow


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("why", tmp_path, monkeypatch, capsys)


def wrong(user: User) -> Why:
    """Wait until something is wrong, and return the answer."""

    def found() -> Why | None:
        code, why = user.answer(Why)
        assert (code == 2) == (why.verdict in ("not healthy", "failed"))
        return why if code == 2 else None

    return until(found, TIMEOUT_SECONDS, "nothing is wrong")


def cause_of(user: User) -> Cause:
    """Return the first cause of what is wrong."""
    why = wrong(user)
    assert why.cause, why
    return why.cause


def restart(dev: Deployed) -> None:
    """Start a deployment of the running revision."""
    clients().client("ecs").update_service(cluster=dev.name, service=dev.name, forceNewDeployment=True)


def deny(dev: Deployed, role: str, *actions: str) -> None:
    """Take permissions away from a role, as somebody does by hand."""
    denied = {"Effect": "Deny", "Action": [*actions], "Resource": "*"}
    clients().client("iam").put_role_policy(
        RoleName=f"{dev.name}-{role}", PolicyName="rights", PolicyDocument=policy(ALLOW_ALL, denied)
    )


def fail(user: User, **how: Any) -> Cause:
    """Deliver an image whose container fails, and return the first cause."""
    dev = user.deploy()
    dev.deliver(b"good")
    push_failing(dev, **how)
    return cause_of(user)


def push_failing(dev: Deployed, **how: Any) -> None:
    bad = push_image(clients().client("ecr"), dev.name, "bad", b"bad")
    clients().local.let_containers_fail(bad, **how)
    dev.start_image(bad)


def test_a_healthy_system_has_no_cause(user: User) -> None:
    user.deploy().deliver(b"one")

    code, why = user.answer(Why)

    assert (code, why.verdict, why.cause, why.other_causes, why.not_read) == (0, "healthy", None, [], [])


def test_a_deleted_secret(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    clients().client("secretsmanager").delete_secret(SecretId=f"{dev.name}/db", ForceDeleteWithoutRecovery=True)
    restart(dev)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("secret-missing", "certain")
    assert f"secret:{dev.name}/db-" in cause.text
    assert "restore-secret" in cause.advice


def test_a_secret_that_waits_for_its_deletion(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    clients().client("secretsmanager").delete_secret(SecretId=f"{dev.name}/db")
    restart(dev)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("secret-missing", "certain")
    assert "aws secretsmanager restore-secret --secret-id arn:" in cause.advice


def test_a_missing_key_of_a_secret(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    time.sleep(1)  # the local AWS cuts the fraction of a second off the time of a change
    clients().client("secretsmanager").put_secret_value(SecretId=f"{dev.name}/db", SecretString='{"name": "app"}')
    register(dev)

    why = wrong(user)

    assert why.cause
    assert (why.cause.kind, why.cause.certainty) == ("secret-key-missing", "certain")
    assert why.cause.text.endswith("has no JSON key user")
    assert [change.rpartition(": changed at ")[0] for change in why.changes] == [f"secret {dev.name}/db"]


def test_a_role_without_the_permission_to_pull(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    deny(dev, "ecs-tasks", "ecr:BatchGetImage")
    restart(dev)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("permission-missing", "certain")
    assert f"{dev.name}-ecs-tasks lacks the permission ecr:BatchGetImage" in cause.text
    assert "make diff ENV=dev" in cause.advice


def test_a_role_without_the_permission_to_read_the_secret(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    deny(dev, "ecs-tasks", "secretsmanager:GetSecretValue")
    restart(dev)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("permission-missing", "certain")
    assert "secretsmanager:GetSecretValue" in cause.text


def test_a_role_that_ecs_cannot_assume(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    trust = policy({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"})
    clients().client("iam").update_assume_role_policy(RoleName=f"{dev.name}-ecs-tasks", PolicyDocument=trust)
    restart(dev)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("role-not-assumable", "certain")
    assert f"{dev.name}-ecs-tasks" in cause.text


def test_a_pipeline_role_that_was_changed_by_hand(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    deny(dev, "codepipeline", "ecs:RegisterTaskDefinition")
    dev.push("two")

    why = wrong(user)

    assert why.verdict == "failed"
    assert why.cause
    assert (why.cause.kind, why.cause.certainty) == ("permission-missing", "certain")
    assert f"{dev.name}-codepipeline lacks the permission ecs:RegisterTaskDefinition" in why.cause.text


def test_an_image_for_another_platform(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    dev.put_image("two")

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("image-platform", "certain")
    assert "docker build --platform linux/amd64" in cause.advice


def test_a_deleted_image(user: User) -> None:
    dev = user.deploy()
    top = dev.deliver(b"one")
    clients().client("ecr").batch_delete_image(repositoryName=dev.name, imageIds=[{"imageDigest": top}])
    restart(dev)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("image-missing", "certain")
    assert top in cause.text


def test_an_image_of_another_repository_is_not_searched_for(user: User) -> None:
    """The name of the other repository begins with the name of the system's own."""
    dev = user.deploy()
    settings = command.settings("dev")
    found = DeployedEnvironment(settings, Clients(boto3.Session(region_name=settings.region)))
    other = replace(DEFINITION, image=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{dev.name}-tools@sha256:{'8' * 64}")

    assert image_of(found, other) is None


def test_no_image_for_the_tag(user: User) -> None:
    user.deploy()

    why = wrong(user)

    assert why.verdict == "failed"
    assert why.cause
    assert (why.cause.kind, why.cause.certainty) == ("image-missing", "certain")
    assert "make push IMAGE=... ENV=dev" in why.cause.advice


def test_a_missing_log_group(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    register(dev, logConfiguration={"logDriver": "awslogs", "options": options(f"/ecs/{dev.name}-gone")})

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("log-group-missing", "certain")
    assert cause.text == f"The log group /ecs/{dev.name}-gone does not exist"


def options(group: str) -> dict[str, str]:
    return {"awslogs-group": group, "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "app"}


def register(dev: Deployed, **changed: Any) -> None:
    """Deploy a revision whose container differs, without the pipeline."""
    ecs = clients().client("ecs")
    kept = {"family", "executionRoleArn", "taskRoleArn", "networkMode", "cpu", "memory", "runtimePlatform"}
    now = {name: value for name, value in dev.task_definition().items() if name in kept}
    container = dev.task_definition()["containerDefinitions"][0] | changed
    made = ecs.register_task_definition(**now, containerDefinitions=[container])["taskDefinition"]
    ecs.update_service(cluster=dev.name, service=dev.name, taskDefinition=made["taskDefinitionArn"])


def test_an_image_without_its_command(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    register(dev, command=["serve"], entryPoint=["serve"])

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("command-missing", "certain")
    assert cause.text == "The image lacks the program serve of the container's command"


def test_a_container_that_exits_shows_its_log(user: User) -> None:
    cause = fail(user, exit_code=3, log=["starting", "Error: the table notes does not exist"])

    assert (cause.kind, cause.certainty) == ("container-exits", "certain")
    assert cause.text == "The container app exits with code 3"
    assert "log: Error: the table notes does not exist" in cause.evidence


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("OSError: [Errno 30] Read-only file system: '/app/cache'", "read-only-file-system"),
        ("[Errno 13] error while attempting to bind on address ('0.0.0.0', 80): permission denied", "port-denied"),
        ("ModuleNotFoundError: No module named 'flask'", "package-missing"),
        ('FATAL: password authentication failed for user "owner"', "login-refused"),
    ],
)
def test_the_log_of_a_container_that_exits_says_why(user: User, line: str, kind: str) -> None:
    cause = fail(user, exit_code=1, log=[line, "stopped"])

    assert (cause.kind, cause.certainty) == (kind, "certain")
    assert any(line in each for each in cause.evidence)


def test_a_container_without_enough_memory(user: User) -> None:
    cause = fail(user, out_of_memory=True)

    assert (cause.kind, cause.certainty) == ("out-of-memory", "certain")
    assert cause.text == "The container needs more memory than the 1024 MiB of its task"
    assert "dev.service.memory_mib" in cause.advice


def test_a_killed_container_has_probably_too_little_memory(user: User) -> None:
    cause = fail(user, exit_code=137)

    assert (cause.kind, cause.certainty) == ("out-of-memory", "likely")


def test_a_container_that_fails_its_own_health_check(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    push_failing(dev)
    until(lambda: dev.service()["runningCount"] == 2, TIMEOUT_SECONDS, "")
    clients().local.advance(600)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("container-health-check", "certain")


def test_a_build_that_fails(user: User) -> None:
    spec = {"version": "0.2", "phases": {"build": {"commands": ["echo before", "cat missing.json"]}}}
    dev = user.deploy(buildspec=json.dumps(spec))
    dev.push("one")

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("build-failed", "certain")
    assert cause.text == "A command of the build failed (exit status 1): cat missing.json"
    assert any("missing.json: No such file or directory" in line for line in cause.evidence), cause.evidence


def test_a_disabled_transition_holds_an_execution(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    stage = {"pipelineName": dev.name, "stageName": "Deploy", "transitionType": "Inbound"}
    clients().client("codepipeline").disable_stage_transition(**stage, reason="a freeze")
    code, why = user.answer(Why)
    assert (code, why.verdict) == (0, "healthy")
    disabled = "the transition into stage Deploy is disabled (a freeze; by arn:aws:iam::123456789012:root)"
    assert why.notes == [f"{disabled}; no execution waits for it"]
    push_image(clients().client("ecr"), dev.name, "latest", b"two")

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("transition-disabled", "certain")
    assert f"enable-stage-transition --pipeline-name {dev.name} --stage-name Deploy" in cause.advice


def test_a_stopped_database(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    clients().client("rds").stop_db_instance(DBInstanceIdentifier=dev.name)

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("database-stopped", "certain")
    assert f"start-db-instance --db-instance-identifier {dev.name}" in cause.advice


def test_a_rotated_password(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"one")
    push_failing(dev, exit_code=1, log=['FATAL: password authentication failed for user "owner"'])
    wrong(user)
    [database] = clients().client("rds").describe_db_instances(DBInstanceIdentifier=dev.name)["DBInstances"]

    def blamed() -> Cause | None:
        """Rotate the password, and return the cause. A task that ECS starts after the rotation has the new password."""
        clients().client("secretsmanager").rotate_secret(SecretId=database["MasterUserSecret"]["SecretArn"])
        cause = cause_of(user)
        return cause if (cause.kind, cause.certainty) == ("password-rotated", "certain") else None

    cause = until(blamed, TIMEOUT_SECONDS, "the rotation is not the cause")

    assert "--force-new-deployment" in cause.advice


def test_a_certificate_that_waits_for_its_validation(user: User) -> None:
    tags = [{"Key": "app", "Value": user.name.removesuffix("-dev")}, {"Key": "environment", "Value": "dev"}]
    clients().client("acm").request_certificate(
        DomainName=f"{user.name}.example.com", ValidationMethod="DNS", Tags=tags
    )

    cause = cause_of(user)

    assert (cause.kind, cause.certainty) == ("certificate-pending", "likely")
    assert "make preflight ENV=dev" in cause.advice


def test_a_roll_back_and_a_stopped_execution_are_effects(user: User) -> None:
    dev = user.deploy()
    dev.deliver(b"good")
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    clients().client("ecs").update_service(cluster=dev.name, service=dev.name, deploymentConfiguration=breaker)
    push_failing(dev, exit_code=3, log=["Error: the table notes does not exist"])
    until(lambda: rolled_back(dev), TIMEOUT_SECONDS, "ECS has not rolled back")

    rolled = wrong(user)
    execution = dev.executions()[-1]["pipelineExecutionId"]
    clients().client("codepipeline").stop_pipeline_execution(
        pipelineName=dev.name, pipelineExecutionId=execution, abandon=True, reason="Essential container in task exited"
    )
    dev.over(execution)
    stopped = wrong(user)

    for why in (rolled, stopped):
        assert why.verdict == "failed"
        assert f"the deployment of {dev.name}:3 has failed, and ECS rolled back to {dev.name}:2" in why.text
        assert why.cause
        assert (why.cause.kind, why.cause.certainty) == ("container-exits", "certain")
        assert "log: Error: the table notes does not exist" in why.cause.evidence
    assert stopped.text.endswith(f"execution {execution} is Stopped")


def rolled_back(dev: Deployed) -> bool:
    newest, *older = dev.service()["deployments"]
    return newest["rolloutState"] == "COMPLETED" and [each["rolloutState"] for each in older] == ["FAILED"]


def test_a_deployment_in_progress_is_not_called_broken(user: User, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    dev = user.deploy(buildspec=held_until_there_is(go_on))
    started = dev.start(
        sourceRevisions=[
            {"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": dev.put_image("one", "next")}
        ]
    )
    try:
        code, why = user.answer(Why)
    finally:
        go_on.touch()

    assert (code, why.verdict, why.cause) == (0, "in progress", None)
    assert f"execution {started} is InProgress" in why.text
