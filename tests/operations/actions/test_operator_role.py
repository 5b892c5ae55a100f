"""The operator role under its own session: every command that acts works, and each permission is needed.

The policies are those of the synthesized stack. The system has the names of the stacks, so a wrong ARN is a denial.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.images.complete import Complete
from tests.support.localaws.aws_pipeline import clients, policy
from tests.support.localaws.ecs.exec_service import CONNECT
from tests.support.ops.acting import COMMANDS, Words, ready
from tests.support.ops.people import Person, documented, missing, person
from tests.support.ops.plugin import Plugin, free_port

pytestmark = pytest.mark.slow

APP = "operator"
SESSIONS: list[Words] = [("exec", "--", "ls"), ("db-tunnel", "--port", free_port())]
"""The commands that need the Session Manager plugin."""
NEVER_ASKED = {"kms:GenerateDataKey": "the plugin asks for it, and only if the environment has a key"}
"""The documented actions that no command of this system uses, each with the reason."""


class WithExec(Complete):
    """A complete system whose container has a writable root file system, as ECS Exec needs it."""

    def task(self) -> dict[str, Any]:
        task = super().task()
        return task | {
            "containerDefinitions": [each | {"readonlyRootFilesystem": False} for each in task["containerDefinitions"]]
        }


@pytest.fixture(scope="module")
def dev() -> Complete:
    """A system with two images that ran, and with ECS Exec."""
    made = WithExec(clients(), f"{APP}-dev", by_digest=True, service_name=f"{APP}-dev")
    made.create()
    made.over(made.executions()[0]["pipelineExecutionId"])
    made.deliver(b"one")
    clients().client("iam").put_role_policy(
        RoleName=f"{made.name}-task", PolicyName="rights", PolicyDocument=policy(CONNECT)
    )
    clients().client("ecs").update_service(cluster=made.name, service=made.name, enableExecuteCommand=True)
    made.deliver(b"two")
    return made


@pytest.fixture(scope="module")
def operator(dev: Complete, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """A person with a session of the operator role."""
    service = {
        "secrets": {"TOKEN": f"{dev.secret}:token::", "DSN": dev.parameter},
        "readonly_root_filesystem": False,
        "ecs_exec": True,
    }
    with person("operator", APP, tmp_path_factory.mktemp("operator"), service=service) as made:
        yield made


def test_every_command_works_and_each_permission_is_needed(
    operator: Person,
    dev: Complete,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The commands also run without each permission that the viewer role lacks. Its tests remove the others."""
    Plugin.install(tmp_path, monkeypatch)
    extra = operator.actions("operator") - operator.actions("viewer")
    checked: set[str] = set()
    for words in [*COMMANDS, *SESSIONS]:
        filled = ready(dev, words)
        code, said = operator.run(filled, monkeypatch, capsys)
        assert (code, missing(said)) == (0, set()), (words, said)
        for action in sorted((operator.used[filled] & extra) - checked):
            operator.allow(without=action)
            code, said = operator.run(ready(dev, words), monkeypatch, capsys)
            assert (code, missing(said)) == (125 if words[0] == "run" else 1, {action}), (words, action, said)
            checked.add(action)
        operator.allow()

    assert checked == extra


def test_the_policy_has_the_documented_actions(operator: Person) -> None:
    extra = operator.actions("operator") - operator.actions("viewer")

    assert documented("## Change a running system") - operator.actions("viewer") - {*NEVER_ASKED} == extra
