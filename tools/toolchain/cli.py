"""The cdktf command line, run as a user runs it, in an output folder of its own."""

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tools import toolchain
from tools.outside import OutsideError
from tools.toolchain import files, processes
from tools.toolchain.provider import mirrored_versions
from tools.toolchain.variables import ARGUMENTS

PLAN = "diff.tfplan"  # cdktf writes a plan of its own into the same folder, `plan`

LOCKED = "does not match configured version constraint"
"""What Terraform says of a provider that is installed, once the settings ask for another version."""


UNAVAILABLE = re.compile(r"no available releases match the given constraints\s+(.+)")
"""What Terraform says where the versions of the provider that can be had are not the one that is asked for."""


class CommandError(OutsideError):
    """A command did not succeed; the message holds all that it printed."""

    def __init__(self, command: str, code: int, output: str) -> None:
        super().__init__(f"`{command}` exited with {code}. It printed:\n{output}")
        self.output = output


class ProviderError(CommandError):
    """The AWS provider cannot be had in the version that the settings ask for; the message is all there is to say."""

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)
        self.output = message


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

    def __init__(
        self,
        folder: Path,
        *,
        variables: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        output_folder: Path | None = None,
        app: str = "",
    ) -> None:
        self.folder = folder
        self.output_folder = output_folder or folder / "cdktf.out"
        self._given = variables
        self._on_progress = on_progress
        self._app = {"CDKTF_APP": app} if app else {}  # else it is that of cdktf.json

    @cached_property
    def variables(self) -> dict[str, str]:
        """The environment of every command. Raises VariableError if one of the user's variables leads astray."""
        return toolchain.environment(self._given) | {
            "CDKTF_OUTPUT": str(self.output_folder),
            **toolchain.PLAIN,
            **self._app,
            ARGUMENTS: f"{self._given.get(ARGUMENTS, '')} -no-color".strip(),
        }

    def synth(self) -> None:
        """Synthesize every stack."""
        self._run("synth")

    def dependencies(self, stack: str) -> list[str]:
        """The stacks that a synthesized one reads from."""
        manifest = files.json_object(self.output_folder / "manifest.json")
        dependencies: list[str] = manifest["stacks"][stack]["dependencies"]
        return dependencies

    def stack(self, name: str) -> dict[str, Any]:
        """What was synthesized for a stack."""
        return files.json_object(self._folder(name) / "cdk.tf.json")

    def deploy(self, *stacks: str) -> int:
        """Deploy the stacks, in the order of their dependencies; how many resources that made, changed or removed."""
        return self._apply("deploy", *stacks)

    def destroy(self, *stacks: str) -> int:
        """Destroy the stacks, in the reverse order; how many resources that removed."""
        return self._apply("destroy", *stacks)

    def move_state(self, *stacks: str) -> None:
        """Copy the state to where the stacks now say that it lies, from where they said so when they last ran.

        https://developer.hashicorp.com/terraform/cli/commands/init#backend-initialization
        """
        self._run("deploy", *stacks, "--migrate-state", "--auto-approve", variables={"TF_CLI_ARGS_init": "-force-copy"})

    def initialize(self, stack: str) -> None:
        """Have the provider installed, in the version that the settings ask for now, and the state found."""
        command = self._terraform("init", "-input=false")
        try:
            self._execute(command, cwd=self._folder(stack))
        except CommandError as error:
            if LOCKED not in " ".join(error.output.split()):
                raise
            self._execute([*command, "-upgrade"], cwd=self._folder(stack))

    def outputs(self, stack: str) -> dict[str, Any]:
        """The outputs of a deployed stack, as Terraform has them."""
        answer = json.loads(self._answer(stack, "output", "-json"))
        return {name: output["value"] for name, output in answer.items()}

    def provider_version(self, stack: str) -> str:
        """The version of the AWS provider that Terraform uses for a stack, "" before it is initialized."""
        lock = self._folder(stack) / ".terraform.lock.hcl"
        text = files.text(lock) if lock.is_file() else ""
        found = re.search(r'provider "registry\.terraform\.io/hashicorp/aws" \{\s+version\s+= "([^"]+)"', text)
        return found[1] if found else ""

    def plan_file(self, stack: str) -> Path:
        """Where the plan of a stack lies, if it has any."""
        return self._folder(stack) / PLAN

    def plan(self, stack: str) -> dict[str, Any]:
        """Plan what was synthesized, as JSON; the plan stays in the stack's folder.

        https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
        """
        plan_file = self.plan_file(stack)
        plan_file.unlink(missing_ok=True)
        self.initialize(stack)
        try:
            self._execute(self._terraform("plan", "-input=false", f"-out={PLAN}"), cwd=self._folder(stack))
        except CommandError:
            plan_file.unlink(missing_ok=True)  # Terraform leaves as much of a plan as it could make
            raise
        return self.saved_plan(stack)

    def saved_plan(self, stack: str) -> dict[str, Any]:
        """Return the plan that lies in the stack's folder, as JSON."""
        plan: dict[str, Any] = json.loads(self._answer(stack, "show", "-json", PLAN))
        return plan

    def apply_plan(self, stack: str) -> int:
        """Apply the plan that lies in the folder of an initialized stack, and nothing else; Terraform's exit code.

        Terraform refuses a plan that is stale. It speaks for itself, and obeys SIGINT and SIGTERM by saving the state.
        """
        command = self._terraform("apply", "-input=false", PLAN)
        return processes.hand_over(command, cwd=self._folder(stack), environment=self.variables)

    def _apply(self, command: str, *stacks: str) -> int:
        lines = ProgressLines(self._on_progress)
        self._run(command, *stacks, "--auto-approve", on_line=lines.read)
        return lines.total

    def _run(
        self,
        *arguments: str,
        variables: Mapping[str, str] = MappingProxyType({}),
        on_line: processes.OnLine = lambda _: None,
    ) -> None:
        variables = {**toolchain.for_cdktf(self.variables), **variables}
        self._execute([str(toolchain.CDKTF), *arguments], cwd=toolchain.ROOT, variables=variables, on_line=on_line)

    def _execute(
        self,
        command: list[str],
        *,
        cwd: Path,
        variables: Mapping[str, str] = MappingProxyType({}),
        on_line: processes.OnLine = lambda _: None,
    ) -> None:
        environment = {**self.variables, **variables}
        code, output = processes.run(command, cwd=cwd, environment=environment, on_line=on_line)
        if code:
            if wanted := UNAVAILABLE.search(" ".join(output.replace("│", "").split())):
                raise ProviderError(self._unavailable(wanted[1].partition(" ")[0]))
            raise CommandError(" ".join(command), code, output)

    def _unavailable(self, wanted: str) -> str:
        found = ", ".join(mirrored_versions(self.variables)) or "none on this disk"
        return (
            f"The AWS provider {wanted} cannot be had here (found: {found}). Put it into the mirror, or set "
            "aws_provider_versions to a version that is there and rehearse it first: docs/operations.md, "
            '"Move to another AWS provider"'
        )

    def _answer(self, stack: str, *arguments: str) -> str:
        """What Terraform answers on stdout alone."""
        command = self._terraform(*arguments)
        answer = subprocess.run(
            command, cwd=self._folder(stack), env=self.variables, capture_output=True, encoding="utf-8", check=False
        )
        if answer.returncode:
            raise CommandError(" ".join(command), answer.returncode, answer.stderr)
        return answer.stdout

    def _terraform(self, *arguments: str) -> list[str]:
        return [self.variables["TERRAFORM_BINARY_NAME"], *arguments]

    def _folder(self, stack: str) -> Path:
        return self.output_folder / "stacks" / stack


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
