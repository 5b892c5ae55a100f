"""Tests of the answers: their JSON has the schemas in docs/schemas/."""

import json

import pytest

from operations.actions.deploys import Deploys
from operations.actions.redeploy import Redeployed
from operations.actions.rollback.answer import RolledBack
from operations.actions.run.command import Ran
from operations.actions.scale import Scaled
from operations.actions.stop_task import StoppedTask
from operations.commands.answer import Answer
from operations.commands.history import History
from operations.commands.images import Images
from operations.commands.log_line import LogLine
from operations.commands.outputs import Outputs
from operations.commands.secrets import Secrets
from operations.commands.status_answer import Status
from operations.commands.tasks import Tasks
from operations.commands.verify.answer import Verification
from operations.commands.wait.command import Waited
from operations.commands.why.answer import Why
from tests.support.synthesized import ROOT

ANSWERS = [
    Deploys,
    History,
    Images,
    LogLine,
    Outputs,
    Ran,
    Redeployed,
    RolledBack,
    Scaled,
    Secrets,
    Status,
    StoppedTask,
    Tasks,
    Verification,
    Waited,
    Why,
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_schema_of_an_answer_is_documented(answer: type[Answer]) -> None:
    """A script of a user can depend on the schema. A changed or removed member needs a line in CHANGELOG.md.

    To write a changed schema: `json.dumps(Status.model_json_schema(mode="serialization"), indent=2)`.
    """
    written = (ROOT / "docs" / "schemas" / f"{answer.__name__.lower()}.json").read_text(encoding="utf-8")

    assert json.loads(written) == answer.model_json_schema(mode="serialization")
