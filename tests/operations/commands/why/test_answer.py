"""Tests of the answer of `ops why`: its text, its exit codes, and what it says if a permission is missing."""

import re
from pathlib import Path
from typing import Any

import pytest

from operations.commands.answer import Exit, NotRead
from operations.commands.table import text
from operations.commands.why import table, why
from operations.commands.why.answer import Why
from operations.commands.why.cause import Cause
from operations.wait import until
from rehearsal.images.image import push_image
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, TIMEOUT_SECONDS, clients
from tests.support.ops.user import ALL, ROLE, User, documented, section, with_rights
from tests.test_docs import blocks

SECTION = "### Why it does not run"

PART = {
    "ecs:DescribeServices": "service",
    "ecs:ListTasks": "tasks",
    "ecs:DescribeTasks": "tasks",
    "codepipeline:ListPipelineExecutions": "executions",
    "codepipeline:GetPipelineState": "stages",
    "acm:ListCertificates": "certificate",
    "acm:ListTagsForCertificate": "certificate",
    "acm:DescribeCertificate": "certificate",
    "rds:DescribeDBInstances": "database",
    "secretsmanager:DescribeSecret": "password",
    "ecs:DescribeTaskDefinition": "revision",
    "ecr:DescribeImages": "image",
    "ecr:BatchGetImage": "image",
    "logs:GetLogEvents": "log",
}
"""The part that is not read without a permission, if the container of the newest revision exits."""

NOT_ASKED = {
    "codepipeline:ListActionExecutions": "only if an execution has failed",
    "codebuild:BatchGetBuilds": "only if a build has failed",
    "ecr:GetDownloadUrlForLayer": "only for an image that is not an index",
    "ec2:DescribeSubnets": "the service of the tests has no subnets",
    "ec2:DescribeSecurityGroups": "the service of the tests has no security groups",
    "elasticloadbalancing:DescribeTargetHealth": "the service of the tests has no load balancer",
    "elasticloadbalancing:DescribeTargetGroups": "the service of the tests has no load balancer",
    "elasticloadbalancing:DescribeLoadBalancers": "the service of the tests has no load balancer",
    "sts:AssumeRole": "only with role_arn: tests/operations/preflight/test_credentials.py",
}
"""The documented actions that the system of this test does not need, each with the reason."""


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("why", tmp_path, monkeypatch, capsys)


def exits(user: User, *log: str) -> Deployed:
    """Deploy a system, and begin a deployment whose container exits."""
    dev = user.deploy()
    dev.deliver(b"good")
    bad = push_image(clients().client("ecr"), dev.name, "next", b"bad")
    clients().local.let_containers_fail(bad, exit_code=3, log=log)
    dev.start_image(bad)
    until(lambda: user.answer(Why)[0] == 2, TIMEOUT_SECONDS, "nothing is wrong")
    return dev


@pytest.mark.slow
def test_the_text_has_the_cause_its_evidence_and_what_to_do(user: User) -> None:
    dev = exits(user, "starting", "[error] relation notes does not exist")

    code, out, errors = user.run()

    assert (code, errors) == (2, "")
    heading, _, _, first, *_ = out.splitlines()
    assert heading == f"dev: account {ACCOUNT}, region {REGION}"
    assert first == f"not healthy  the tasks of {dev.name}:3 fail; 0 of 1 new tasks run"
    text = " ".join(out.split())
    assert "cause The container app exits with code 3 (certain) evidence task " in text
    assert "evidence log: [error] relation notes does not exist to do The last lines of its log say why" in text
    before, after = (str(dev.repository.tagged(tag))[:19] for tag in ("latest", "next"))
    assert f"changed image: {before}… -> {after}…" in text
    assert max(map(len, out.splitlines())) <= 80
    assert "\x1b" not in out
    [shown] = blocks(section(SECTION), "text")
    titles = [line[:12].rstrip() for line in shown.splitlines()[3:] if line[0] != " "]
    assert titles == [line[:12].rstrip() for line in out.splitlines()[3:] if line[0] != " "]


