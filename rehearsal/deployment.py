"""One environment on a local AWS. Its settings file, state and output are in the folder of the rehearsal."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import tomli_w
from botocore.credentials import ReadOnlyCredentials

from localaws.server import LocalAws
from operations.diff.plan import changes
from rehearsal import prerequisites
from rehearsal.delivery import Delivery
from rehearsal.system import CheckError, System
from settings import Settings
from settings.location import FILE_VARIABLE, SETTINGS_FILE
from tools import toolchain
from tools.toolchain.cli import Cdktf, Planned
from tools.toolchain.progress import Progress

COMMENT = "# The settings of this rehearsal. The comments in environments.toml explain each setting."


class Deployment:
    """The environment's stacks, its settings file, and the deployed system.

    The user's own settings file is read, but never changed.

    Args:
        aws: The local AWS.
        folder: The folder for settings, output and state.
        settings: The user's settings of the environment.
        on_progress: Called for each resource that cdktf has deployed.
    """

    def __init__(
        self, aws: LocalAws, folder: Path, *, settings: Settings, on_progress: Callable[[Progress], None]
    ) -> None:
        self.aws = aws
        self.settings = settings
        self.settings_file = folder / SETTINGS_FILE.name
        self.secrets = self._prepare()
        self._folder = folder
        self._on_progress = on_progress
        self.act_as(planner=aws.key, deployer=aws.key)
        self.stacks = settings.stacks.deployment_order
        self.registry, self.dns, self.main = self.stacks

    def act_as(self, *, planner: ReadOnlyCredentials, deployer: ReadOnlyCredentials) -> None:
        """Plan and deploy with these credentials from now on."""
        self.cdktf = self._cdktf(deployer)
        self.planner = self.cdktf if planner == deployer else self._cdktf(planner)

    @cached_property
    def system(self) -> System:
        """The deployed system."""
        outputs = self.cdktf.outputs(self.main)
        return System(
            self.aws,
            repository_url=self.cdktf.outputs(self.registry)["repository_url"],
            cluster_name=outputs["cluster_name"],
            service_name=outputs["service_name"],
            pipeline_name=outputs["pipeline_name"],
        )

    @cached_property
    def delivery(self) -> Delivery:
        """The pipeline of the deployed system."""
        return Delivery(self.system, settings=self.settings.pipeline)

    def change_settings(self, table: str | None = None, /, **changed: object) -> None:
        """Change settings of the environment, or of one of its tables, in the rehearsal's settings file."""
        settings = tomllib.loads(self.settings_file.read_text(encoding="utf-8"))[self.settings.environment]
        (settings.setdefault(table, {}) if table else settings).update(changed)
        self._write(settings)

    def deploy(self, *stacks: str) -> str:
        """Deploy stacks, by default all, and return how many resources the deployment changed."""
        return f"{self.cdktf.deploy(*(stacks or self.stacks))} resources"

    def deploy_main(self) -> str:
        """Deploy the main stack, but not the stacks that it reads from, and return how many resources this changed."""
        return f"{self.cdktf.deploy_alone(self.main)} resources"

    def apply_changes(self) -> None:
        """Plan the main stack after a change of its settings, and apply the plan, as GitHub's jobs do.

        Raises:
            CommandError: Terraform cannot plan the stack, or cannot apply the plan.
        """
        self.planner.synth()
        self._plan(self.main)
        self.cdktf.apply_plan(self.main)

    def ops(self, command: str, *options: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `ops` that changes the environment, as a user does, and return its output and exit code."""
        return subprocess.run(
            [sys.executable, "-m", "operations", command, self.settings.environment, "--yes", *options],
            cwd=toolchain.ROOT,
            env=self.aws.environment() | {FILE_VARIABLE: str(self.settings_file)},
            capture_output=True,
            text=True,
            check=False,
        )

    def expect_no_changes(self, *stacks: str) -> str:
        """Plan stacks at the same time.

        Raises:
            CheckError: A plan has changes.
            CommandError: Terraform cannot plan a stack.
        """
        for stack, planned in self._plan(*stacks).items():
            if planned.has_changes and (found := changes(self.planner.saved_plan(stack))):
                listed = "\n".join(f"{change.verb} {change.address}" for change in found)
                raise CheckError(f"{stack} would change although nothing was changed:\n{listed}")
        return "no changes"

    def _plan(self, *stacks: str) -> dict[str, Planned]:
        made = self.planner.make_plans(stacks)
        for planned in made.values():
            if planned.error:
                raise planned.error
        return made

    def _prepare(self) -> dict[str, str]:
        """Write the settings file, and create the zone, the policy, the secrets and the parameters to which it refers.

        Return the table `service.secrets` of the file. The state is local at first. The CI stack is left out, because
        its roles need tokens of GitHub, and some of them state in a bucket.
        """
        self._write(self.settings.model_dump(exclude={"environment", "ci", "push"}, exclude_none=True))
        self.change_settings("state", backend="local")
        if self.settings.hosted_zone_id:
            self.change_settings(hosted_zone_id=prerequisites.hosted_zone(self.aws, self.settings.domain))
        if arn := self.settings.permissions_boundary_arn:
            self.change_settings(permissions_boundary_arn=prerequisites.permissions_boundary(self.aws, arn))
        references = self.settings.service.secrets
        made = prerequisites.secrets(self.aws, references.values())
        secrets = {name: made[reference] for name, reference in references.items()}
        self.change_settings("service", secrets=secrets)
        return secrets

    def _cdktf(self, key: ReadOnlyCredentials) -> Cdktf:
        variables = self.aws.environment(key) | {FILE_VARIABLE: str(self.settings_file)}
        return Cdktf(self._folder, variables=variables, on_progress=self._on_progress)

    def _write(self, settings: dict[str, object]) -> None:
        tables = {self.settings.environment: settings}
        self.settings_file.write_text(f"{COMMENT}\n\n{tomli_w.dumps(tables)}", encoding="utf-8")
