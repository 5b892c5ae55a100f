"""Tests of `ops status`: of a healthy system, of parts of a system, and with denied permissions."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from operations.commands import status
from operations.commands.status_answer import Status
from operations.system.database import Password
from operations.system.deployed import DeployedEnvironment
from operations.wait import until
from rehearsal.images.image import push_image
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, TIMEOUT_SECONDS, clients
from tests.support.localaws.changed_pipelines import held_until_there_is
from tests.support.ops.user import ALL, User, check_actions, documented, section, with_rights
from tests.support.ops.watched import until_line, watched
from tests.test_docs import blocks

pytestmark = pytest.mark.slow

SECTION = "## Look at a system"
PARTS = ["service", "pipeline", "certificate", "database", "targets", "image", "delegation", "password"]

MISSING = {
    "ecs:DescribeServices": ["service", "targets", "image"],
    "ecs:DescribeTaskDefinition": ["service", "targets", "image"],
    "elasticloadbalancing:DescribeTargetHealth": ["targets"],
    "ecr:DescribeImages": ["image"],
    "codepipeline:GetPipelineState": ["pipeline"],
    "acm:ListCertificates": ["certificate", "delegation"],
    "acm:ListTagsForCertificate": ["certificate", "delegation"],
    "acm:DescribeCertificate": ["certificate", "delegation"],
    "rds:DescribeDBInstances": ["database", "password"],
    "secretsmanager:DescribeSecret": ["password"],
    "cloudwatch:DescribeAlarms": ["alarms"],
    "cloudwatch:ListTagsForResource": ["alarms"],
}
"""The parts of the answer that are missing without a permission."""

NOT_ASKED = {
    "route53:ListHostedZonesByName": "the public DNS does not know the zones of the local AWS, so nothing is checked",
    "route53:ListTagsForResource": "as route53:ListHostedZonesByName",
    "route53:GetHostedZone": "as route53:ListHostedZonesByName",
    "ecs:ListTasks": "only if the revision names the image by a tag, as the first revision does",
    "ecs:DescribeTasks": "as ecs:ListTasks",
    "sts:AssumeRole": "only with role_arn: tests/operations/preflight/test_credentials.py",
}
"""The documented actions that a system whose revision names a digest does not need, each with the reason."""


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("status", tmp_path, monkeypatch, capsys)


def test_a_healthy_system_is_shown_and_nothing_is_unusual(user: User) -> None:
    dev = user.deploy()
    top = dev.deliver(b"one")
    [database] = clients().client("rds").describe_db_instances(DBInstanceIdentifier=dev.name)["DBInstances"]
    clients().client("secretsmanager").rotate_secret(SecretId=database["MasterUserSecret"]["SecretArn"])

    code, out, errors = user.run()

    assert (code, errors) == (0, "")
    heading, arn, _, titles, *lines = out.splitlines()
    assert heading == f"dev: account {ACCOUNT}, region {REGION}"
    assert arn.startswith(f"arn:aws:sts::{ACCOUNT}:")
    assert titles.split() == ["part", "status", "time", "(UTC)", "details"]
    text = re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", "<time>", " ".join(" ".join(lines).split()))
    execution = dev.executions()[-1]["pipelineExecutionId"][:8]
    assert text == " ".join(
        [
            f"service healthy <time> {dev.name}:2, 1 of 1 tasks run",
            f"image pushed <time> {top[:19]}… latest",
            *(f"stage {stage} Succeeded <time> {execution}" for stage in ("Source", "Build", "Deploy")),
            f"certificate ISSUED {dev.name}.example.com, expires <time>",
            "delegation not checked in a rehearsal",
            f"database available postgres {database['EngineVersion']}, db.t4g.micro",
            "password rotated <time>",
            "unusual nothing",
        ]
    )
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    [shown] = blocks(section(SECTION), "text")
    assert {line[:14] for line in out.splitlines()[3:]} <= {line[:14] for line in shown.splitlines()[3:]}


def test_the_documented_actions_are_used_and_each_denial_is_named(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service of this test has no load balancer, so it gets a target group without targets."""
    user.deploy().deliver(b"one")
    alarm(user, "unhealthy", "dev")
    group = clients().client("elbv2").create_target_group(Name="status", TargetType="lambda")["TargetGroups"][0]
    running = DeployedEnvironment.running
    monkeypatch.setattr(
        DeployedEnvironment, "running", lambda self: replace(running(self), target_groups=(group["TargetGroupArn"],))
    )

    check_actions(status.read, documented(SECTION), MISSING, NOT_ASKED)


