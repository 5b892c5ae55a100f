"""The program behind `make diff` and `make apply`: what a deployment would change, and that very deployment.

A diff exits with 0 if nothing would change, 2 if something would, 1 if that cannot be said, as `terraform plan
-detailed-exitcode` does. What an environment waits for, since it is not deployed yet, is a change.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.markdown import Markdown

from operations import command, environment, summary
from operations.command import CONSOLE, ERROR, refuse
from settings import Settings
from toolchain.cli import Cdktf

NONE, SOME = 0, 2


def main() -> int:
    """Parse the command line, run it, and say in one message what was wrong."""
    parser = argparse.ArgumentParser(prog="python -m operations.changes", description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("--apply", action="store_true", help="apply the plans of the last diff, and nothing else")
    parser.add_argument("--summary", type=Path, help="where the Markdown goes; else cdktf.out/diff-<environment>.md")
    arguments = parser.parse_args()

    return command.run(lambda: _run(arguments.environment, apply_it=arguments.apply, summary_file=arguments.summary))


def _run(name: str, *, apply_it: bool, summary_file: Path | None) -> int:
    settings, output_folder = command.look(name)
    cdktf = Cdktf(output_folder.parent, variables=os.environ, on_progress=lambda _: None)
    if apply_it:
        return apply(cdktf, settings)
    file = summary_file or output_folder / f"diff-{name}.md"
    return diff(cdktf, settings, summary_file=file, variables=os.environ)


def diff(cdktf: Cdktf, settings: Settings, *, summary_file: Path, variables: Mapping[str, str]) -> int:
    """Plan every stack of the environment, show what each would change, and write the summary."""
    with CONSOLE.status("synthesizing") as status:
        cdktf.synth()
        stacks = []
        for stack in environment.stacks(settings):
            status.update(f"planning {stack}")
            stacks.append(environment.plan(cdktf, stack))
            CONSOLE.print(f"{stack}: {stacks[-1].in_words}", highlight=False)

    text = summary.markdown(settings.environment, stacks)
    CONSOLE.print(Markdown(text))
    summary_file.parent.mkdir(parents=True, exist_ok=True)
    summary_file.write_text(text, encoding="utf-8")
    _append(variables.get("GITHUB_STEP_SUMMARY"), text)
    code = exit_code(stacks)
    # make exits with 2 whatever a recipe exits with.
    _append(variables.get("GITHUB_OUTPUT"), f"exit-code={code}\n")
    return code


def exit_code(stacks: Sequence[summary.StackChanges]) -> int:
    """0 if nothing would change, 2 if something would, 1 if that cannot be said of a stack."""
    if any(stack.error for stack in stacks):
        return ERROR
    return SOME if any(stack.changes or stack.waits_for for stack in stacks) else NONE


def apply(cdktf: Cdktf, settings: Settings) -> int:
    """Apply the plans that the last diff left, in order; Terraform refuses those that are no longer true."""
    planned = environment.planned(cdktf, settings)
    again = f"run make diff ENV={settings.environment}, then this"
    if not any(plan.is_file() for _, plan in planned):
        return refuse(f"there is no plan of {settings.environment}: {again}")
    for stack, plan in planned:
        if not plan.is_file():
            return refuse(f"{stack} has no plan, for it waited for the others: {again}")
        CONSOLE.print(f"applying {stack}", highlight=False)
        if code := cdktf.apply_plan(stack):
            return refuse(f"{stack} was not applied: Terraform exited with {code} and has said why")
    return 0


def _append(file: str | None, text: str) -> None:
    if file:
        with Path(file).open("a", encoding="utf-8") as opened:
            opened.write(text)


if __name__ == "__main__":
    sys.exit(main())
