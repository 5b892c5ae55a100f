"""A build in a folder, without the AWS around it."""

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

from localaws.codebuild import buildspec
from localaws.codebuild import phases as commands
from localaws.codebuild.progress import Log, PhaseFailedError, Phases
from localaws.codebuild.shell import Shell
from tests.support.localaws.aws_pipeline import until


def alive(pid: str) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout.strip()
    return state != "" and not state.startswith("Z")  # a zombie process has ended; with a lower priority it is "ZN"


class Build:
    """A build in a folder, without the AWS around it."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "src"
        self.source.mkdir()
        self.folder = folder
        self.log = Log(folder / "log")
        self.phases = Phases()
        self.exported: dict[str, str] = {}
        self.environment = {"PATH": os.environ["PATH"], "CODEBUILD_BUILD_SUCCEEDING": "1"}

    def run(self, phases: dict[str, Any], *, time_is_up: str = "", **more: Any) -> dict[str, str]:
        """Run a buildspec, and return the status of each phase that began."""
        spec = buildspec.parse(json.dumps({"version": "0.2", "phases": phases} | more))
        self.log.path.touch()
        shell = Shell(
            spec.shell, folder=self.folder, start_in=self.source, environment=self.environment, log=self.log.path
        )
        if time_is_up:
            threading.Thread(target=self._time_out, args=[shell, self.source / time_is_up]).start()
        try:
            commands.run(spec, shell, self.phases, self.log)
            self.exported = commands.exported(spec, shell, self.folder / "value")
        except PhaseFailedError:
            pass
        finally:
            shell.end()
        return {phase["phaseType"]: phase["phaseStatus"] for phase in self.phases.described}

    def _time_out(self, shell: Shell, appears: Path) -> None:
        until(appears.exists)
        shell.time_out()

    @property
    def output(self) -> list[str]:
        """The output of the commands, without the lines of the container."""
        return [line for line in self.log.path.read_text().splitlines() if not line.startswith("[Container]")]

    @property
    def contexts(self) -> list[str]:
        return [
            "{statusCode}: {message}".format(**context)
            for phase in self.phases.described
            for context in phase["contexts"]
            if context["statusCode"]
        ]