@pytest.mark.slow
def test_the_documented_actions_are_used_and_each_denial_is_named(user: User) -> None:
    exits(user, "failed")
    local, allowed = clients().local, sorted(documented(SECTION))
    before = len(local.decisions())

    found = with_rights(why.read, {"Effect": "Allow", "Action": allowed, "Resource": "*"})

    assert (found.not_read, found.exit_code) == ([], Exit.UNUSUAL)
    made = [each for each in local.decisions()[before:] if each["principal"].endswith(f"role/{ROLE}")]
    assert {each["action"] for each in made} == {*allowed} - {*NOT_ASKED} == {*PART}
    for action, part in PART.items():
        denied = with_rights(why.read, ALL, {"Effect": "Deny", "Action": action, "Resource": "*"})
        reasons = {each.part: each.reason for each in denied.not_read}
        assert reasons[part] == f"the credentials lack the permission {action}"


@pytest.mark.slow
def test_an_empty_account_is_unknown(user: User) -> None:
    code, out, errors = user.run()

    assert (code, errors) == (3, "")
    assert "\nunknown  " in out
    assert re.findall(r"(?m)^not read +(\w+):", out) == [
        "service",
        "tasks",
        "targets",
        "executions",
        "stages",
        "certificate",
        "database",
    ]
    assert "Traceback" not in out


@pytest.mark.slow
def test_another_region_is_unknown(user: User) -> None:
    user.deploy()
    user.settings(region="eu-west-1")

    code, found = user.answer(Why)

    assert (code, found.verdict, found.cause) == (3, "unknown", None)


@pytest.mark.slow
def test_without_credentials_there_is_one_message(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)

    code, out, errors = user.run()

    assert (code, out) == (1, "")
    assert len(errors.splitlines()) == 1
    assert "Traceback" not in errors


def answer(**members: Any) -> Why:
    """Return an answer in which some members differ from those of a healthy environment."""
    place = {"environment": "dev", "region": REGION, "account": ACCOUNT, "caller": "arn", "not_read": []}
    healthy = {"verdict": "healthy", "text": "", "other_causes": [], "changes": [], "notes": []}
    return Why.model_validate(place | healthy | members)


def test_the_exit_code_is_that_of_the_verdict() -> None:
    missing = [NotRead(part="log", reason="denied")]

    assert answer().exit_code == answer(verdict="in progress").exit_code == Exit.OK
    assert answer(verdict="failed").exit_code == answer(verdict="not healthy", not_read=missing).exit_code == 2
    assert answer(not_read=missing).exit_code == answer(verdict="unknown", not_read=missing).exit_code == Exit.PARTIAL


def test_control_characters_of_a_log_do_not_reach_the_terminal() -> None:
    evidence = ["log: \x1b[31m[error]\x1b[0m \x1b]0;title\x07", "log: end"]
    cause = Cause(kind="exits", text="it exits", certainty="certain", evidence=evidence, advice="do")
    system: dict[str, Any] = {
        "environment": "dev",
        "region": REGION,
        "account": ACCOUNT,
        "caller": "arn",
        "not_read": [],
    }
    nothing: dict[str, Any] = {"other_causes": [], "changes": [], "notes": []}

    why = Why(verdict="failed", text="it failed", cause=cause, **nothing, **system)

    out = text(*table.rendered(why))
    assert r"log: [error] \x1b]0;title\x07" in out
    assert "\x1b" not in out


def test_a_long_command_has_a_line_of_its_own() -> None:
    command = f"aws secretsmanager restore-secret --secret-id arn:aws:secretsmanager:eu-central-1:1:secret:{'a' * 60}"
    cause = Cause(
        kind="secret-deleted",
        text="The secret is deleted",
        certainty="certain",
        evidence=[],
        advice=f"Restore it: `{command}`. Then run `make deploy ENV=dev`",
    )
    place = {"environment": "dev", "region": "eu-central-1", "account": "1", "caller": "arn", "not_read": []}
    wrong = {"verdict": "failed", "text": "it", "cause": cause, "other_causes": [], "changes": [], "notes": []}

    lines = text(*table.rendered(Why.model_validate(place | wrong))).splitlines()

    assert lines[-3:] == ["", "command 1:", command]
    assert "Restore it: command 1 below. Then run `make deploy ENV=dev`" in " ".join(" ".join(lines[:-3]).split())
