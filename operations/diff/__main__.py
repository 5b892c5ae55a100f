"""The program behind `make diff` and `make apply`: plans the stacks of an environment, and applies those plans.

A diff exits as `terraform plan -detailed-exitcode` does: with 0 for no changes, 2 for changes, 1 for an error. It also
exits with 2 if a stack cannot be planned before another stack is deployed.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markdown import Markdown

from operations import command, recorded_service
from operations.command import CONSOLE
from operations.diff import stacks, summary
from operations.diff.stale_plan import newer_revision
from settings import REHEARSED_PROVIDER, Settings
from settings.names import StackNames
from tools.toolchain.cli import Cdktf
from tools.toolchain.program import ERROR, message, refuse

NONE, SOME = 0, 2

PROVIDER_NOTE = (
    "The AWS provider has version {}, but this project was rehearsed with {}. Run `make rehearse` before you apply."
)


def main() -> int:
    """Plan or apply the environment on the command line, and return the exit code."""
    parser = command.Parser(prog="python -m operations.diff", description=__doc__)
    parser.add_argument("environment", type=command.environment)
    parser.add_argument("--apply", action="store_true", help="apply the plans of the last diff, and nothing else")
    parser.add_argument("--exit-zero", action="store_true", help="exit with 0 for changes, too")
    arguments = parser.parse_args()

    code = command.run(lambda: _run(arguments.environment, apply_it=arguments.apply))
    return NONE if code == SOME and arguments.exit_zero else code


def _run(name: str, *, apply_it: bool) -> int:
    with stacks.command_line(name, by=f"make {'apply' if apply_it else 'diff'} ENV={name}") as cdktf:
        return apply(cdktf, name) if apply_it else diff(cdktf, name, variables=os.environ)


def diff(cdktf: Cdktf, name: str, *, variables: Mapping[str, str]) -> int:
    """Plan every stack of the environment, show the changes, write the summary, and return the exit code.

    The plans of the last diff are deleted first. If the diff fails or is interrupted, its plans are deleted, too. So
    `apply` never applies a plan that was not shown.
    """
    file = stacks.summary_file(cdktf.output_folder, name)
    file.unlink(missing_ok=True)
    _forget_plans(cdktf, name)
    try:
        settings = command.settings(name)
        planned = _planned(cdktf, settings)
        text, code = summary.markdown(name, planned), exit_code(planned)
        CONSOLE.print(Markdown(text))
        if code == SOME:
            CONSOLE.print(f"next: make apply ENV={name}", highlight=False)
    except command.EXPECTED as error:
        text, code = summary.failed(name, message(error)), refuse(message(error))
    except KeyboardInterrupt:
        _forget_plans(cdktf, name)
        raise
    if code == ERROR:
        _forget_plans(cdktf, name)

    _append(variables.get("GITHUB_STEP_SUMMARY"), summary.fit(text))
    # The exit code is an output of the step, because make exits with 2 for any error of a recipe.
    _append(variables.get("GITHUB_OUTPUT"), f"exit-code={code}\n")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")  # written last, because `apply` requires this file
    return code


def exit_code(planned: Sequence[summary.StackChanges]) -> int:
    """Return 0 for no changes, 2 for changes, 1 if a stack could not be planned."""
    if any(stack.error for stack in planned):
        return ERROR
    return SOME if any(stack.changes or stack.waits_for for stack in planned) else NONE


def apply(cdktf: Cdktf, name: str) -> int:
    """Apply the plans of the last diff, in order, and return the exit code. Terraform refuses a stale plan."""
    plans = stacks.plans(cdktf, name)
    again = f"run `make diff ENV={name}`, then `make apply ENV={name}`"
    is_complete = stacks.summary_file(cdktf.output_folder, name).is_file()
    if not (is_complete and any(plan.is_file() for _, plan in plans)):
        return refuse(f"{name}: was not planned yet, or its last diff failed; {again}")
    for stack, plan in plans:
        if not plan.is_file():
            return refuse(
                f"{stack}: was not planned, because it depends on stacks that had to be deployed first; {again}"
            )
        CONSOLE.print(f"applying {stack}", highlight=False)
        if stack == StackNames(name).main and (runs := _newer_revision(cdktf, stack, name)):
            return refuse(
                f"{stack}: the plan would undo the deployment of {runs}, which is newer than the plan; {again}"
            )
        if code := cdktf.apply_plan_in_foreground(stack):
            return refuse(f"{stack}: was not applied; Terraform exited with {code} and printed the reason; {again}")
    return 0


def _newer_revision(cdktf: Cdktf, stack: str, name: str) -> str | None:
    with command.aws_configuration():
        return newer_revision(cdktf.saved_plan(stack), command.settings(name))


def _planned(cdktf: Cdktf, settings: Settings) -> list[summary.StackChanges]:
    planned: list[summary.StackChanges] = []
    noted: set[str] = set()
    with CONSOLE.status("synthesizing") as status:
        with cdktf.synthesizing():
            command.show_settings_file()
            command.require_credentials()
            recorded_service.check(settings, "diff")
        status.update(f"planning {', '.join(stacks.of(settings.environment))}")
        for each in stacks.plan(cdktf, settings.environment):
            planned.append(each)
            CONSOLE.print(f"{each.stack}: {each.in_words}", highlight=False)
            in_use = "" if each.waits_for or each.error else cdktf.provider_version(each.stack)
            if in_use not in ("", REHEARSED_PROVIDER) and in_use not in noted:
                noted.add(in_use)
                CONSOLE.print(PROVIDER_NOTE.format(in_use, REHEARSED_PROVIDER), highlight=False)
    return planned


def _forget_plans(cdktf: Cdktf, name: str) -> None:
    for _, plan in stacks.plans(cdktf, name):
        plan.unlink(missing_ok=True)


def _append(file: str | None, text: str) -> None:
    if file:
        with Path(file).open("a", encoding="utf-8") as opened:
            opened.write(text)


if __name__ == "__main__":
    sys.exit(main())
