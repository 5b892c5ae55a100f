"""The rehearsal: the whole life of the system on a local AWS, through the real cdktf, Terraform and AWS provider."""

import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import tomli_w

from localaws.server import LocalAws
from operations.diff.plan import changes
from rehearsal import checks, leftovers, prerequisites, rotation
from rehearsal.delivery import Delivery, Push, tag_of
from rehearsal.images import push_image
from rehearsal.system import CheckError, System, expect
from settings import Settings
from settings.location import FILE_VARIABLE, SETTINGS_FILE
from tools import toolchain
from tools.toolchain import processes
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError
from tools.toolchain.progress import Progress

CHANGED = "REHEARSED"
"""The variable of the container that the rehearsal adds."""
MISSING = "REHEARSED_SECRET"
"""The variable whose secret does not exist."""


@dataclass(frozen=True)
class Step:
    """One line of the rehearsal: what is tried, and the call that tries it and says what was seen."""

    title: str
    run: Callable[[], str]


class Rehearsal:
    """The steps for one environment, in the order in which they build on each other.

    Everything lies in `folder`: settings, output and state; the user's own are read and never written.
    """

    def __init__(
        self,
        aws: LocalAws,
        folder: Path,
        *,
        settings: Settings,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.settings_file = folder / SETTINGS_FILE.name
        self._settings = settings
        self.aws = aws
        self._prepare()
        self.cdktf = Cdktf(
            folder,
            variables=aws.environment() | {FILE_VARIABLE: str(self.settings_file)},
            on_progress=on_progress,
        )
        self.stacks = settings.stacks.deployment_order
        self.registry, self.dns, self.main = self.stacks
        self._pushed: Push
        self._execution: str
        self._before = leftovers.listed(aws)

    @cached_property
    def system(self) -> System:
        """The system, once it is deployed."""
        outputs = self.cdktf.outputs(self.main)
        return System(
            self.aws,
            repository_url=self.cdktf.outputs(self.registry)["repository_url"],
            cluster_name=outputs["cluster_name"],
            service_name=outputs["service_name"],
            pipeline_name=outputs["pipeline_name"],
        )

    def up(self, *, s3_state: bool = False) -> list[Step]:
        """All steps before those that destroy the system."""
        return [*self.build_up(), *self.inspect(), *(self.move_state() if s3_state else []), *self.live()]

    def build_up(self) -> list[Step]:
        """The steps that deploy the system as a team does for the first time."""
        return [
            Step("deploy the registry and DNS", lambda: self._deploy(self.registry, self.dns)),
            Step("push a first image", self._push_an_image),
            Step("deploy the system", lambda: self._deploy(*self.stacks)),
        ]

    def inspect(self) -> list[Step]:
        """The steps that read the system back."""
        return [
            *(Step(check.__name__.replace("_", " "), partial(self._check, check)) for check in checks.CHECKS),
            *(Step(f"diff {stack}", partial(self._no_changes, stack)) for stack in self.stacks),
        ]

    def move_state(self) -> list[Step]:
        """The steps that move the state of the deployed system from this folder into a bucket."""
        return [
            Step("make the bucket for the state", self._make_state_bucket),
            Step("move the state there", self._move_state),
            *(Step(f"diff {stack}", partial(self._no_changes, stack)) for stack in self.stacks),
        ]

    def live(self) -> list[Step]:
        """The steps of continuous delivery: pushes go live, and Terraform and the pipeline leave each other alone."""
        no_changes = Step(f"diff {self.main}", partial(self._no_changes, self.main))
        rotate = Step("rotate the database's password", lambda: rotation.rotate(self.system))
        return [
            Step("the new pipeline runs by itself", self._first_execution),
            *self._push_goes_live(b"second"),
            Step("change the container's environment, deploy", lambda: self._change_environment("yes")),
            *self._push_goes_live(b"third"),
            Step("the push kept the changed environment", lambda: self._expect_environment("yes")),
            Step("CI pushes an image whose tasks cannot start", self._push_in_vain),
            Step("its execution is stopped", lambda: self.delivery.stopped(self._pushed)),
            Step("the service rolls back", lambda: self.delivery.rolled_back(self._pushed)),
            no_changes,
            Step("deploy a setting with which no task starts", self._change_in_vain),
            *self._push_goes_live(b"fourth"),
            Step(f"diff {self.main} shows the setting", self._setting_shows),
            Step("take the setting back, deploy", self._take_back),
            *([rotate] if self._settings.database.redeploy_on_rotation else []),
            Step("roll the service back by hand", self._roll_back),
            no_changes,
            Step("change the environment again, deploy", lambda: self._change_environment("again")),
        ]

    def take_down(self) -> list[Step]:
        """The steps that destroy the system and look for what is left."""
        unprotect = Step("turn protect off, deploy", self._turn_protection_off)
        return [
            *([unprotect] if self._settings.protect else []),
            Step("destroy everything", self._destroy),
            Step("look for anything left", self._nothing_left),
        ]

    def look_back(self) -> list[Step]:
        """The steps that look at all that was asked of the local AWS."""
        return [Step("hold every request against AWS's API models", self._requests_fit)]

    @cached_property
    def delivery(self) -> Delivery:
        """What pushes to the deployed system."""
        return Delivery(self.system, settings=self._settings.pipeline)

    def change_settings(self, table: str | None = None, /, **changed: object) -> None:
        """Change settings of the environment, or of one of its tables, in the rehearsal's own file."""
        settings = tomllib.loads(self.settings_file.read_text(encoding="utf-8"))[self._settings.environment]
        (settings.setdefault(table, {}) if table else settings).update(changed)
        self._write(settings)

    def _prepare(self) -> None:
        """Begin with state in this folder, and with what the settings take for granted: an existing zone, secrets.

        CI is left out: its roles are for GitHub's tokens, and for state in a bucket.
        """
        self._write(self._settings.model_dump(exclude={"environment", "ci"}, exclude_none=True))
        self.change_settings("state", backend="local")
        if self._settings.hosted_zone_id:
            self.change_settings(hosted_zone_id=prerequisites.hosted_zone(self.aws, self._settings.domain))
        secrets = self._settings.service.secrets
        made = prerequisites.secrets(self.aws, secrets.values())
        self._secrets = {name: made[reference] for name, reference in secrets.items()}
        self.change_settings("service", secrets=self._secrets)

    def _write(self, settings: dict[str, object]) -> None:
        tables = {self._settings.environment: settings}
        self.settings_file.write_text(tomli_w.dumps(tables), encoding="utf-8")

    def _make_state_bucket(self) -> str:
        self.change_settings("state", backend="s3", bucket=self._state_bucket)
        command = [sys.executable, "-m", "operations.state_bucket", self._settings.environment]
        code, output = processes.run(
            command, cwd=toolchain.ROOT, environment=self.cdktf.variables, on_line=lambda _: None
        )
        if code:
            raise CommandError("make state-bucket", code, output)
        return output.strip()

    def _move_state(self) -> str:
        before = self.aws.client("s3").list_objects_v2(Bucket=self._state_bucket).get("Contents", [])
        expect("what the bucket holds at first", before, [])
        self.cdktf.move_state(*self.stacks)
        after = self.aws.client("s3").list_objects_v2(Bucket=self._state_bucket)["Contents"]
        return ", ".join(item["Key"] for item in after)

    @property
    def _state_bucket(self) -> str:
        return self._settings.state.bucket or f"{self._settings.name}-state"

    def _turn_protection_off(self) -> str:
        self.change_settings(protect=False)
        return self._deploy(*self.stacks)

    def _deploy(self, *stacks: str) -> str:
        return f"{self.cdktf.deploy(*stacks)} resources"

    def _push_an_image(self) -> str:
        repository = self.cdktf.outputs(self.registry)["repository_url"].split("/", 1)[1]
        tag = tag_of(self._settings.pipeline, b"first")
        digest: str = push_image(self.aws.client("ecr"), repository, tag, b"first")
        return digest

    def _check(self, check: Callable[[System], str]) -> str:
        return check(self.system)

    def _first_execution(self) -> str:
        return self.delivery.first_execution()

    def _push_goes_live(self, content: bytes) -> list[Step]:
        name = content.decode()
        return [
            Step(f"1. CI pushes the {name} image", lambda: self._push(content)),
            Step("2. the push starts the pipeline", self._start),
            Step(
                "3. the build writes imagedefinitions.json", lambda: self.delivery.built(self._pushed, self._execution)
            ),
            Step(
                "4, 5. the deploy action reads it, the service runs it",
                lambda: self.delivery.deployed(self._pushed, self._execution),
            ),
        ]

    def _push(self, content: bytes) -> str:
        self._pushed = self.delivery.push(content)
        return self._pushed.digest

    def _push_in_vain(self) -> str:
        self._pushed = self.delivery.push(b"broken", command="/none")
        return self._pushed.digest

    def _start(self) -> str:
        self._execution = self.delivery.started(self._pushed)
        return f"execution {self._execution}"

    def _change_environment(self, value: str) -> str:
        """Deploy another setting; the service goes on with the image that it runs, by its digest."""
        image = self.system.container()["image"]
        if "@sha256:" not in image:
            raise CheckError(f"the service must run an image by its digest, runs {image}")
        self.change_settings("service", environment={**self._settings.service.environment, CHANGED: value})
        self.cdktf.deploy(*self.stacks)
        self.delivery.settle()
        expect("the image of the changed revision", self.system.container()["image"], image)
        return f"{self._expect_environment(value)} and the image that ran before"

    def _expect_environment(self, value: str) -> str:
        seen = {item["name"]: item["value"] for item in self.system.container()["environment"]}
        expect(f"the container's {CHANGED}", seen.get(CHANGED), value)
        return f"{self.system.revision()} with {CHANGED}={value}"

    def _change_in_vain(self) -> str:
        """Deploy a secret that does not exist: ECS rolls back to the revision before, and its settings."""
        before = self.system.service()["taskDefinition"]
        self.change_settings("service", secrets={**self._secrets, MISSING: prerequisites.missing_secret(self.aws)})
        self.cdktf.deploy(*self.stacks)
        self.delivery.settle()
        expect("the revision that runs", self.system.service()["taskDefinition"], before)
        return f"rolled back to {self.system.revision()}"

    def _setting_shows(self) -> str:
        seen = [f"{change.verb} {change.address}" for change in changes(self.cdktf.plan(self.main))]
        wanted = "change aws_ecs_service.service"
        if wanted not in seen:
            raise CheckError(f"a diff must show {wanted}, for the service lacks {MISSING}; it shows {seen}")
        return ", ".join(seen)

    def _take_back(self) -> str:
        before = self.system.service()["taskDefinition"]
        self.change_settings("service", secrets=self._secrets)
        self.cdktf.deploy(*self.stacks)
        expect("the revision that runs", self.system.service()["taskDefinition"], before)
        return f"{self.system.revision()} runs as before"

    def _roll_back(self) -> str:
        system = self.system
        service = system.service()
        before = self._pushed.running_before["taskDefinitionArn"]
        system.ecs.update_service(cluster=service["clusterArn"], service=system.service_name, taskDefinition=before)
        self.delivery.settle()
        expect("the revision that runs", system.service()["taskDefinition"], before)
        return f"{system.revision()} runs, with the image before"

    def _destroy(self) -> str:
        return f"{self.cdktf.destroy(*self.stacks)} resources"

    def _no_changes(self, stack: str) -> str:
        if found := changes(self.cdktf.plan(stack)):
            listed = "\n".join(f"{change.verb} {change.address}" for change in found)
            raise CheckError(f"{stack} would change although nothing was changed:\n{listed}")
        return "no changes"

    def _nothing_left(self) -> str:
        left = sorted(leftovers.listed(self.aws) - self._before - {f"bucket {self._state_bucket}"})
        expect("what destroy left", left, [])
        return "nothing"

    def _requests_fit(self) -> str:
        seen = self.aws.requests()
        if refused := seen["refused"]:
            raise CheckError("these requests do not fit AWS's API models:\n" + "\n".join(refused))
        checked = ", ".join(f"{service} {count}" for service, count in seen["constraints"].items())
        requests = sum(seen["operations"].values())
        return (
            f"{requests:,} requests of {len(seen['operations'])} operations fit; constraints checked: {checked} "
            "(the models of ec2, rds and s3 have few)"
        )
