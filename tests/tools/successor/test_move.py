"""The move of the project to CDK Terrain."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tests.test_import_law import imports
from tools.bindings import successor
from tools.outside import OutsideError
from tools.successor import move


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's files, after the move."""
    project = tmp_path_factory.mktemp("moved")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, project / name)
    move.move(project)
    return project


def test_no_module_imports_cdktf(moved: Path) -> None:
    files = [path for path in moved.rglob("*.py") if path.relative_to(moved).parts[:2] != ("tools", "bindings")]
    imported = {str(path.relative_to(moved)): set(imports(path.read_text())) for path in files}

    assert "cdktn.App" in imported["main.py"]
    assert [path for path, names in imported.items() if any(name.startswith("cdktf") for name in names)] == []


def test_the_packages_are_those_of_the_successor(moved: Path) -> None:
    packages = tomllib.loads((moved / "Pipfile").read_text())["packages"]
    npm = json.loads((moved / "package.json").read_text())

    pinned = (ROOT / move.REQUIREMENTS).read_text().splitlines()
    assert [f"{name}{packages[name]}" for name in packages if "cdkt" in name] == [line.split()[0] for line in pinned]
    assert npm["description"].startswith("Pins cdktn-cli")
    assert npm["dependencies"] == json.loads((ROOT / move.PACKAGE).read_text())["dependencies"]
    assert [name for name in npm["overrides"] if "cdktf" in name] == []


@pytest.mark.skipif(not successor.ACTIVE, reason="only an environment with cdktn can run it: make test-fast CDK=cdktn")
def test_the_moved_project_synthesizes_the_same(moved: Path, tmp_path: Path) -> None:
    """The metadata names the line of the program that has created a resource, and these lines are the same."""
    for project in (ROOT, moved):
        variables = {**os.environ, "PYTHONPATH": str(project), "CDKTF_OUTDIR": str(tmp_path / project.name)}
        subprocess.run([sys.executable, "main.py"], cwd=project, env=variables, check=True)

    before, after = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.json")}
        for folder in (tmp_path / ROOT.name, tmp_path / moved.name)
    )
    assert before
    assert before == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from cdktf import App\n", "from cdktn import App\n"),
        ("import cdktf\n", "import cdktn\n"),
        ("+from cdktf_cdktf_provider_aws.vpc import Vpc\n", "+from cdktn_provider_aws.vpc import Vpc\n"),
        ("app: cdktf.App", "app: cdktn.App"),
        *((text, text) for text in ('"cdktf.out"', "cdktf.deploy()", "cdktf deploy", "from cdktf_other import x")),
    ],
)
def test_only_names_of_modules_change(before: str, after: str) -> None:
    assert move.renamed(before) == after


def test_uncommitted_changes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    Path("Pipfile").write_text("changed")

    with pytest.raises(OutsideError, match=r"^commit or stash these changes first, .*:\n\?\? Pipfile\n$"):
        move.move_in_working_folder()

    assert Path("Pipfile").read_text() == "changed"
