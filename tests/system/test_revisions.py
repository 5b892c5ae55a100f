"""The service runs the declared settings after any sequence of pushes, rollbacks, rotations and deployments.

One Terraform configuration has many services, each with its own sequence, so that one run of Terraform deploys all of
them. A model says which image and which settings each service must run, and whether a plan changes the service.
`HYPOTHESIS_PROFILE=thorough make test` draws a thousand sequences.
"""

import json
import random
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cdktf
import pytest
from cdktf import TerraformVariable
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceNetworkConfiguration,
)
from constructs import Construct

from localaws.server import LocalAws
from modules.ecs.container import definition
from modules.ecs.task_definition import TaskDefinition
from modules.environment import Environment
from modules.iam import Role
from modules.log_group import LogGroup
from modules.repository import Repository
from operations.wait import until
from rehearsal.images.image import FILE, push_image
from settings import PipelineSettings
from stacks.stack import AwsStack
from tests.support import deploy_action
from tests.support.profile import THOROUGH
from tests.support.synthesized import DEV, synthesize
from tools import toolchain
from tools.toolchain.terraform import FROM_PYPI

pytestmark = [pytest.mark.slow, pytest.mark.provider]

SERVICES, SEQUENCES, ROUNDS = (100, 1_000, 2) if THOROUGH else (6, 6, 2)
MISSING = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:missing-AbCdEf"
BAD = "bad"
"""Prefix of images without their command, and of settings with a secret that does not exist."""
FIRST = "good-0"
"""The tag that a new service runs."""
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Revision:
    """A revision, identified by its image and the settings with which it was registered."""

    image: str
    settings: str

    @property
    def starts(self) -> bool:
        return not (self.image.startswith(BAD) or self.settings.startswith(BAD))


@dataclass
class Model:
    """The revision of one service, by the rules of docs/architecture.md, "What a deployment runs"."""

    declared: str
    running: Revision
    healthy: list[Revision] = field(default_factory=list)
    """The revisions that ran, in order: the possible targets of a rollback."""

    @property
    def shows_in_a_plan(self) -> bool:
        return self.running.settings != self.declared

    def deploy(self, revision: Revision) -> None:
        """Deploy a revision. If it does not start, ECS rolls back to the revision before it, if there is one."""
        if revision.starts or not self.healthy:
            self.running = revision
        if revision.starts:
            self.healthy.append(revision)

    def apply(self) -> None:
        if self.shows_in_a_plan:
            self.deploy(replace(self.running, settings=self.declared))


