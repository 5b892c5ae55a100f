"""A job of a workflow on this machine: the shell steps run as on GitHub, and the actions are left out."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support.synthesized import ROOT

TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """The end of a job: the step that failed, and the output of all steps that ran."""

    failed: str | None
    output: str


@dataclass
class Job:
    """One run of a job.

    Args:
        file: The file of the workflow.
        name: The name of the job.
        folder: The folder of the repository.
        temp: A folder for the files of the runner.
        environment: The environment of the steps. It contains what the actions would add: AWS credentials.
        variables: The variables of the GitHub environment.
    """

    file: Path
    name: str
    folder: Path
    temp: Path
    environment: Mapping[str, str]
    variables: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        workflow = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        # https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#defaultsrunshell
        assert workflow["defaults"] == {"run": {"shell": "bash"}}
        self._job: dict[str, Any] = workflow["jobs"][self.name]
        programs = self.temp / "bin"
        programs.mkdir(exist_ok=True)
        python = shlex.quote(sys.executable)
        _program(programs / "docker", f'exec {python} -m tests.support.github.docker "$@"')
        _program(programs / "sleep", "exec /bin/sleep 0.2")  # the local AWS delivers within seconds

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """The shell steps, by name."""
        return {step["name"]: step for step in self._job["steps"] if "run" in step}

    def run(self, *names: str) -> Ended:
        """Run the steps with these names, by default all shell steps, until one of them fails."""
        output = ""
        for name, step in self.steps.items():
            if not names or name in names:
                done = self._run(step)
                output += done.stdout
                if done.returncode:
                    return Ended(name, output)
        return Ended(None, output)

    def _run(self, step: Mapping[str, Any]) -> "subprocess.CompletedProcess[str]":
        written = self.temp / "output"
        written.write_text("", encoding="utf-8")
        script = self.temp / "script"
        script.write_text(step["run"], encoding="utf-8")
        declared = self._job.get("env", {}) | step.get("env", {})
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.folder,
            env={
                **self.environment,
                "PATH": f"{self.temp / 'bin'}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                "DOCKER_CONFIG": str(self.temp),
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_OUTPUT": str(written),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
                **{name: self._value(str(value)) for name, value in declared.items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
        )
        for line in written.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            self.outputs[f"steps.{step['id']}.outputs.{name}"] = value
        return done

    def _value(self, text: str) -> str:
        known = {f"vars.{name}": value for name, value in self.variables.items()} | self.outputs
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], text)


def _program(file: Path, command: str) -> None:
    file.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    file.chmod(0o755)
