"""The stacks of environments.toml, whole: what a change does to them stands in its diff.

`make snapshots` rewrites what is expected here.
"""

import json
from pathlib import Path

import cdktf
import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension
from syrupy.filters import props

import main
from settings import load
from tests.support.synthesized import ROOT

ENVIRONMENTS = load(ROOT / "environments.toml")


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the stacks of every environment."""
    outdir = tmp_path_factory.mktemp("environments")
    app = cdktf.App(outdir=str(outdir))
    for settings in ENVIRONMENTS:
        main.declare(app, settings)
    app.synth()
    return outdir / "stacks"


@pytest.mark.parametrize(
    "name", [f"{settings.environment}-{part}" for settings in ENVIRONMENTS for part in ("registry", "dns", "main")]
)
def test_stack(name: str, stacks: Path, snapshot: SnapshotAssertion) -> None:
    """All of it but cdktf's own remarks, and the provider's source and version, which belong to no one stack."""
    stack = json.loads((stacks / name / "cdk.tf.json").read_text(encoding="utf-8"))

    assert stack == snapshot(extension_class=JSONSnapshotExtension, exclude=props("//", "required_providers"))
