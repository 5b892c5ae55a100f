"""The execution of a buildspec's commands, phase by phase, and the effect of failed commands.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.phases
https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

import shlex
from pathlib import Path

from localaws.codebuild.buildspec import PHASES, Buildspec, Phase
from localaws.codebuild.progress import Log, PhaseFailedError, Phases
from localaws.codebuild.shell import Shell

# A failure in these phases ends the build. After a failure in another phase, the next phase still runs. The setting
# `on-failure` of a phase overrides this default.
_ENDING = ("install", "pre_build")


def run(spec: Buildspec, shell: Shell, phases: Phases, log: Log) -> None:
    """Run the phases of the buildspec. If a failed phase ends the build, raise the failure."""
    for name in PHASES:
        phase = spec.phases.get(name, Phase())
        try:
            with phases.enter(name.upper()):
                _run_phase(shell, phase, log, shell_each=spec.version == "0.1")
        except PhaseFailedError as failure:
            ends = phase.on_failure == "ABORT" or (phase.on_failure is None and name in _ENDING)
            if ends or failure.code == "BUILD_TIMED_OUT":
                raise
            shell.set("CODEBUILD_BUILD_SUCCEEDING", "0")


def exported(spec: Buildspec, shell: Shell, scratch: Path) -> dict[str, str]:
    """Return the exported environment variables with their values after the last command."""
    values = {}
    for name in spec.exported_variables:
        shell.run(f'printf %s "${{{name}-}}" >{shlex.quote(str(scratch))}')
        values[name] = scratch.read_text()
    return values


def _run_phase(shell: Shell, phase: Phase, log: Log, *, shell_each: bool) -> None:
    """Run the commands until one of them fails, and then the `finally` commands. Raise the first failure, if any."""
    failures = []
    for commands in (phase.commands, phase.finally_):
        try:
            for command in commands:
                if shell_each:
                    shell.restart()
                _run_command(shell, command, log)
        except PhaseFailedError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def _run_command(shell: Shell, command: str, log: Log) -> None:
    log.write(f"Running command {command}")
    status = shell.run(command)
    if status:
        log.write(f"Command did not exit successfully {command} exit status {status}")
        raise PhaseFailedError(
            "COMMAND_EXECUTION_ERROR", f"Error while executing command: {command}. Reason: exit status {status}"
        )
