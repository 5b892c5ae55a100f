"""The program behind `make workflows`: writes the environments of the settings file into GitHub's workflows.

`deploy.yml` gets one job for each environment, in place of all its jobs, and the branch of the deployments. `diff.yml`
gets one entry of its matrix for each environment. The environments have the order of the settings file.
"""

import tools.outside  # noqa: F401, I001  # first: it handles Ctrl-C during the other imports

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from settings import Settings, SettingsError, load
from settings.location import SETTINGS_FILE
from tools.outside import OutsideError
from tools.toolchain import files, program

FOLDER = Path(".github", "workflows")
BRANCHES = re.compile(r"(?<=\n    branches: )\[.*\](?=\n)")
JOBS = re.compile(r"(?<=\njobs:\n).*\Z", re.DOTALL)
MATRIX = re.compile(r"(?<=\n        include:\n)(?: {10}.*\n)+")
"""The parts of the workflows that name environments."""

RESERVED = "GITHUB_"
"""The prefix that GitHub refuses in names of variables.

https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/use-variables
"""

JOB = """\
  {name}:
    {condition}
    permissions:
      contents: read
      id-token: write
    concurrency:
      group: deploy-{environment}
    uses: ./.github/workflows/deploy-environment.yml
    with:
      environment: {name}
      diff-role-arn: ${{{{ vars.{diff} }}}}
      deploy-role-arn: ${{{{ vars.{deploy} }}}}
"""
ENTRY = """\
          - environment: {name}
            role-arn: ${{{{ vars.{diff} }}}}
"""


def main() -> int:
    """Write the workflows of the working folder, and return the exit code."""
    return program.run(_run, SettingsError)


def _run() -> int:
    environments = load(SETTINGS_FILE)
    for file, content in workflows(Path.cwd(), environments).items():
        if content == file.read_text(encoding="utf-8"):
            sys.stdout.write(f"{FOLDER / file.name} has the environments of the settings file\n")
        else:
            file.write_text(content, encoding="utf-8")
            sys.stdout.write(f"Wrote {FOLDER / file.name}\n")
    return 0


def workflows(project: Path, environments: Sequence[Settings]) -> dict[Path, str]:
    """Return the workflows that name environments, each with the content that the environments ask for.

    Args:
        project: The folder of the project.
        environments: The environments, in the order in which they are deployed.

    Raises:
        OutsideError: A workflow lacks the lines that name environments, or GitHub does not support the environments.
    """
    names = deployed(environments)
    deploy, diff = project / FOLDER / "deploy.yml", project / FOLDER / "diff.yml"
    branch = f"[{_scalar(_branch(environments))}]"
    triggered = _replaced(deploy, files.text(deploy), BRANCHES, branch, place="branches: [main]")
    return {
        deploy: _replaced(deploy, triggered, JOBS, "\n".join(_jobs(names)), place="jobs:"),
        diff: _replaced(diff, files.text(diff), MATRIX, "".join(map(_entry, names)), place="include:"),
    }


def deployed(environments: Sequence[Settings]) -> list[str]:
    """Return the names of the environments with roles for the workflows. If none has roles yet, return all names."""
    return [each.environment for each in environments if each.ci] or [each.environment for each in environments]


def role_variable(environment: str, role: str) -> str:
    """Return the name of the repository's variable with the ARN of a role, such as `DEV_DIFF_ROLE_ARN`.

    Args:
        environment: The name of the environment.
        role: `diff` or `deploy`.

    Raises:
        OutsideError: GitHub does not allow the name.
    """
    name = f"{environment}-{role}-role-arn".upper().replace("-", "_")
    if name.startswith(RESERVED):
        raise OutsideError(
            f"{environment}: GitHub allows no variable {name}, because {RESERVED} is reserved; rename the environment"
        )
    return name


def _jobs(names: Sequence[str]) -> Iterator[str]:
    for before, name in zip((None, *names), names, strict=False):
        yield JOB.format(
            name=_scalar(name),
            environment=name,
            condition=f"needs: {_scalar(before)}" if before else "if: vars.AWS_REGION",
            diff=role_variable(name, "diff"),
            deploy=role_variable(name, "deploy"),
        )


def _entry(name: str) -> str:
    return ENTRY.format(name=_scalar(name), diff=role_variable(name, "diff"))


def _branch(environments: Sequence[Settings]) -> str:
    """Return the branch from which the workflows deploy, which is the same for all environments."""
    branches = {each.environment: each.ci.branch for each in environments if each.ci}
    if len(set(branches.values())) > 1:
        listed = ", ".join(f"{name}.ci.branch is {branch}" for name, branch in branches.items())
        raise OutsideError(f"{FOLDER / 'deploy.yml'} deploys every environment from one branch, but {listed}")
    return next(iter(branches.values()), "main")


def _replaced(file: Path, content: str, pattern: re.Pattern[str], new: str, *, place: str) -> str:
    replaced, number = pattern.subn(lambda _: new, content)
    if number != 1:
        raise OutsideError(
            f"{file}: must have one line `{place}`, indented as in the project's own version, found {number}"
        )
    return replaced


def _scalar(text: str) -> str:
    """Return a text as YAML, in quotes if it could be another type: the name `on`, or the number `1e3` in YAML 1.2."""
    return text if yaml.safe_load(text) == text and not re.search(r"\d", text) else f'"{text}"'


if __name__ == "__main__":
    sys.exit(main())
