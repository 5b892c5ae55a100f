"""The cdktf command line, run as a user runs it, in an output folder of its own."""

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import toolchain
from localaws import processes


class CommandError(Exception):
    """A command did not succeed; the message holds all that it printed."""

    def __init__(self, command: str, code: int, output: str) -> None:
        super().__init__(f"`{command}` exited with {code}. It printed:\n{output}")


@dataclass(frozen=True)
class Progress:
    """How far a stack is: resources done, of those planned."""

    stack: str
    done: int
    planned: int


class Cdktf:
    """The command line for one output folder, beside which its stacks keep their local state.

    https://developer.hashicorp.com/terraform/cdktf/cli-reference/commands
    """

    def __init__(self, folder: Path, *, variables: Mapping[str, str], on_progress: Callable[[Progress], None]) -> None:
        self.folder = folder
        self.output_folder = folder / "cdktf.out"
        self.variables = toolchain.environment(variables) | {
            "CDKTF_OUTPUT": str(self.output_folder),
            # Plain lines, without a terminal's colours and spinners.
            "CI": "true",
            "FORCE_COLOR": "0",
            "TF_CLI_ARGS": "-no-color",
        }
        self._on_progress = on_progress

    def synth(self) -> list[str]:
        """Synthesize; the names of the stacks."""
        self._run("synth")
        manifest = json.loads((self.output_folder / "manifest.json").read_text())
        return list(manifest["stacks"])

    def stack(self, name: str) -> dict[str, Any]:
        """What was synthesized for a stack."""
        document: dict[str, Any] = json.loads((self.output_folder / "stacks" / name / "cdk.tf.json").read_text())
        return document

    def deploy(self, *stacks: str) -> int:
        """Deploy the stacks, in the order of their dependencies; how many resources that made, changed or removed."""
        return self._apply("deploy", *stacks)

    def destroy(self, *stacks: str) -> int:
        """Destroy the stacks, in the reverse order; how many resources that removed."""
        return self._apply("destroy", *stacks)

    def outputs(self, stack: str) -> dict[str, Any]:
        """The outputs of a deployed stack, as Terraform has them."""
        answer = json.loads(self._terraform(stack, "output", "-json"))
        return {name: output["value"] for name, output in answer.items()}

    def changes(self, stack: str) -> list[str]:
        """Run `cdktf diff`, and read from the plan which addresses and outputs it would change, with the actions."""
        plan_file = self.output_folder / "stacks" / stack / "plan"
        plan_file.unlink(missing_ok=True)  # a diff that fails would leave the last one's
        self._run("diff", stack)
        plan = json.loads(self._terraform(stack, "show", "-json", plan_file.name))
        changes = {change["address"]: change["change"] for change in plan.get("resource_changes", [])}
        changes |= {f"output.{name}": change for name, change in plan.get("output_changes", {}).items()}
        return [
            f"{address}: {' and '.join(change['actions'])}"
            for address, change in changes.items()
            if change["actions"] not in (["no-op"], ["read"])
        ]

    def _apply(self, command: str, *stacks: str) -> int:
        lines = ProgressLines(self._on_progress)
        self._run(command, *stacks, "--auto-approve", on_line=lines.read)
        return lines.total

    def _run(self, *arguments: str, on_line: processes.OnLine = lambda _: None) -> None:
        code, output = processes.run(
            ["cdktf", *arguments], cwd=toolchain.ROOT, environment=self.variables, on_line=on_line
        )
        if code:
            raise CommandError(" ".join(["cdktf", *arguments]), code, output)

    def _terraform(self, stack: str, *arguments: str) -> str:
        command = [self.variables["TERRAFORM_BINARY_NAME"], *arguments]
        folder = self.output_folder / "stacks" / stack
        answer = subprocess.run(command, cwd=folder, env=self.variables, capture_output=True, text=True, check=False)
        if answer.returncode:
            raise CommandError(" ".join(command), answer.returncode, answer.stderr)
        return answer.stdout


class ProgressLines:
    """Reads a deployment's progress from the lines of the command, which begin with the stack or continue the last."""

    PLAN = re.compile(r"Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")
    DONE = re.compile(r": (Creation|Modifications|Destruction) complete after")

    def __init__(self, report: Callable[[Progress], None]) -> None:
        self._report = report
        self._stack = ""
        self._stacks: dict[str, Progress] = {}

    @property
    def total(self) -> int:
        return sum(stack.done for stack in self._stacks.values())

    def read(self, line: str) -> None:
        if line[:1].strip():
            self._stack = line.split(maxsplit=1)[0]
        last = self._stacks.get(self._stack, Progress(self._stack, 0, 0))
        if plan := self.PLAN.search(line):
            self._set(Progress(self._stack, 0, sum(map(int, plan.groups()))))
        elif self.DONE.search(line):
            self._set(Progress(self._stack, last.done + 1, last.planned))

    def _set(self, progress: Progress) -> None:
        self._stacks[self._stack] = progress
        self._report(progress)
