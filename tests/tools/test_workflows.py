"""`make workflows`: the environments of the settings file in GitHub's workflows."""

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import CiSettings, Settings
from tests.support.settings_files import written
from tests.support.synthesized import DEV, ROOT
from tools import workflows
from tools.outside import OutsideError

THREE = """
[defaults]
app = "shop"
region = "eu-west-1"
state = { backend = "s3", bucket = "shop-state" }
ci = { repository = "owner/name", branch = "release/1.0" }

[dev]
domain = "dev.example.com"

[acceptance-eu]
domain = "acceptance.example.com"

[live]
domain = "shop.example.com"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with the two workflows and a settings file."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    written(tmp_path, THREE)
    return tmp_path


def run(project: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.chdir(project)
    monkeypatch.setattr(workflows, "SETTINGS_FILE", project / "environments.toml")
    monkeypatch.setattr(sys, "argv", ["workflows"])
    return workflows.main()


def read(project: Path, name: str) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load((project / workflows.FOLDER / name).read_text(encoding="utf-8"))
    return content


def named(*names: str, **given: object) -> list[Settings]:
    return [DEV.model_copy(update={"environment": name, **given}) for name in names]


def test_each_environment_gets_a_job_after_the_previous_one(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, monkeypatch) == 0

    assert capsys.readouterr().out == "Wrote .github/workflows/deploy.yml\nWrote .github/workflows/diff.yml\n"
    deploy = read(project, "deploy.yml")
    assert deploy[True] == {"push": {"branches": ["release/1.0"]}}  # YAML reads the key `on` as true
    assert {name: job.get("needs") for name, job in deploy["jobs"].items()} == {
        "dev": None,
        "acceptance-eu": "dev",
        "live": "acceptance-eu",
    }
    assert deploy["jobs"]["acceptance-eu"]["with"] == {
        "environment": "acceptance-eu",
        "diff-role-arn": "${{ vars.ACCEPTANCE_EU_DIFF_ROLE_ARN }}",
        "deploy-role-arn": "${{ vars.ACCEPTANCE_EU_DEPLOY_ROLE_ARN }}",
    }
    assert read(project, "diff.yml")["jobs"]["diff"]["strategy"]["matrix"]["include"] == [
        {"environment": name, "role-arn": f"${{{{ vars.{variable}_DIFF_ROLE_ARN }}}}"}
        for name, variable in (("dev", "DEV"), ("acceptance-eu", "ACCEPTANCE_EU"), ("live", "LIVE"))
    ]


def test_a_second_run_changes_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(project, monkeypatch)
    before = {file: file.read_bytes() for file in (project / workflows.FOLDER).iterdir()}
    capsys.readouterr()

    assert run(project, monkeypatch) == 0

    assert capsys.readouterr().out == "".join(
        f".github/workflows/{name}.yml has the environments of the settings file\n" for name in ("deploy", "diff")
    )
    assert {file: file.read_bytes() for file in (project / workflows.FOLDER).iterdir()} == before


def test_a_name_that_yaml_reads_as_another_type_is_quoted(project: Path) -> None:
    deploy, diff = workflows.workflows(project, named("on", "null")).values()

    assert list(yaml.safe_load(deploy)["jobs"]) == ["on", "null"]
    assert [each["environment"] for each in yaml.safe_load(diff)["jobs"]["diff"]["strategy"]["matrix"]["include"]] == [
        "on",
        "null",
    ]


def test_a_branch_that_yaml_1_2_reads_as_a_number_is_quoted(project: Path) -> None:
    deploy, _ = workflows.workflows(
        project, named("dev", ci=CiSettings(repository="owner/name", branch="1e3"))
    ).values()

    assert '    branches: ["1e3"]\n' in deploy


def test_environments_without_roles_are_left_out_if_others_have_roles(project: Path) -> None:
    ci = CiSettings(repository="owner/name")
    deploy, _ = workflows.workflows(project, [*named("sandbox"), *named("dev", "live", ci=ci)]).values()

    assert {name: job.get("needs") for name, job in yaml.safe_load(deploy)["jobs"].items()} == {
        "dev": None,
        "live": "dev",
    }


def test_a_variable_that_github_reserves_is_refused(project: Path) -> None:
    with pytest.raises(OutsideError, match=r"^github-eu: GitHub allows no variable GITHUB_EU_DIFF_ROLE_ARN, "):
        workflows.workflows(project, named("github-eu"))


def test_environments_with_different_branches_are_refused(project: Path) -> None:
    dev, live = (
        named(name, ci=CiSettings(repository="owner/name", branch=branch))
        for name, branch in (("dev", "main"), ("live", "release"))
    )

    with pytest.raises(OutsideError, match=r"one branch, but dev\.ci\.branch is main, live\.ci\.branch is release$"):
        workflows.workflows(project, [*dev, *live])


@pytest.mark.parametrize(
    ("name", "place"),
    [("deploy.yml", "branches: [main]"), ("deploy.yml", "jobs:"), ("diff.yml", "include:")],
)
def test_if_a_workflow_lacks_the_place_none_is_written(
    name: str, place: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / workflows.FOLDER / name
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if place.split()[0] not in line), encoding="utf-8")
    before = {file: file.read_bytes() for file in (project / workflows.FOLDER).iterdir()}

    assert run(project, monkeypatch) == 1

    assert capsys.readouterr().err.startswith(f"✗ {file}: must have one line `{place}`, ")
    assert {file: file.read_bytes() for file in (project / workflows.FOLDER).iterdir()} == before


def test_missing_workflows_are_named(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(project / ".github")

    assert run(project, monkeypatch) == 1
    assert capsys.readouterr().err == f"✗ {project / workflows.FOLDER / 'deploy.yml'}: No such file or directory\n"
