"""`make promote` between two environments that Terraform deployed to one local AWS.

tests/operations/test_promote.py covers every case, with environments that are deployed without Terraform.
"""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localaws.server import LocalAws
from rehearsal.steps import Rehearsal
from settings import find
from tests.support.settings_files import ENVIRONMENTS
from tools import toolchain

pytestmark = [
    pytest.mark.slow,
    pytest.mark.provider,
    pytest.mark.usefixtures("provider"),
    pytest.mark.thorough("deploys two environments, which takes three minutes"),
]

NAMES = ("dev", "production")


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[dict[str, Rehearsal]]:
    """Return both environments, each with its first image deployed."""
    settings = {name: find(ENVIRONMENTS, name) for name in NAMES}
    with LocalAws.start(tmp_path / "aws.log", region=settings["dev"].region) as aws:
        made = {}
        for name in NAMES:
            (folder := tmp_path / name).mkdir()
            made[name] = Rehearsal(aws, folder, settings=settings[name], on_progress=lambda _: None)
        with ThreadPoolExecutor() as threads:
            list(threads.map(_build_up, made.values()))
        yield made


def _build_up(rehearsal: Rehearsal) -> None:
    for step in [*rehearsal.deploy(), rehearsal.deliver()[0]]:
        step.run()


def test_the_image_of_dev_goes_live_in_production_by_one_execution(
    deployed: dict[str, Rehearsal], tmp_path: Path
) -> None:
    dev, production = deployed["dev"], deployed["production"]
    push = dev.delivery.push(b"second")
    dev.delivery.started(push)
    file = tmp_path / "environments.toml"
    file.write_text("".join(each.settings_file.read_text(encoding="utf-8") for each in deployed.values()))
    before, events = production.system.executions.ids(), len(dev.aws.deliveries())

    done = subprocess.run(
        [sys.executable, "-m", "operations.promote", "--yes", "dev", "production"],
        cwd=toolchain.ROOT,
        env=dev.aws.environment() | {"ENVIRONMENTS_FILE": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"production runs {push.digest} ({production.system.revision()})"
    for each in deployed.values():
        assert each.system.container()["image"] == f"{each.system.repository_url}@{push.digest}"
    assert len(production.system.executions.ids()) == len(before) + 1
    started = [
        target["started"]
        for delivery in dev.aws.deliveries(since=events)
        for rule in delivery["rules"]
        for target in rule["targets"]
        if ":codepipeline:" in target["arn"]
    ]
    assert started == [(production.system.executions.ids() - before).pop()]
    assert [one["message"] for one in dev.aws.decisions() if not one["allowed"]] == []