class Fleet:
    """Services that Terraform has deployed, with their models, by name."""

    def __init__(self, aws: LocalAws, folder: Path, first: Mapping[str, str]) -> None:
        self.folder = folder
        self.ecs = aws.client("ecs")
        self._aws = aws
        self._url = f"123456789012.dkr.ecr.{DEV.region}.amazonaws.com/{DEV.name}"
        self._images: dict[str, str] = {}
        self._arns: dict[tuple[str, Revision], str] = {}
        self.models = {name: Model(settings, Revision(FIRST, settings)) for name, settings in first.items()}
        for model in self.models.values():
            model.deploy(model.running)
        self._subnet = aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        self._secret = aws.client("secretsmanager").create_secret(Name="there", SecretString="x")["ARN"]

    def terraform(self, *arguments: str) -> str:
        """Run Terraform on the declared settings, and return its output."""
        declared = {f"declared_{name}": model.declared for name, model in self.models.items()}
        variables = json.dumps({**declared, "secret": self._secret, "subnet": self._subnet})
        (self.folder / "terraform.tfvars.json").write_text(variables, encoding="utf-8")
        process = subprocess.run(
            [str(FROM_PYPI), *arguments],
            cwd=self.folder,
            env=toolchain.environment() | self._aws.variables(),
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert process.returncode == 0, process.stdout + process.stderr
        return process.stdout

    def deploy(self, *, everything: bool = False) -> None:
        """Plan, check the plan, apply, and check the running revisions.

        Args:
            everything: Whether the plan changes every service, as before the services have the label.
        """
        changed: dict[str, set[str]] = {name: set() for name in self.models}
        for message in map(json.loads, self.terraform("plan", "-json", "-out=plan").splitlines()):
            if message["type"] == "planned_change":
                [(type_, name)] = re.findall(r"^(\w+)\.(s\d+)", message["change"]["resource"]["addr"])
                changed[name].add(type_)
        shown = {name for name, types in changed.items() if "aws_ecs_service" in types}
        assert shown == {name for name, model in self.models.items() if everything or model.shows_in_a_plan}
        assert {name for name, types in changed.items() if types} == shown

        self.terraform("apply", "-no-color", "plan")
        for model in self.models.values():
            model.apply()
        self.see_what_runs()

    def see_what_runs(self) -> None:
        """Wait until no deployment is in progress, and compare the running revisions with the models."""
        assert {name: self._running(name) for name in self.models} == {
            name: model.running for name, model in self.models.items()
        }

    def push(self, name: str, image: str) -> None:
        """Deploy an image as the pipeline does after a push."""
        made = deploy_action.deploy(self.ecs, cluster=name, service=name, image=self.image(image))
        pushed = replace(self.models[name].running, image=image)
        self._arns[name, pushed] = made["taskDefinitionArn"]
        self.models[name].deploy(pushed)

    def roll_back(self, name: str, to: int) -> None:
        """Deploy a revision that ran before, as a user would."""
        healthy = self.models[name].healthy
        revision = healthy[to % len(healthy)]
        self._update(name, taskDefinition=self._arns[name, revision])
        self.models[name].deploy(revision)

    def rotate(self, name: str) -> None:
        """Force a new deployment, as the state machine does after a rotation of the password."""
        self._update(name, forceNewDeployment=True)

    def write_parameters(self) -> None:
        """Write the parameter of each service, which names the running revision to Terraform."""
        ssm = self._aws.client("ssm")
        for name in self.models:
            arn = self._service(name)["taskDefinition"]
            ssm.put_parameter(Name=f"/terraform/{name}/revision", Value=arn, Type="String")

    def forget(self) -> None:
        """Remove earlier revisions from the models. They have no label, so a plan would change each of them."""
        for model in self.models.values():
            model.healthy = model.healthy[-1:]

    def declare(self, name: str, settings: str) -> None:
        self.models[name].declared = settings

    def image(self, name: str) -> str:
        """Return the reference of an image; the first call pushes the image."""
        if name not in self._images:
            command = "/none" if name.startswith(BAD) else FILE
            digest = push_image(self._aws.client("ecr"), DEV.name, name, name.encode(), command=command)
            self._images[name] = f"{self._url}@{digest}"
        return self._images[name]

    def _running(self, name: str) -> Revision:
        def settled() -> dict[str, Any] | None:
            service = self._service(name)
            [primary] = [each for each in service["deployments"] if each["status"] == "PRIMARY"]
            return service if primary["rolloutState"] != "IN_PROGRESS" else None

        arn = until(settled, TIMEOUT_SECONDS, f"a deployment of {name} is in progress")["taskDefinition"]
        [container] = self.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
        [declared] = [each["value"] for each in container["environment"] if each["name"] == "DECLARED"]
        images = {reference: image for image, reference in self._images.items()}
        first = f"{self._url}:{FIRST}"
        running = Revision({**images, first: FIRST}[container["image"]], declared)
        self._arns[name, running] = arn
        return running

    def _service(self, name: str) -> dict[str, Any]:
        [service] = self.ecs.describe_services(cluster=name, services=[name])["services"]
        found: dict[str, Any] = service
        return found

    def _update(self, name: str, **changed: Any) -> None:
        self.ecs.update_service(cluster=name, service=name, **changed)


@dataclass(frozen=True)
class Variables:
    """The variables of the container: a plain one and a secret."""

    variables: Mapping[str, str]
    secrets: Mapping[str, str]


def declare(app: cdktf.App, names: Sequence[str]) -> None:
    """Declare the resources of each service, with its settings as a Terraform variable."""
    stack = AwsStack(app, "fleet", settings=DEV)
    environment = Environment.of(DEV)
    repository = Repository(stack, "repository", environment=environment, settings=PipelineSettings(watch=FIRST))
    logs = LogGroup(stack, "logs", environment=environment, name="/ecs/shop")
    role = Role(stack, "role", name="execution", assumed_by="ecs-tasks.amazonaws.com")
    repository.grant_pull(role)
    logs.grant_write(role)
    subnet = TerraformVariable(stack, "subnet", type="string")
    secret = TerraformVariable(stack, "secret", type="string")
    role.allow("ReadSecret", actions=["secretsmanager:GetSecretValue"], resources=[secret.string_value, MISSING])
    for name in names:
        scope = Construct(stack, name)
        declared = TerraformVariable(stack, f"declared_{name}", type="string").string_value
        secret_arn = f'${{startswith(var.declared_{name}, "{BAD}") ? "{MISSING}" : var.secret}}'
        revision = TaskDefinition(
            scope,
            "task_definition",
            environment=replace(environment, name=name),
            repository=repository,
            execution_role=role,
            task_role=role,
            container=definition(
                connects_to=[Variables({"DECLARED": declared}, {"SECRET": secret_arn})],
                logs=logs,
                region=DEV.region,
                settings=DEV.service,
            ),
            settings=DEV.service,
        )
        service = EcsService(
            scope,
            "Default",
            name=name,
            cluster=EcsCluster(scope, "cluster", name=name).arn,
            task_definition=revision.live_arn,
            desired_count=1,
            launch_type="FARGATE",
            network_configuration=EcsServiceNetworkConfiguration(subnets=[subnet.string_value]),
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            depends_on=[role.inline_policy],
        )
        revision.record(service)


def as_before(config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of the version before: by tag, without a label, with the newest revision."""
    config = deepcopy(config)
    resources = config["resource"]
    config["data"] = {"aws_ecs_task_definition": {}, "aws_caller_identity": {"account": {}}}
    del resources["aws_ssm_parameter"]
    for address, revision in resources["aws_ecs_task_definition"].items():
        name = address.partition("_")[0]
        [declared] = [f"local.{each}" for each in config["locals"] if re.match(rf"{name}_.+_settings_[0-9A-F]+$", each)]
        image = f'{{ image = "${{aws_ecr_repository.repository.repository_url}}:{FIRST}" }}'
        revision["container_definitions"] = f"${{jsonencode([merge({declared}.container, {image})])}}"
        revision |= {key: f"${{{declared}.{key}}}" for key in ("cpu", "memory", "execution_role_arn", "task_role_arn")}
        own = f"aws_ecs_task_definition.{address}"
        config["data"]["aws_ecs_task_definition"][name] = {"task_definition": f"${{{own}.family}}", "depends_on": [own]}
        newest = f"max({own}.revision, data.aws_ecs_task_definition.{name}.revision)"
        resources["aws_ecs_service"][name]["task_definition"] = f"${{{own}.family}}:${{{newest}}}"
    config["locals"] = {name: value for name, value in config["locals"].items() if "_settings_" in name}
    return config


@pytest.fixture(scope="module")
def services(
    tmp_path_factory: pytest.TempPathFactory,
    provider: Path,  # noqa: ARG001 - skips the tests without it
) -> Iterator[Fleet]:
    """Return services that the version before deployed; the last one has never started."""
    folder = tmp_path_factory.mktemp("fleet")
    names = [f"s{number}" for number in range(SERVICES)]
    first = {**dict.fromkeys(names, FIRST), names[-1]: "bad-0"}
    synthesize(folder, lambda app: declare(app, names))
    file = folder / "stacks" / "fleet" / "cdk.tf.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    with LocalAws.start(folder / "aws.log", region=DEV.region) as aws:
        fleet = Fleet(aws, file.parent, first)
        file.write_text(json.dumps(as_before(config)), encoding="utf-8")
        fleet.terraform("init", "-no-color")
        fleet.terraform("apply", "-no-color", "-auto-approve", "-target=aws_ecr_repository.repository")
        fleet.image(FIRST)
        fleet.terraform("apply", "-no-color", "-auto-approve")
        fleet.see_what_runs()
        file.write_text(json.dumps(config), encoding="utf-8")
        yield fleet


def test_an_upgrade_with_a_changed_setting_keeps_what_runs(services: Fleet) -> None:
    """As docs/upgrading.md says: the user writes the parameter, then a deployment adds the label."""
    rolled_back, changed, *_ = services.models
    services.push(rolled_back, "good-1")
    services.push(changed, "good-1")
    services.see_what_runs()
    services.roll_back(rolled_back, to=0)
    services.declare(changed, "good-1")
    services.write_parameters()

    services.deploy(everything=True)
    services.forget()

    assert services.models[rolled_back].running == Revision(FIRST, FIRST)
    assert services.models[changed].running == Revision("good-1", "good-1")


def test_named_sequences_run_what_is_declared(services: Fleet) -> None:
    change, fail, take_back, roll_back, *_ = services.models
    before = {name: model.running.settings for name, model in services.models.items()}
    for name in (fail, take_back):
        services.declare(name, "bad-1")
    services.declare(roll_back, "good-2")
    services.push(change, "good-2")
    services.see_what_runs()
    services.push(change, "bad-1")
    services.deploy()
    services.roll_back(change, to=-2)
    services.declare(change, "good-3")
    services.push(fail, "good-2")
    services.push(take_back, "good-2")
    services.declare(take_back, before[take_back])
    services.roll_back(roll_back, to=-2)
    services.see_what_runs()
    services.push(roll_back, "good-3")
    assert services.models[roll_back].running == Revision("good-3", before[roll_back])

    services.deploy()

    assert services.models[change].running == Revision(FIRST, "good-3")
    assert services.models[fail].running == Revision("good-2", before[fail])
    assert services.models[take_back].running == Revision("good-2", before[take_back])
    assert services.models[roll_back].running == Revision("good-3", "good-2")


@pytest.mark.thorough("draws a thousand sequences, and the named sequences have every event")
@pytest.mark.parametrize("seed", range(SEQUENCES // SERVICES))
def test_drawn_sequences_run_what_is_declared(services: Fleet, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret, and the same sequences each time
    for _ in range(ROUNDS):
        for _ in range(draw.randrange(3)):
            for name in services.models:
                event(services, name, draw)
            services.see_what_runs()
        for name in services.models:
            if draw.random() < 0.5:
                services.declare(name, drawn(draw))
        services.deploy()


def event(services: Fleet, name: str, draw: random.Random) -> None:
    """Apply a random event to a service, or none."""
    match draw.choice(["push", "push", "roll back", "rotate", "nothing"]):
        case "push":
            services.push(name, drawn(draw))
        case "roll back" if services.models[name].healthy:
            services.roll_back(name, draw.randrange(100))
        case "rotate":
            services.rotate(name)


def drawn(draw: random.Random) -> str:
    """Draw an image or settings."""
    return f"{draw.choice(['good', 'good', BAD])}-{draw.randrange(5)}"
