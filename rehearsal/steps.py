"""The steps of a rehearsal. They run the real cdktf, Terraform and AWS provider against a local AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from localaws.server import LocalAws
from rehearsal import checks, leftovers, one_off, rotation
from rehearsal.delivery import Delivery, Push, tag_of
from rehearsal.deployment import Deployment
from rehearsal.images.image import FILE, push_image
from rehearsal.setting_changes import SettingChanges
from rehearsal.state_move import StateMove
from rehearsal.system import CheckError, System, expect
from rehearsal.workflow_roles import WorkflowRoles
from settings import Settings
from tools.toolchain.cli import Cdktf
from tools.toolchain.progress import Progress


@dataclass(frozen=True)
class Step:
    """One step of the rehearsal, and one line of its output."""

    title: str
    run: Callable[[], str]
    """Runs the step, and returns what it saw."""


class Rehearsal:
    """The steps for one environment. Each step needs the steps before it.

    Args:
        aws: The local AWS.
        folder: The folder for settings, output and state.
        settings: The user's settings of the environment.
        on_progress: Called for each resource that cdktf has deployed.
        as_ci: Whether to plan and deploy under the roles of the workflows. The state is then in a bucket.
    """

    def __init__(
        self,
        aws: LocalAws,
        folder: Path,
        *,
        settings: Settings,
        on_progress: Callable[[Progress], None],
        as_ci: bool = False,
    ) -> None:
        self.deployment = Deployment(aws, folder, settings=settings, on_progress=on_progress)
        self.aws = aws
        self.settings_file = self.deployment.settings_file
        self.change_settings = self.deployment.change_settings
        self.stacks = self.deployment.stacks
        self.registry, self.dns, self.main = self.stacks
        self._settings = settings
        self._setting_changes = SettingChanges(self.deployment)
        self._state_move = StateMove(self.deployment)
        self._roles = WorkflowRoles(self.deployment) if as_ci else None
        self._before = leftovers.listed(aws)

    @property
    def cdktf(self) -> Cdktf:
        """The command line with the credentials that deploy."""
        return self.deployment.cdktf

    @property
    def system(self) -> System:
        """The deployed system."""
        return self.deployment.system

    @property
    def delivery(self) -> Delivery:
        """The pipeline of the deployed system."""
        return self.deployment.delivery

    def up(self, *, s3_state: bool = False) -> list[Step]:
        """Return all steps before the destruction of the system.

        Args:
            s3_state: Whether to move the state into a bucket.
        """
        moved = s3_state and not self._roles
        return [
            *self.assume_roles(),
            *self.deploy(),
            *self.inspect(),
            *(self.move_state() if moved else []),
            *self.deliver(),
        ]

    def assume_roles(self) -> list[Step]:
        """Return the steps that make the rehearsal plan and deploy under the roles of the workflows, with AS=ci."""
        if not self._roles:
            return []
        return [
            Step("make the bucket for the state", self._state_move.make_bucket),
            Step("deploy the roles of the workflows", self._roles.deploy),
            Step("assume the roles, as GitHub's jobs do", self._roles.assume),
        ]

    def deploy(self) -> list[Step]:
        """Return the steps of a first deployment."""
        return [
            Step("deploy the registry and DNS", partial(self.deployment.deploy, self.registry, self.dns)),
            Step("push a first image", self._push_first_image),
            Step("deploy the system", self.deployment.deploy_main),
        ]

    def inspect(self) -> list[Step]:
        """Return the steps that read the deployed system, and plan all stacks again."""
        return [
            *(Step(check.__name__.replace("_", " "), partial(self._check, check)) for check in checks.CHECKS),
            self._diff(),
        ]

    def move_state(self) -> list[Step]:
        """Return the steps that move the state of the deployed system into a bucket."""
        return [
            Step("make the bucket for the state", self._state_move.make_bucket),
            Step("move the state into the bucket", self._state_move.move),
            self._diff(),
        ]

    def deliver(self) -> list[Step]:
        """Return the steps of continuous delivery: pushes, changes of settings, failures and roll-backs."""
        setting = self._setting_changes
        no_changes = Step(f"diff {self.main}", partial(self.deployment.expect_no_changes, self.main))
        rotate = Step("rotate the database's password", lambda: rotation.rotate(self.system))
        second, third, fourth = map(self._push, (b"second", b"third", b"fourth"))
        broken = self._push(b"broken", command="/none")
        return [
            Step("the new pipeline runs by itself", lambda: self.delivery.first_execution()),
            *self._push_goes_live("second", second),
            Step("run a command in a one-off task", partial(one_off.run, self.deployment)),
            Step("change the container's environment, deploy", partial(setting.set_variable, "yes")),
            *self._push_goes_live("third", third),
            Step("the push kept the changed environment", partial(setting.expect_variable, "yes")),
            Step("CI pushes an image whose tasks cannot start", lambda: broken().digest),
            Step("the execution of this push is stopped", lambda: self.delivery.stopped(broken())),
            Step("the service rolls back", lambda: self.delivery.rolled_back(broken())),
            no_changes,
            Step("deploy a setting with which no task can start", setting.add_missing_secret),
            *self._push_goes_live("fourth", fourth),
            Step(f"diff {self.main} shows the setting", setting.expect_planned),
            Step("remove the failed setting, deploy", setting.remove_missing_secret),
            *([rotate] if self._settings.database.redeploy_on_rotation else []),
            Step("roll back to the image before", lambda: self._roll_back(third())),
            no_changes,
            Step("change the environment again, deploy", partial(setting.set_variable, "again")),
        ]

    def destroy(self) -> list[Step]:
        """Return the steps that destroy the system, and look for resources that are left."""
        unprotect = Step("turn protect off, deploy", self._turn_protection_off)
        return [
            *([unprotect] if self._settings.protect else []),
            Step("destroy everything", lambda: f"{self.cdktf.destroy(*self.stacks)} resources"),
            *([Step("destroy the roles of the workflows", self._roles.destroy)] if self._roles else []),
            Step("look for resources that are left", self._expect_nothing_left),
        ]

    def check_requests(self) -> list[Step]:
        """Return the step that compares every request of the rehearsal with AWS's API models."""
        return [Step("compare every request with AWS's API models", self._expect_modeled_requests)]

    def _diff(self) -> Step:
        return Step("diff all stacks", partial(self.deployment.expect_no_changes, *self.stacks))

    def _check(self, check: Callable[[System], str]) -> str:
        return check(self.system)

    def _push_first_image(self) -> str:
        repository = self.cdktf.outputs(self.registry)["repository_url"].split("/", 1)[1]
        tag = tag_of(self._settings.pipeline, b"first")
        return push_image(self.aws.client("ecr"), repository, tag, b"first")

    def _push(self, content: bytes, *, command: str = FILE) -> Callable[[], Push]:
        """Return a function that pushes an image at its first call, and returns that push at every call."""
        return cache(lambda: self.delivery.push(content, command=command))

    def _push_goes_live(self, name: str, push: Callable[[], Push]) -> list[Step]:
        execution = cache(lambda: self.delivery.started(push()))
        return [
            Step(f"1. CI pushes the {name} image", lambda: push().digest),
            Step("2. the push starts the pipeline", lambda: f"execution {execution().id}"),
            Step("3. the build writes imagedefinitions.json", lambda: self.delivery.built(push(), execution())),
            Step(
                "4, 5. the deploy action reads the file, the service runs the image",
                lambda: self.delivery.deployed(push(), execution()),
            ),
        ]

    def _roll_back(self, push: Push) -> str:
        """Roll back with `ops rollback`, which must deploy the image of an earlier push."""
        ended = self.deployment.ops("rollback")
        expect(f"the exit code of ops rollback ({ended.stdout}{ended.stderr})", ended.returncode, 0)
        expect("the image that runs", self.system.container()["image"].rpartition("@")[2], push.digest)
        return f"{self.system.revision()} runs, with the previous image"

    def _turn_protection_off(self) -> str:
        self.change_settings(protect=False)
        return self.deployment.deploy()

    def _expect_nothing_left(self) -> str:
        left = sorted(leftovers.listed(self.aws) - self._before - {f"bucket {self._state_move.bucket}"})
        expect("what destroy left", left, [])
        return "nothing"

    def _expect_modeled_requests(self) -> str:
        seen = self.aws.requests()
        if refused := seen["refused"]:
            raise CheckError("these requests do not fit AWS's API models:\n" + "\n".join(refused))
        checked = ", ".join(f"{service} {count}" for service, count in seen["constraints"].items())
        requests = sum(seen["operations"].values())
        return (
            f"{requests:,} requests of {len(seen['operations'])} operations fit; constraints checked: {checked} "
            "(the models of ec2, rds and s3 have few constraints)"
        )
