"""The viewer role under its own session: every command works, and each permission is needed.

The policies are those of the synthesized stack. The system has the names of the stacks, so a wrong ARN is a denial.
"""

import copy
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from operations import __main__ as program
from operations import command
from operations.commands.reading import Reading
from operations.wait import until
from rehearsal.images.image import push_image
from settings import Settings
from tests.support.images.complete import Complete, complete
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, REGION, TIMEOUT_SECONDS, clients
from tests.support.localaws.images import put_image
from tests.support.localaws.roles import client as client_of
from tests.support.localaws.roles import credentials, session
from tests.support.synthesized import ROOT, Json, system
from tests.support.workflow_roles import ACCOUNT as ACCOUNT_REFERENCE
from tests.support.workflow_roles import PARTITION
from tools.outside import OutsideError

pytestmark = pytest.mark.slow

APP = "viewer"
ROLE, OPERATOR = f"{APP}-dev-viewer", "viewer-operator"
COMMANDS: list[tuple[str, ...]] = [
    ("tasks",),
    ("secrets",),
    ("logs",),
    ("logs", "--previous"),
    ("logs", "build"),
    ("logs", "database"),
    ("status",),
    ("history",),
    ("images",),
    ("why",),
    ("verify",),
]
"""The commands that read AWS, the fast ones first."""

CLOSED = "secretsmanager:GetSecretValue"
"""The action that the role lacks on purpose, so that `ops verify` does not check the keys of secrets."""

NOT_ASKED = {
    "route53:ListHostedZonesByName": "the public DNS does not know the zones of the local AWS, so nothing is checked",
    "route53:ListTagsForResource": "as route53:ListHostedZonesByName",
    "route53:GetHostedZone": "as route53:ListHostedZonesByName",
}
"""The actions that no command needs with the local AWS, each with the reason."""

LACKS = "the credentials lack the permission {}"


@dataclass
class Viewer:
    """A person with a session of the viewer role."""

    dev: Complete
    policy: Json
    """The role's policy, as synthesized."""
    file: Path
    used: dict[tuple[str, ...], set[str]] = field(default_factory=dict)
    """The actions that each command has used."""
    readings: list[Reading] = field(default_factory=list)

    def allow(self, without: str = "") -> None:
        """Give the role its policy, without one of the actions."""
        left = [
            each | {"Action": [action for action in each["Action"] if action != without]}
            for each in self.policy["Statement"]
        ]
        document = self.policy | {"Statement": [each for each in left if each["Action"]]}
        iam = clients().client("iam")
        iam.put_role_policy(RoleName=ROLE, PolicyName="rights", PolicyDocument=json.dumps(document))

    def decisions(self) -> list[Any]:
        principal = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
        return [each for each in clients().local.decisions() if each["principal"] == principal]

    @property
    def actions(self) -> set[str]:
        """The actions of the policy."""
        return {action for each in self.policy["Statement"] for action in each["Action"]}


def real(text: str) -> Json:
    """Return a policy of the synthesized stack with the account of the tests."""
    document: Json = json.loads(text.replace(PARTITION, "aws").replace(ACCOUNT_REFERENCE, ACCOUNT))
    return document


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    """Deploy the system, create the role as synthesized, and let the operator assume it."""
    local, folder = clients().local, tmp_path_factory.mktemp("viewer")
    dev = complete(f"{APP}-dev")
    dev.deliver(b"one")
    put_image(clients().client("ecr"), dev.name, "single", "single")
    clients().client("cloudwatch").put_metric_alarm(
        AlarmName=f"{dev.name}-unhealthy",
        Namespace="AWS/ApplicationELB",
        MetricName="UnHealthyHostCount",
        Statistic="Maximum",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        Period=60,
        EvaluationPeriods=5,
        Tags=[{"Key": "app", "Value": APP}, {"Key": "environment", "Value": "dev"}],
    )
    operator = session(local, OPERATOR, ALLOW_ALL)
    table: dict[str, Any] = {
        "app": APP,
        "region": REGION,
        "domain": f"{APP}-dev.example.com",
        "protect": False,
        "viewer": {"principals": [f"arn:aws:iam::{ACCOUNT}:role/{OPERATOR}"]},
        "service": {"secrets": {"TOKEN": f"{dev.secret}:token::", "DSN": dev.parameter}},
    }
    (folder / "environments.toml").write_text(tomli_w.dumps({"dev": table}), encoding="utf-8")
    stack = system(folder / "stacks", Settings.model_validate(table | {"environment": "dev"}))["dev-main"]
    [policy] = stack.policies("viewer")
    role = stack.resources("aws_iam_role")["viewer"]
    clients().client("iam").create_role(
        RoleName=role["name"], AssumeRolePolicyDocument=json.dumps(real(role["assume_role_policy"]))
    )
    made = Viewer(dev, real(policy), folder / "environments.toml")
    made.allow()
    assumed = client_of(local, operator, "sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", RoleSessionName="anna"
    )
    with pytest.MonkeyPatch.context() as patch:
        for name, value in local.variables(credentials(assumed)).items():
            patch.setenv(name, value)
        patch.setenv("ENVIRONMENTS_FILE", str(made.file))
        made.readings.append(Reading.begin("dev", "test"))
        yield made


