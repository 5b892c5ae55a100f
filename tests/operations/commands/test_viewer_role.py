"""The viewer role under its own session: every command works, and each permission is needed.

The policies are those of the synthesized stack. The system has the names of the stacks, so a wrong ARN is a denial.
"""

import json
from collections.abc import Iterator

import pytest

from operations import command
from operations.commands.reading import Reading
from operations.wait import until
from rehearsal.images.image import push_image
from tests.support.images.complete import Complete, complete
from tests.support.localaws.aws_pipeline import ACCOUNT, ALLOW_ALL, TIMEOUT_SECONDS, clients
from tests.support.localaws.images import put_image
from tests.support.localaws.roles import client as client_of
from tests.support.localaws.roles import session
from tests.support.ops.acting import Words
from tests.support.ops.people import Person, documented, missing, person
from tools.outside import OutsideError

pytestmark = pytest.mark.slow

APP = "viewer"
COMMANDS: list[Words] = [
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


@pytest.fixture(scope="module")
def dev() -> Complete:
    """A system with an image and an alarm."""
    made = complete(f"{APP}-dev")
    made.deliver(b"one")
    put_image(clients().client("ecr"), made.name, "single", "single")
    clients().client("cloudwatch").put_metric_alarm(
        AlarmName=f"{made.name}-unhealthy",
        Namespace="AWS/ApplicationELB",
        MetricName="UnHealthyHostCount",
        Statistic="Maximum",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
        Period=60,
        EvaluationPeriods=5,
        Tags=[{"Key": "app", "Value": APP}, {"Key": "environment", "Value": "dev"}],
    )
    return made


@pytest.fixture(scope="module")
def viewer(dev: Complete, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """A person with a session of the viewer role."""
    secrets = {"TOKEN": f"{dev.secret}:token::", "DSN": dev.parameter}
    with person("viewer", APP, tmp_path_factory.mktemp("viewer"), service={"secrets": secrets}) as made:
        yield made


def test_every_command_works_and_each_permission_is_needed(
    viewer: Person, dev: Complete, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands run while a deployment fails, and after a build has failed. So `why` reads everything."""

    def run(words: Words) -> str:
        code, said = viewer.run(words, monkeypatch, capsys)
        assert code in (0, 2, 3), said
        return said

    def work() -> None:
        viewer.used.clear()
        for words in COMMANDS:
            assert missing(run(words)) == ({CLOSED} if words == ("verify",) else set()), words

    def checked(actions: set[str]) -> set[str]:
        """Remove each action from the policy, and run a command that has used the action."""
        for action in sorted(actions):
            words = next(each for each in COMMANDS if action in viewer.used[each])
            viewer.allow(without=action)
            assert action in missing(run(words)), (action, words)
        viewer.allow()
        return actions

    local = clients().local
    bad = push_image(clients().client("ecr"), dev.name, "bad", b"bad")
    local.let_containers_fail(bad, exit_code=3, log=["failed"])
    failing = dev.start_image(bad)
    until(lambda: "exit" in run(("why",)), TIMEOUT_SECONDS, "nothing is wrong")
    work()
    first = checked(set().union(*viewer.used.values()) - {CLOSED})

    codebuild = clients().client("codebuild")
    [project] = codebuild.batch_get_projects(names=[dev.project])["projects"]
    broken = {"version": "0.2", "phases": {"build": {"commands": ["exit 1"]}}}
    pipeline = clients().client("codepipeline")
    pipeline.stop_pipeline_execution(pipelineName=dev.name, pipelineExecutionId=failing, abandon=True)
    dev.deliver(b"two")
    codebuild.update_project(name=dev.project, source=project["source"] | {"buildspec": json.dumps(broken)})
    dev.start_image(bad)
    until(lambda: "Build" in run(("why",)), TIMEOUT_SECONDS, "no build has failed")
    work()
    second = checked(set().union(*viewer.used.values()) - {CLOSED} - first)

    assert first | second == viewer.actions("viewer") - {*NOT_ASKED}


def test_the_policy_has_the_documented_actions(viewer: Person) -> None:
    assert documented("## Look at a system") - {CLOSED, "sts:AssumeRole"} == viewer.actions("viewer")


def test_nobody_else_can_assume_the_role(viewer: Person) -> None:
    local = clients().local
    other = client_of(local, session(local, "viewer-other", ALLOW_ALL), "sts")

    with pytest.raises(other.exceptions.ClientError, match="not authorized to perform: sts:AssumeRole"):
        other.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{viewer.role}", RoleSessionName="anna")


def test_the_viewer_does_not_assume_the_role_of_deployments(viewer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The viewer role cannot assume the role in role_arn. Other credentials must assume it."""
    settings = command.settings("dev").model_copy(update={"role_arn": f"arn:aws:iam::{ACCOUNT}:role/none"})
    monkeypatch.setattr(command, "settings", lambda _: settings)

    assert Reading.begin("dev", "test").caller.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/{viewer.role}/anna"
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(OutsideError, match=r"dev\.role_arn: the credentials cannot assume"):
        Reading.begin("dev", "test")