def alarm(user: User, name: str, environment: str) -> None:
    tags = {"app": user.name.removesuffix("-dev"), "environment": environment}
    clients().client("cloudwatch").put_metric_alarm(
        AlarmName=f"{user.name}-{name}",
        Namespace="AWS/ApplicationELB",
        MetricName="UnHealthyHostCount",
        Statistic="Maximum",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        Period=60,
        EvaluationPeriods=5,
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


def test_an_alarm_of_the_environment_is_unusual(user: User) -> None:
    for name, environment in (("unhealthy", "dev"), ("idle", "dev"), ("other", "dev-b")):
        alarm(user, name, environment)
    for name in ("unhealthy", "other"):
        clients().client("cloudwatch").set_alarm_state(
            AlarmName=f"{user.name}-{name}", StateValue="ALARM", StateReason="1 datapoint was greater than 0"
        )

    code, found = user.answer(Status)

    assert (code, found.unusual) == (2, [f"alarm {user.name}-unhealthy: 1 datapoint was greater than 0"])
    assert sorted(each.name for each in found.alarms or []) == [f"{user.name}-idle", f"{user.name}-unhealthy"]


def test_a_watched_status_is_printed_again_after_a_change(user: User) -> None:
    """The second look finds a new alarm. Ctrl-C ends the command."""
    with watched(user, "status") as (lines, interrupt):
        first = until_line(lines, "unusual  ")
        alarm(user, "late", "dev")
        second = until_line(lines, "unusual  ")

        assert ("alarm " in first, "alarm " in second) == (False, True)
        assert interrupt() == (130, "✗ interrupted\n")


def test_the_first_revision_has_no_digest_and_the_tasks_are_asked(user: User) -> None:
    user.deploy()
    denied = with_rights(status.read, ALL, {"Effect": "Deny", "Action": "ecs:ListTasks", "Resource": "*"})

    assert denied.not_read[0].reason == "the credentials lack the permission ecs:ListTasks"
    code, found = user.answer(Status)
    assert (code, found.image) == (2, None)
    assert [text.partition(":")[0] for text in found.unusual] == ["stage Source"]


def test_a_system_in_the_middle_of_a_deployment_is_not_unusual(user: User, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    dev = user.deploy(buildspec=held_until_there_is(go_on))
    pushed = push_image(clients().client("ecr"), dev.name, "latest", b"one")
    delivery = dev.delivery(**{"image-digest": pushed, "image-tag": "latest", "action-type": "PUSH"})
    started = delivery["targets"][0]["started"]
    building = [f"stage Build: execution {started} is InProgress"]
    try:
        code, found = until(lambda: _with(user, building), TIMEOUT_SECONDS, "no build runs")
    finally:
        go_on.touch()

    assert (code, found.in_progress, found.unusual) == (0, building, [])


def _with(user: User, in_progress: list[str]) -> tuple[int, Status] | None:
    code, found = user.answer(Status)
    return (code, found) if found.in_progress == in_progress else None


def test_an_empty_account_has_no_part(user: User) -> None:
    code, out, errors = user.run()

    assert (code, errors) == (3, "")
    assert re.findall(r"(?m)^not read +(\w+):", out) == PARTS
    assert "Traceback" not in out
    assert f"service: dev: the service {user.name} does not exist; run make deploy" in " ".join(out.split())
    assert out.endswith("unusual   nothing in the parts that were read\n")


def test_another_region_has_no_part(user: User) -> None:
    user.deploy().deliver(b"one")
    user.settings(region="eu-west-1")

    code, found = user.answer(Status)

    assert (code, found.region) == (3, "eu-west-1")
    assert sorted(each.part for each in found.not_read) == sorted(PARTS)


def test_a_registry_alone_has_no_part(user: User) -> None:
    clients().client("ecr").create_repository(repositoryName=user.name)

    code, found = user.answer(Status)

    assert (code, [each.part for each in found.not_read]) == (3, PARTS)


def test_an_image_that_was_deleted_is_unusual(user: User) -> None:
    dev = user.deploy()
    top = dev.deliver(b"one")
    clients().client("ecr").batch_delete_image(repositoryName=dev.name, imageIds=[{"imageDigest": top}])

    code, found = user.answer(Status)

    assert (code, found.not_read) == (2, [])
    assert found.unusual == [f"image: the repository does not have {top}, so no new task can start"]


def test_a_database_whose_password_rds_does_not_manage_is_unusual(user: User) -> None:
    """A database that was restored from a snapshot has no secret."""
    clients().client("rds").create_db_instance(
        DBInstanceIdentifier=user.name,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="changed-by-hand",
    )

    _, found = user.answer(Status)

    assert (found.database and found.database.secret, found.password) == (None, Password(None))
    assert "database: RDS does not manage its master password" in found.unusual
