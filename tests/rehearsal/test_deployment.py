"""A deployment of the rehearsal whose plan fails. tests/rehearsal/test_main.py tests the settings, and
tests/system/test_rehearsal.py the rest.
"""

from pathlib import Path

import pytest

from rehearsal.deployment import Deployment
from tests.support.localaws.aws_pipeline import clients
from tests.support.synthesized import DEV
from tools.toolchain.cli import Cdktf, Planned
from tools.toolchain.commands import CommandError


def test_a_stack_that_cannot_be_planned_is_no_stack_without_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = CommandError("terraform plan", 1, "Error: no")
    monkeypatch.setattr(Cdktf, "make_plans", lambda *_: {"dev-dns": Planned(), "dev-main": Planned(error=error)})
    deployment = Deployment(clients().local, tmp_path, settings=DEV, on_progress=lambda _: None)

    with pytest.raises(CommandError, match="Error: no"):
        deployment.expect_no_changes("dev-dns", "dev-main")