def run(viewer: Viewer, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> str:
    """Run a command with the session of the viewer, and return everything that it says."""

    def begin(_environment: str, _name: str) -> Reading:
        reading = copy.copy(viewer.readings[0])
        reading.not_read = []
        return reading

    patch.setattr(Reading, "begin", begin)
    patch.setattr(sys, "argv", ["ops", words[0], "dev", *words[1:], "--json"])
    code = program.main()
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert code in (0, 2, 3), said.err
    return said.out + said.err


def missing(text: str) -> set[str]:
    """Return the permissions that an answer says are missing."""
    return {*re.findall(LACKS.format(r"([\w-]+:\w+)"), text)}


def test_every_command_works_and_each_permission_is_needed(
    viewer: Viewer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands run while a deployment fails, and after a build has failed. So `why` reads everything."""

    def work() -> None:
        for words in COMMANDS:
            before = len(viewer.decisions())
            found = missing(run(viewer, monkeypatch, capsys, words))
            viewer.used[words] = {each["action"] for each in viewer.decisions()[before:]}
            assert found == ({CLOSED} if words == ("verify",) else set()), words

    def checked(actions: set[str]) -> set[str]:
        """Remove each action from the policy, and run a command that has used the action."""
        for action in sorted(actions):
            words = next(each for each in COMMANDS if action in viewer.used[each])
            viewer.allow(without=action)
            assert action in missing(run(viewer, monkeypatch, capsys, words)), (action, words)
        viewer.allow()
        return actions

    dev, local = viewer.dev, clients().local
    bad = push_image(clients().client("ecr"), dev.name, "bad", b"bad")
    local.let_containers_fail(bad, exit_code=3, log=["failed"])
    failing = start(dev, bad)
    until(lambda: "exit" in run(viewer, monkeypatch, capsys, ("why",)), TIMEOUT_SECONDS, "nothing is wrong")
    work()
    first = checked(set().union(*viewer.used.values()) - {CLOSED})

    codebuild = clients().client("codebuild")
    [project] = codebuild.batch_get_projects(names=[dev.project])["projects"]
    broken = {"version": "0.2", "phases": {"build": {"commands": ["exit 1"]}}}
    pipeline = clients().client("codepipeline")
    pipeline.stop_pipeline_execution(pipelineName=dev.name, pipelineExecutionId=failing, abandon=True)
    dev.deliver(b"two")
    codebuild.update_project(name=dev.project, source=project["source"] | {"buildspec": json.dumps(broken)})
    start(dev, bad)
    until(lambda: "Build" in run(viewer, monkeypatch, capsys, ("why",)), TIMEOUT_SECONDS, "no build has failed")
    work()
    second = checked(set().union(*viewer.used.values()) - {CLOSED} - first)

    assert first | second == viewer.actions - {*NOT_ASKED}


def test_the_policy_has_the_documented_actions(viewer: Viewer) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    commands = page.partition("\n## Look at a system\n")[2].partition("\n## ")[0]

    documented = {*re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", commands)}
    assert documented - {CLOSED, "sts:AssumeRole"} == viewer.actions


def start(dev: Complete, digest: str) -> str:
    return dev.start(sourceRevisions=[{"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": digest}])


def test_nobody_else_can_assume_the_role(viewer: Viewer) -> None:
    local = clients().local
    other = client_of(local, session(local, "viewer-other", ALLOW_ALL), "sts")

    with pytest.raises(other.exceptions.ClientError, match="not authorized to perform: sts:AssumeRole"):
        other.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", RoleSessionName="anna")
    assert viewer.dev.name == f"{APP}-dev"


def test_the_viewer_does_not_assume_the_role_of_deployments(viewer: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The viewer role cannot assume the role in role_arn. Other credentials must assume it."""
    settings = command.settings("dev").model_copy(update={"role_arn": f"arn:aws:iam::{ACCOUNT}:role/none"})
    monkeypatch.setattr(command, "settings", lambda _: settings)

    assert Reading.begin("dev", "test").caller.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/anna"
    assert viewer.file.exists()
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(OutsideError, match=r"dev\.role_arn: the credentials cannot assume"):
        Reading.begin("dev", "test")
