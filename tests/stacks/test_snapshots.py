"""Complete snapshots of the stacks of environments.toml, so that a diff shows the effect of a change.

`make snapshots` rewrites the snapshots.
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

pytestmark = pytest.mark.project

ENVIRONMENTS = load(ROOT / "environments.toml")


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the stacks of every environment."""
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
    """The snapshot leaves out cdktf's comments (`//`) and the provider's source and version."""
    stack = json.loads((stacks / name / "cdk.tf.json").read_text(encoding="utf-8"))

    expected = snapshot(extension_class=JSONSnapshotExtension, exclude=props("//", "required_providers"))
    assert stack == expected, "if you wanted this change, run `make snapshots`, and read what changed in git diff"
