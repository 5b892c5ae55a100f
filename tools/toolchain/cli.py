"""The cdktf command line for programs of this project, and Terraform in the folders that cdktf writes."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from tools import toolchain
from tools.toolchain import commands, files, processes
from tools.toolchain.commands import CommandError
from tools.toolchain.files import JsonObject
from tools.toolchain.progress import Progress, ProgressLines
from tools.toolchain.variables import ARGUMENTS

PLAN = "diff.tfplan"
"""The file of a saved plan. cdktf writes its own plan into the same folder, as `plan`."""

APPLY = ("apply", "-input=false", PLAN)
"""The arguments with which Terraform applies the saved plan. Terraform refuses a stale plan."""

NO_CHANGES, CHANGES = 0, 2
"""The exit codes of `terraform plan -detailed-exitcode`: https://developer.hashicorp.com/terraform/cli/commands/plan"""

INIT = "terraform init"
"""A part of Terraform's message if a folder lacks its provider, or is initialized for another backend or provider."""

LOCKED = "does not match configured version constraint"
"""Terraform's message if the installed provider is not the version that the settings ask for."""


@dataclass(frozen=True)
class Planned:
    """The result of planning one stack."""

    has_changes: bool = False
    error: CommandError | None = None


class Cdktf:
    """The cdktf command line and Terraform for one output folder. Local state is in the folder above the output folder.

    https://developer.hashicorp.com/terraform/cdktf/cli-reference/commands

    Args:
        folder: The folder of the local state.
        variables: The user's environment variables.
        on_progress: Called with the progress of each stack that is deployed or destroyed.
        output_folder: Where cdktf writes, `cdktf.out` in `folder` by default.
        selection: The options of main.py that select what is synthesized. By default, every environment is synthesized.
    """

    def __init__(
        self,
        folder: Path,
        *,
        variables: Mapping[str, str],
        on_progress: Callable[[Progress], None],
        output_folder: Path | None = None,
        selection: Sequence[str] = (),
    ) -> None:
        self.folder = folder
        self.output_folder = output_folder or folder / "cdktf.out"
        self._given = variables
        self._on_progress = on_progress
        self._selection = selection

    @cached_property
    def variables(self) -> dict[str, str]:
        """The environment variables of every command.

        Raises:
            VariableError: One of the user's variables would change what Terraform does.
        """
        return toolchain.environment(self._given) | {
            "CDKTF_OUTPUT": str(self.output_folder),
            **toolchain.PLAIN,
            ARGUMENTS: f"{self._given.get(ARGUMENTS, '')} -no-color".strip(),
        }

    def synth(self) -> None:
        """Synthesize the selected stacks. The folders of other stacks stay as they are."""
        with self.synthesizing():
            pass

    @contextmanager
    def synthesizing(self) -> Iterator[None]:
        """Synthesize as `synth` does, while the block runs."""
        self.output_folder.mkdir(parents=True, exist_ok=True)
        command = toolchain.synthesis(*self._selection)
        environment = self.variables | {"CDKTF_OUTDIR": str(self.output_folder.absolute())}
        with commands.running(command, cwd=toolchain.ROOT, environment=environment):
            yield

    def dependencies(self, stack: str) -> list[str]:
        """Return the stacks that a synthesized stack reads from."""
        manifest = files.json_object(self.output_folder / "manifest.json")
        dependencies: list[str] = manifest["stacks"][stack]["dependencies"]
        return dependencies

    def stack(self, name: str) -> JsonObject:
        """Return the synthesized JSON of a stack."""
        return files.json_object(self._folder(name) / "cdk.tf.json")

    def deploy(self, *stacks: str) -> int:
        """Deploy the stacks in the order of their dependencies, and return the number of changed resources."""
        return self._apply("deploy", *stacks)

    def deploy_alone(self, stack: str) -> int:
        """Deploy one stack without the stacks that it reads from, and return the number of changed resources."""
        return self._apply("deploy", stack, "--ignore-missing-stack-dependencies")

    def destroy(self, *stacks: str) -> int:
        """Destroy the stacks in the reverse order of `deploy`, and return the number of destroyed resources."""
        return self._apply("destroy", *stacks)

    def move_state(self, *stacks: str) -> None:
        """Copy the state of the stacks from the backend of their last run to the backend that they declare now.

        https://developer.hashicorp.com/terraform/cli/commands/init#backend-initialization
        """
        self._run("deploy", *stacks, "--migrate-state", "--auto-approve", variables={"TF_CLI_ARGS_init": "-force-copy"})

    def initialize(self, stack: str) -> None:
        """Initialize a stack's folder: install the provider in the version that the settings ask for."""
        command = self._terraform("init", "-input=false")
        try:
            self._execute(command, cwd=self._folder(stack))
        except CommandError as error:
            if LOCKED not in commands.on_one_line(error.output):
                raise
            self._execute([*command, "-upgrade"], cwd=self._folder(stack))

    def outputs(self, stack: str) -> JsonObject:
        """Return the outputs of a deployed stack by name."""
        found = json.loads(self._answer(stack, "output", "-json"))
        return {name: output["value"] for name, output in found.items()}

    def provider_version(self, stack: str) -> str:
        """Return the version of the AWS provider that a stack uses, or "" if the stack is not initialized."""
        lock = self._folder(stack) / ".terraform.lock.hcl"
        text = files.text(lock) if lock.is_file() else ""
        found = re.search(r'provider "registry\.terraform\.io/hashicorp/aws" \{\s+version\s+= "([^"]+)"', text)
        return found[1] if found else ""

    def plan_file(self, stack: str) -> Path:
        """Return the path of a stack's saved plan, which may not exist."""
        return self._folder(stack) / PLAN

    def plan(self, stack: str) -> JsonObject:
        """Plan a synthesized stack, save the plan in the stack's folder, and return it as JSON.

        A plan without changes is returned as an empty object, because `terraform show` takes seconds.
        https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
        """
        made = self.make_plans([stack])[stack]
        if made.error:
            raise made.error
        return self.saved_plan(stack) if made.has_changes else {}

    def make_plans(self, stacks: Sequence[str]) -> dict[str, Planned]:
        """Plan synthesized stacks at the same time, and save each plan in the folder of its stack.

        If Terraform asks for it, the folder of a stack is initialized, and the stack is planned again.
        """
        made = self._plans(stacks)
        initialized: list[str] = []
        # One after the other, and not during a plan, because commands that share a plugin cache must not write into it
        # at the same time. https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
        for stack in (stack for stack, planned in made.items() if _asks_for_init(planned.error)):
            try:
                self.initialize(stack)
                initialized.append(stack)
            except CommandError as error:
                made[stack] = Planned(error=error)
        return made | self._plans(initialized)

    def saved_plan(self, stack: str) -> JsonObject:
        """Return a stack's saved plan as JSON."""
        plan: JsonObject = json.loads(self._answer(stack, "show", "-json", PLAN))
        return plan

    def apply_plan(self, stack: str) -> None:
        """Apply the saved plan of an initialized stack.

        Raises:
            CommandError: Terraform refuses a stale plan, or fails.
        """
        self._execute(self._terraform(*APPLY), cwd=self._folder(stack))

    def apply_plan_in_foreground(self, stack: str) -> int:
        """Apply the saved plan of an initialized stack, and return Terraform's exit code.

        Terraform uses the input and output of this process. At SIGINT and SIGTERM, Terraform saves the state.
        """
        return processes.run_in_foreground(self._terraform(*APPLY), cwd=self._folder(stack), environment=self.variables)

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
        """Run cdktf."""
        app = {"CDKTF_APP": shlex.join(["python", "main.py", *self._selection])} if self._selection else {}
        environment = {**toolchain.for_cdktf(self.variables), **app, **variables}
        command = [str(toolchain.CDKTF), *arguments]
        commands.run(command, cwd=toolchain.ROOT, environment=environment, on_line=on_line)

    def _execute(self, command: list[str], *, cwd: Path) -> None:
        commands.run(command, cwd=cwd, environment=self.variables, on_line=lambda _: None)

    def _answer(self, stack: str, *arguments: str) -> str:
        """Return the answer of Terraform. If Terraform asks for it, initialize the stack's folder first."""
        command, folder = self._terraform(*arguments), self._folder(stack)
        try:
            return commands.answer(command, cwd=folder, environment=self.variables)
        except CommandError as error:
            if not _asks_for_init(error):
                raise
            self.initialize(stack)
            return commands.answer(command, cwd=folder, environment=self.variables)

    def _plans(self, stacks: Sequence[str]) -> dict[str, Planned]:
        for stack in stacks:
            self.plan_file(stack).unlink(missing_ok=True)
        results = commands.run_together(
            self._terraform("plan", "-input=false", "-detailed-exitcode", f"-out={PLAN}"),
            folders=[self._folder(stack) for stack in stacks],
            environment=self.variables,
            success=(NO_CHANGES, CHANGES),
        )
        made: dict[str, Planned] = {}
        for stack, result in zip(stacks, results, strict=True):
            if isinstance(result, CommandError):
                self.plan_file(stack).unlink(missing_ok=True)  # Terraform saves an incomplete plan when it fails
                made[stack] = Planned(error=result)
            else:
                made[stack] = Planned(has_changes=result == CHANGES)
        return made

    def _terraform(self, *arguments: str) -> list[str]:
        return [self.variables["TERRAFORM_BINARY_NAME"], *arguments]

    def _folder(self, stack: str) -> Path:
        return self.output_folder / "stacks" / stack


def _asks_for_init(error: CommandError | None) -> bool:
    return error is not None and INIT in commands.on_one_line(error.output)
