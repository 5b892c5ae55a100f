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
NAMES = [f"{settings.environment}-{part}" for settings in ENVIRONMENTS for part in ("registry", "dns", "main")]
SNAPSHOTS = Path(__file__).parent / "__snapshots__" / "test_snapshots"


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the stacks of every environment."""
    outdir = tmp_path_factory.mktemp("environments")
    app = cdktf.App(outdir=str(outdir))
    for settings in ENVIRONMENTS:
        main.declare(app, settings)
    app.synth()
    return outdir / "stacks"


@pytest.mark.parametrize("name", NAMES)
def test_stack(name: str, stacks: Path, snapshot: SnapshotAssertion) -> None:
    """The snapshot leaves out cdktf's comments (`//`) and the provider's source and version."""
    stack = json.loads((stacks / name / "cdk.tf.json").read_text(encoding="utf-8"))

    expected = snapshot(extension_class=JSONSnapshotExtension, exclude=props("//", "required_providers"))
    assert stack == expected, "if you wanted this change, run `make snapshots`, and read what changed in git diff"


def test_every_snapshot_is_of_a_stack(request: pytest.FixtureRequest) -> None:
    """syrupy keeps the snapshots of a removed or renamed environment."""
    stale = {file for file in SNAPSHOTS.iterdir() if file.name not in {f"test_stack[{name}].json" for name in NAMES}}
    if request.config.option.update_snapshots:
        for file in stale:
            file.unlink()

    assert [file.name for file in stale if file.exists()] == [], "`make snapshots` removes these snapshots"
