"""The rehearsal, step by step, and its errors for a broken system. All tests share one deployment."""

import io
import json
import re
import shutil
import subprocess
import sys
import time
import zipfile
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localaws.iam.evaluation import Iam, Request
from localaws.server import LocalAws
from operations.wait import until
from rehearsal import checks, rotation
from rehearsal.delivery import Push
from rehearsal.execution import Execution
from rehearsal.images.image import Image, push_image
from rehearsal.images.layouts import write_layout
from rehearsal.steps import Rehearsal, Step
from rehearsal.system import TIMEOUT_SECONDS, CheckError, System, wait_for_delivery
from settings import LogSettings, OperatorSettings, find
from tests.support import operations_page, recorded, terraform_calls
from tests.support.canaries import Place, leaks, places
from tests.support.lists import listed
from tests.support.localaws.aws_pipeline import ACCOUNT
from tests.support.mutations import MUTATIONS, Mutation, mutated, pipeline, project
from tests.support.ops.operator import Operator
from tests.support.rights import NOT_EXERCISED, PASSED_TO, RESOURCE, Right, Roles, unexplained, widened
from tests.support.scanners import lint
from tests.support.settings_files import ENVIRONMENTS
from tools import toolchain
from tools.toolchain import processes

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

HARDENED = {"customer_managed_key": True, "logs": LogSettings(flow_logs=True, access_logs=True)}
"""Options of `production` that `dev` and `make rehearse` leave out."""

UPGRADE_FROM, UPGRADE_TO = 16, 18
"""Major versions of PostgreSQL."""

SAID: list[str] = []
"""The results of the steps, and the output of cdktf and Terraform."""

CANARIES = {name: token_hex(16) for name in ("the value of a secret", "that of a parameter", "GITHUB_TOKEN")}
"""Secrets to search for, in addition to those that AWS generates."""


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("rehearsal")
    settings = find(ENVIRONMENTS, "dev").model_copy(update=HARDENED)
    database = settings.database.model_copy(update={"engine_version": UPGRADE_FROM})
    operator = OperatorSettings(principals=[f"arn:aws:iam::{ACCOUNT}:user/administrator"])
    settings = settings.model_copy(update={"database": database, "operator": operator})
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_TOKEN", CANARIES["GITHUB_TOKEN"])
        patch.setattr(processes, "result", _heard(processes.result))
        with LocalAws.start(folder / "aws.log", region=settings.region) as aws:
            service = settings.service.model_copy(update={"secrets": _planted(aws)})
            settings = settings.model_copy(update={"service": service})
            made = Rehearsal(aws, folder, settings=settings, on_progress=lambda _: None)
            made.cdktf.variables |= {"TF_LOG_PROVIDER": "DEBUG", "TF_LOG_PATH": str(folder / "terraform.log")}
            yield made


def _heard(run: Callable[..., tuple[int, str]]) -> Callable[..., tuple[int, str]]:
    def heard(*args: Any, **kwargs: Any) -> tuple[int, str]:
        code, output = run(*args, **kwargs)
        SAID.append(output)
        return code, output

    return heard


def _planted(aws: LocalAws) -> dict[str, str]:
    """Create secrets for the container, and return their ARNs. No file contains their values."""
    secret = aws.client("secretsmanager").create_secret(Name="canary", SecretString=CANARIES["the value of a secret"])
    aws.client("ssm").put_parameter(Name="/canary", Value=CANARIES["that of a parameter"], Type="SecureString")
    parameter = aws.client("ssm").get_parameter(Name="/canary")["Parameter"]
    return {"CANARY_SECRET": secret["ARN"], "CANARY_PARAMETER": parameter["ARN"]}


@pytest.fixture(scope="module")
def deployed(rehearsal: Rehearsal) -> dict[str, str]:
    return run(rehearsal.deploy())


@pytest.fixture(scope="module")
def system(rehearsal: Rehearsal, deployed: dict[str, str]) -> System:
    assert deployed
    return rehearsal.system


def run(steps: list[Step]) -> dict[str, str]:
    seen = {step.title: step.run() for step in steps}
    SAID.extend(seen.values())
    return seen


def test_the_system_deploys(rehearsal: Rehearsal, deployed: dict[str, str]) -> None:
    planned = {
        stack: sum(len(resources) for resources in rehearsal.cdktf.stack(stack)["resource"].values())
        for stack in rehearsal.stacks
    }
    assert deployed["deploy the registry and DNS"] == f"{planned['dev-registry'] + planned['dev-dns']} resources"
    assert deployed["deploy the system"] == f"{planned['dev-main']} resources"


@pytest.mark.usefixtures("system")
def test_the_system_passes_its_checks_and_the_next_diff_is_empty(rehearsal: Rehearsal) -> None:
    seen = run(rehearsal.inspect())

    assert seen["diff all stacks"] == "no changes"


@pytest.mark.usefixtures("system")
def test_a_diff_that_is_not_empty_is_named_with_what_would_change(rehearsal: Rehearsal, system: System) -> None:
    policy = system.ecr.get_lifecycle_policy(repositoryName=system.repository_name)["lifecyclePolicyText"]
    [diff] = [step for step in rehearsal.inspect() if step.title == "diff all stacks"]
    system.ecr.delete_lifecycle_policy(repositoryName=system.repository_name)

    with pytest.raises(CheckError) as error:
        diff.run()

    assert re.fullmatch(
        r"dev-registry would change although nothing was changed:\nadd aws_ecr_lifecycle_policy\.\w+",
        str(error.value),
    )
    system.ecr.put_lifecycle_policy(repositoryName=system.repository_name, lifecyclePolicyText=policy)


@pytest.mark.usefixtures("system")
class TestTheArticle:
    """The article's five steps, for one push to the deployed system."""

    pushed: Push
    execution: Execution

    def test_0_the_new_pipeline_runs_by_itself(self, rehearsal: Rehearsal, system: System) -> None:
        run(rehearsal.deliver()[:1])

        assert system.container()["image"].startswith(f"{system.repository_url}@sha256:")

    def test_1_ci_pushes_an_image(self, rehearsal: Rehearsal, system: System) -> None:
        type(self).pushed = rehearsal.delivery.push(b"the article")

        [image] = system.ecr.describe_images(repositoryName=system.repository_name, imageIds=[{"imageTag": "latest"}])[
            "imageDetails"
        ]
        assert image["imageDigest"] == self.pushed.digest

    def test_2_the_push_starts_the_source_action(self, rehearsal: Rehearsal) -> None:
        """The source action writes imageDetail.json."""
        type(self).execution = rehearsal.delivery.started(self.pushed)

    def test_3_the_build_writes_imagedefinitions(self, rehearsal: Rehearsal, system: System) -> None:
        text = rehearsal.delivery.built(self.pushed, self.execution)

        assert text == f'[{{"name":"app","imageUri":"{system.repository_url}@{self.pushed.digest}"}}]'

    def test_4_the_deploy_action_is_triggered_with_the_file(self, rehearsal: Rehearsal) -> None:
        rehearsal.delivery.deployed(self.pushed, self.execution)

    def test_5_the_service_runs_the_pushed_image(self, system: System) -> None:
        assert system.container()["image"] == f"{system.repository_url}@{self.pushed.digest}"
        assert system.task_definition()["revision"] == self.pushed.running_before["revision"] + 1


@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed (apt-get install skopeo)")
def test_an_index_that_skopeo_copies_goes_live(rehearsal: Rehearsal, system: System, tmp_path: Path) -> None:
    [login] = system.ecr.get_authorization_token()["authorizationData"]
    place = f"docker://{rehearsal.aws.endpoint.removeprefix('http://')}/{system.repository_name}:latest"
    credentials = f"--dest-creds={b64decode(login['authorizationToken']).decode()}"
    copy = ["skopeo", "--insecure-policy", "copy", "--all", "--dest-tls-verify=false", credentials]

    goes_live(rehearsal, tmp_path, b"by skopeo", [*copy, f"oci:{tmp_path / 'layout'}:latest", place])


@pytest.mark.usefixtures("system")
def test_an_index_that_make_push_pushes_goes_live(rehearsal: Rehearsal, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "operations.images.push", "--", "dev", str(tmp_path / "layout")]

    said = goes_live(rehearsal, tmp_path, b"by make push", program)

    digest = rehearsal.system.container()["image"].rpartition("@")[2]
    assert said.splitlines()[-1] == f"dev runs {digest} ({rehearsal.system.revision()})"


def goes_live(rehearsal: Rehearsal, folder: Path, content: bytes, command: list[str]) -> str:
    """Push an index of two images with a command. Check that it goes live, and return what the command has printed.

    Args:
        rehearsal: The rehearsal.
        folder: The command reads the OCI layout `layout` below this folder.
        content: The content of both images.
        command: The command.
    """
    system = rehearsal.system
    before, decided = system.task_definition(), len(rehearsal.aws.decisions())
    images = [Image.build(content, architecture) for architecture in ("arm64", "amd64")]
    newest = system.ecs.describe_task_definition(taskDefinition=before["family"])["taskDefinition"]["revision"]
    push = Push(write_layout(folder / "layout", images), newest, before, decided)
    own = rehearsal.aws.environment() | {"ENVIRONMENTS_FILE": str(rehearsal.settings_file)}

    done = subprocess.run(command, cwd=toolchain.ROOT, env=own, check=True, capture_output=True, text=True)

    execution = rehearsal.delivery.started(push)
    rehearsal.delivery.built(push, execution)
    rehearsal.delivery.deployed(push, execution)
    ecs, cluster = system.aws.client("ecs"), system.cluster_name
    tasks = ecs.describe_tasks(cluster=cluster, tasks=ecs.list_tasks(cluster=cluster)["taskArns"])["tasks"]
    assert {container["imageDigest"] for task in tasks for container in task["containers"]} == {push.digest}
    return done.stdout


def check_and_push(rehearsal: Rehearsal, content: bytes) -> None:
    for check in checks.CHECKS:
        check(rehearsal.system)
    push = rehearsal.delivery.push(content)
    execution = rehearsal.delivery.started(push)
    rehearsal.delivery.built(push, execution)


@contextmanager
def without_its_secret(system: System) -> Iterator[None]:
    secrets = system.aws.client("secretsmanager")
    secrets.delete_secret(SecretId="canary")
    yield
    secrets.restore_secret(SecretId="canary")


@contextmanager
def without_its_right_to_pull(system: System) -> Iterator[None]:
    with Roles(system.aws, prefix=system.service_name).without(Right("execution", "PullImages", "ecr:BatchGetImage")):
        yield


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(without_its_secret, "GetSecretValue"), (without_its_right_to_pull, "CannotPullContainerError")],
)
def test_a_push_whose_tasks_do_not_start_is_stopped_for_the_next(
    rehearsal: Rehearsal,
    system: System,
    fault: Callable[[System], AbstractContextManager[None]],
    reason: str,
) -> None:
    """The rehearsal has a step for a command that the image lacks."""
    with fault(system):
        told = rehearsal.delivery.stopped(rehearsal.delivery.push(f"{reason}, in vain".encode()))
    push = rehearsal.delivery.push(reason.encode())

    rehearsal.delivery.deployed(push, rehearsal.delivery.started(push))

    assert reason in told


@pytest.mark.parametrize(("mutation", "message"), MUTATIONS.values(), ids=MUTATIONS)
def test_the_rehearsal_names_what_is_wrong_with_the_pipeline_when(
    rehearsal: Rehearsal, system: System, mutation: Mutation, message: str, request: pytest.FixtureRequest
) -> None:
    revision = system.revision()

    with mutated(system, mutation), pytest.raises(CheckError) as error:
        check_and_push(rehearsal, request.node.name.encode())

    assert message in str(error.value)
    if "failed in" in message:
        assert system.revision() == revision


def test_terraform_and_the_pipeline_leave_each_other_alone(rehearsal: Rehearsal, system: System) -> None:
    """One of the deployments also upgrades PostgreSQL."""
    rehearsal.change_settings("database", engine_version=UPGRADE_TO, apply_immediately=True)
    seen = run(rehearsal.deliver()[1:])

    assert seen["diff dev-main"] == "no changes"
    assert ": exit code 3. " in seen["run a command in a one-off task"]
    assert "change aws_ecs_service.service" in seen["diff dev-main shows the setting"].split(", ")
    assert "@sha256:" in system.container()["image"]


@pytest.fixture(scope="module")
def operator(rehearsal: Rehearsal, system: System) -> Operator:
    return Operator(rehearsal.aws, f"{system.service_name}-operator", rehearsal.settings_file)


class TestTheOperator:
    """A person with the operator role, from a good push to a freeze. Each diff is empty, or shows what was changed."""

    def test_1_a_good_push_is_live(self, rehearsal: Rehearsal, operator: Operator) -> None:
        push = rehearsal.delivery.push(b"good")

        done = operator.ops("wait", "dev")

        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1].startswith(f"dev runs {push.digest}")

    def test_2_a_bad_push_fails_and_its_cause_is_named(self, rehearsal: Rehearsal, operator: Operator) -> None:
        before = rehearsal.system.revision()
        rehearsal.delivery.push(b"bad", command="/none")

        done = operator.ops("wait", "dev")

        assert (done.returncode, "/none" in done.stdout) == (2, True), done.stdout + done.stderr
        assert rehearsal.system.revision() == before

    def test_3_the_failed_push_needs_no_roll_back_and_the_good_one_gets_one(
        self, rehearsal: Rehearsal, operator: Operator
    ) -> None:
        """ECS has rolled the bad image back already."""
        good, before = rehearsal.system.container()["image"], rehearsal.system.revision()

        unchanged = operator.ops("rollback", "dev")
        assert (unchanged.returncode, rehearsal.system.revision()) == (0, before), unchanged.stdout + unchanged.stderr
        entries = json.loads(operator.ops("history", "dev", "--json").stdout)["entries"]
        ran = [each["digest"] for each in entries if each["execution"] and each["outcome"] == "Succeeded"]
        earlier = next(digest for digest in ran if not good.endswith(digest))
        done = operator.ops("rollback", "dev", "--to", earlier)

        assert done.returncode == 0, done.stdout + done.stderr
        assert rehearsal.system.container()["image"].endswith(earlier)
        rehearsal.deployment.expect_no_changes(rehearsal.main)

    def test_4_a_command_runs_with_the_secrets_of_the_container(self, operator: Operator) -> None:
        done = operator.ops("run", "dev", "--", "sh", "-c", 'echo "$DB_NAME ${#CANARY_SECRET}"; exit 3')

        length = len(CANARIES["the value of a secret"])
        assert (done.returncode, done.stdout) == (3, f"app {length}\n"), done.stderr

    def test_5_the_next_diff_shows_the_number_of_tasks(self, rehearsal: Rehearsal, operator: Operator) -> None:
        done = operator.ops("scale", "dev", "2")

        assert done.returncode == 0, done.stdout + done.stderr
        with pytest.raises(CheckError, match=r"^dev-main would change .*:\nchange aws_ecs_service\.service$"):
            rehearsal.deployment.expect_no_changes(rehearsal.main)
        assert operator.ops("scale", "dev", "1").returncode == 0

    def test_6_no_push_goes_live_in_a_freeze(self, rehearsal: Rehearsal, operator: Operator) -> None:
        assert operator.ops("disable-deploys", "dev", "--reason", "a freeze").returncode == 0
        before = rehearsal.system.revision()
        push = rehearsal.delivery.push(b"frozen")
        until(lambda: "a freeze" in operator.ops("why", "dev").stdout, TIMEOUT_SECONDS, "why names no freeze")
        assert rehearsal.system.revision() == before

        enabled = operator.ops("enable-deploys", "dev")

        assert (enabled.returncode, operator.ops("wait", "dev").returncode) == (0, 0)
        assert rehearsal.system.container()["image"].endswith(push.digest)
        rehearsal.deployment.expect_no_changes(rehearsal.main)


def test_postgresql_is_upgraded_with_its_parameter_group(system: System) -> None:
    database = system.database()
    [group] = [found["DBParameterGroupName"] for found in database["DBParameterGroups"]]
    groups = system.aws.client("rds").describe_db_parameter_groups()["DBParameterGroups"]

    assert database["EngineVersion"].startswith(f"{UPGRADE_TO}.")
    assert {found["DBParameterGroupName"]: found["DBParameterGroupFamily"] for found in groups} == {
        group: f"postgres{UPGRADE_TO}"
    }


def secrets(system: System) -> dict[str, str]:
    """Return every secret in use: canaries, the password before and after its rotation, the caller's credentials."""
    client = system.aws.client("secretsmanager")
    arn = system.database()["MasterUserSecret"]["SecretArn"]
    passwords = {
        f"the password of {labels}": json.loads(client.get_secret_value(SecretId=arn, VersionId=id_)["SecretString"])
        for id_, labels in client.describe_secret(SecretId=arn)["VersionIdsToStages"].items()
    }
    variables = system.aws.variables()
    return (
        CANARIES
        | {name: login["password"] for name, login in passwords.items()}
        | {name: variables[name] for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
    )


def everywhere(rehearsal: Rehearsal) -> list[Place]:
    return list(places(rehearsal, said="\n".join(SAID)))


def test_no_secret_is_in_any_file_answer_or_output(rehearsal: Rehearsal, system: System) -> None:
    """JSON, plans, state, logs, revisions, artifacts, events and printed output."""
    seen, wanted = everywhere(rehearsal), secrets(system)

    assert {name.rpartition("/")[2] for name, _ in seen} >= {
        "aws.log",
        "cdk.tf.json",
        "environments.toml",
        "diff.tfplan",
        "terraform.dev-main.tfstate",
        "terraform.dev-main.tfstate.backup",
    }
    there = [name for name, content in seen if content not in (b"", b"[]")]
    assert [place for place in PLANTS if not any(re.fullmatch(place, name) for name in there)] == []
    assert len(SAID) > 40
    assert {"the password of ['AWSPREVIOUS']", "the password of ['AWSCURRENT']"} < wanted.keys()
    assert len(set(wanted.values())) == len(CANARIES) + 4
    assert min(map(len, wanted.values())) > 16
    assert leaks(seen, wanted) == []


def in_a_file(rehearsal: Rehearsal, secret: str) -> None:
    (rehearsal.cdktf.folder / "terraform.dev-main.tfstate.backup").write_text(f"key = {secret}")


def in_a_plan(rehearsal: Rehearsal, secret: str) -> None:
    file = rehearsal.cdktf.output_folder / "stacks" / rehearsal.dns / "cdk.tf.json"
    document = rehearsal.cdktf.stack(rehearsal.dns)
    file.write_text(json.dumps(document | {"output": document["output"] | {"planted": {"value": secret}}}))
    rehearsal.cdktf.plan(rehearsal.dns)


def in_a_log(rehearsal: Rehearsal, secret: str) -> None:
    logs = rehearsal.aws.client("logs")
    place = {"logGroupName": "/ecs/example-app-dev", "logStreamName": "planted"}
    logs.create_log_stream(**place)
    logs.put_log_events(**place, logEvents=[{"timestamp": int(time.time() * 1000), "message": f"key: {secret}"}])


def in_an_artifact(rehearsal: Rehearsal, secret: str) -> None:
    found = rehearsal.aws.client("codepipeline").get_pipeline(name=rehearsal.system.pipeline_name)["pipeline"]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imagedefinitions.json", secret)
    bucket = found["artifactStore"]["location"]
    rehearsal.aws.client("s3").put_object(Bucket=bucket, Key="planted", Body=body.getvalue())


def in_a_revision(rehearsal: Rehearsal, secret: str) -> None:
    container: Any = {"name": "app", "image": "app", "memory": 128, "environment": [{"name": "KEY", "value": secret}]}
    rehearsal.system.ecs.register_task_definition(family="planted", containerDefinitions=[container])


def in_the_service(rehearsal: Rehearsal, secret: str) -> None:
    service = rehearsal.system.service()
    network = json.loads(json.dumps(service["networkConfiguration"]))
    network["awsvpcConfiguration"]["subnets"].append(secret)
    rehearsal.system.ecs.update_service(
        cluster=service["clusterArn"], service=service["serviceName"], networkConfiguration=network
    )


def in_an_action(rehearsal: Rehearsal, secret: str) -> None:
    def change(action: dict[str, Any]) -> None:
        variables = json.loads(action["configuration"]["EnvironmentVariables"])
        planted = [*variables, {"name": "KEY", "value": secret}]
        action["configuration"]["EnvironmentVariables"] = json.dumps(planted)

    with mutated(rehearsal.system, pipeline("CodeBuild", change)):
        rehearsal.delivery.started(rehearsal.delivery.push(b"an action"))


def in_a_build(rehearsal: Rehearsal, secret: str) -> None:
    def change(settings: dict[str, Any]) -> None:
        settings["environment"]["environmentVariables"].append({"name": "KEY", "value": secret})

    with mutated(rehearsal.system, project(change)):
        rehearsal.delivery.started(rehearsal.delivery.push(b"a build"))


def in_an_execution(rehearsal: Rehearsal, secret: str) -> None:
    states = rehearsal.aws.client("stepfunctions")
    machine, *_ = states.list_state_machines()["stateMachines"]
    states.start_execution(stateMachineArn=machine["stateMachineArn"], input=json.dumps({"key": secret}))


def in_an_event(rehearsal: Rehearsal, secret: str) -> None:
    push_image(rehearsal.system.ecr, rehearsal.system.repository_name, secret, b"planted")
    wait_for_delivery(rehearsal.aws, lambda event: event["detail"].get("image-tag") == secret, 20)


def in_what_is_said(_: Rehearsal, secret: str) -> None:
    SAID.append(f"the key is {secret}")


PLANTS = {
    "terraform.dev-main.tfstate.backup": in_a_file,
    "the plan of dev-dns as JSON": in_a_plan,
    "the log /ecs/example-app-dev": in_a_log,
    "imagedefinitions.json of the object .*": in_an_artifact,
    "the revision .*": in_a_revision,
    "the service": in_the_service,
    "the pipeline's actions": in_an_action,
    "the builds": in_a_build,
    "a state machine's execution": in_an_execution,
    "the events": in_an_event,
    "what was said and printed": in_what_is_said,
}
"""Place to the function that puts a secret into it."""


@pytest.mark.usefixtures("system")
def test_a_secret_in_any_place_is_found(rehearsal: Rehearsal) -> None:
    planted = {plant.__name__: token_hex(16) for plant in PLANTS.values()}
    for plant in PLANTS.values():
        plant(rehearsal, planted[plant.__name__])

    found = leaks(everywhere(rehearsal), planted)

    wanted = [f"{plant.__name__} in {place}" for place, plant in PLANTS.items()]
    assert [each for each in wanted if not any(re.fullmatch(each, one) for one in found)] == []


@pytest.fixture(scope="module")
def iam() -> Iterator[Iam]:
    made = Iam()
    yield made
    made.close()


@pytest.fixture(scope="module")
def roles(system: System) -> Roles:
    return Roles(system.aws, prefix=system.pipeline_name)


@pytest.mark.usefixtures("system")
class TestTheRights:
    """The permissions of the system's roles: sufficient for a deployment, and no more."""

    def test_each_is_used_or_listed_as_not_exercised(self, roles: Roles, system: System) -> None:
        listed.check(unexplained(roles.unused(system.aws.decisions())))

    @pytest.mark.parametrize(
        "planted",
        [
            Right("pipeline", "UpdateService", "ecs:DeleteService"),
            Right("pipeline", "UpdateService", "arn:aws:ecs:eu-central-1:123456789012:service/other/other", RESOURCE),
            Right("pipeline", "PassTaskRoles", "lambda.amazonaws.com", PASSED_TO),
        ],
        ids=str,
    )
    def test_an_unused_permission_is_named(self, roles: Roles, system: System, planted: Right) -> None:
        with roles.adding(planted):
            assert roles.unused(system.aws.decisions()) - set(NOT_EXERCISED) == {planted}

    def test_a_permission_of_an_attached_policy_is_named(self, roles: Roles, system: System) -> None:
        planted = Right("pipeline", "Planted", "s3:ListBucket")
        statement = {"Sid": planted.sid, "Effect": "Allow", "Action": [planted.value], "Resource": ["arn:aws:s3:::*"]}

        with roles.attaching("pipeline", [statement]):
            assert roles.unused(system.aws.decisions()) - set(NOT_EXERCISED) == {planted}

    def test_no_role_has_an_attached_policy(self, roles: Roles) -> None:
        assert [arn for role in roles.names() for arn in roles.attached(role)] == []

    def test_without_a_permission_the_rehearsal_names_it(self, rehearsal: Rehearsal, roles: Roles) -> None:
        survived, unnamed = set(), []
        for right in roles.rights():
            who = f"assumed-role/{roles.prefix}{right.role}/"
            with roles.without(right):
                try:
                    rehearsed(rehearsal, right)
                except CheckError as error:
                    unnamed += [] if who in str(error) and right.denied() in str(error) else [f"{right}: {error}"]
                else:
                    survived.add(right)

        assert (survived, unnamed) == (set(NOT_EXERCISED), [])

    def test_no_permission_allows_another_resource(self, roles: Roles, system: System, iam: Iam) -> None:
        assert roles.too_wide(system.aws.decisions(), iam) == set()

    def test_each_widened_statement_is_named(self, roles: Roles, system: System, iam: Iam) -> None:
        unnoticed = []
        for role in roles.exercised():
            own = [one for one in system.aws.decisions() if one["principal"].endswith(f"/{role}")]
            statements = roles.own(role)
            for statement, what, wider in [(s, what, w) for s in statements for what, w in wider_ones(s)]:
                if all(
                    Right(role.removeprefix(roles.prefix), statement["Sid"], a) in NOT_EXERCISED
                    for a in statement["Action"]
                ):
                    continue
                with roles.changed(role, [wider if s is statement else s for s in statements]):
                    found = roles.too_wide(own, iam)
                if not any(f"({statement['Sid']})" in one for one in found):
                    unnoticed.append(f"{role}, {statement['Sid']}: {what}")

        assert unnoticed == []

    def test_aws_would_take_each_policy(self, roles: Roles) -> None:
        assert lint(roles.documents()) == []

    @pytest.mark.parametrize(
        ("context", "message"),
        [
            ({}, ""),
            ({"aws:PrincipalAccount": "999999999999"}, "with an explicit deny in a resource-based policy"),
            ({"aws:SecureTransport": "false"}, "with an explicit deny in a resource-based policy"),
        ],
    )
    def test_other_accounts_and_plain_http_get_no_artifact(
        self, system: System, context: dict[str, str], message: str
    ) -> None:
        one = next(each for each in system.aws.decisions() if each["action"] == "s3:GetObject")
        request = Request(one["action"], one["resource"], one["context"] | context)
        account = one["context"]["aws:ResourceAccount"]

        decision = system.aws.decide(one["principal"], request, account=account, region=system.aws.region)

        assert decision.message.partition(request.resource)[2].strip() == message


def wider_ones(statement: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a statement with each of its ARNs widened, and without its conditions, each with a description."""
    for resource in statement["Resource"]:
        if resource != "*":
            wider = [widened(each) if each == resource else each for each in statement["Resource"]]
            yield resource, statement | {"Resource": wider}
    if "Condition" in statement:
        yield "without a condition", {name: part for name, part in statement.items() if name != "Condition"}


def rehearsed(rehearsal: Rehearsal, right: Right) -> None:
    """Run what needs a permission to its end: a rotation or a push."""
    if right.role in ("rotation", "restart"):
        rotation.rotate(rehearsal.system)
    elif right.role in ("failed", "stop"):
        rehearsal.delivery.stopped(rehearsal.delivery.push(str(right).encode(), command="/none"))
    else:
        rehearsal.delivery.started(rehearsal.delivery.push(str(right).encode()))


def test_the_outputs_are_printed_and_nothing_else(rehearsal: Rehearsal, system: System) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "operations", "outputs", "dev"],
        cwd=toolchain.ROOT,
        env=rehearsal.cdktf.variables,
        capture_output=True,
        text=True,
        check=False,
    )

    printed = dict(line.split(" = ", 1) for line in process.stdout.splitlines())
    assert (process.returncode, process.stderr) == (0, "")
    assert printed["repository_url"] == system.repository_url
    assert {system.cluster_name, system.service_name, system.pipeline_name} <= set(printed.values())
    assert not [name for name in printed if "cross-stack" in name]


@pytest.mark.usefixtures("system")
def test_each_command_of_the_operations_page_answers(rehearsal: Rehearsal, system: System, tmp_path: Path) -> None:
    write_layout(tmp_path / "image", [Image.build(b"a user's own")])
    older = push_image(system.ecr, system.repository_name, "older", b"an older one")
    named = {"sha256:...": older, "example-app-dev:41": system.revision()}
    commands = [command for command in operations_page.commands() if shutil.which("skopeo") or "skopeo" not in command]

    printed = {}
    for command in commands:
        text = command
        for example, own in named.items():
            text = text.replace(example, own)
        printed[command] = operations_page.run(text, rehearsal.aws.environment(), tmp_path)

    assert len(printed) >= 12
    assert [command for command in printed if not printed[command] and " s3 rm " not in command] == []
    until(lambda: _at_rest(system), TIMEOUT_SECONDS, "what the commands began is not over")
    rds = rehearsal.aws.client("rds")
    for snapshot in rds.describe_db_snapshots()["DBSnapshots"]:
        rds.delete_db_snapshot(DBSnapshotIdentifier=snapshot["DBSnapshotIdentifier"])


def _at_rest(system: System) -> Mapping[str, object] | None:
    """Return the service if no execution and no deployment of it is in progress."""
    executions = {execution.status for execution in system.executions.newest()}
    deployments = {each["rolloutState"] for each in system.service()["deployments"]}
    return system.service() if "InProgress" not in executions and deployments == {"COMPLETED"} else None


def test_destroy_leaves_nothing(rehearsal: Rehearsal) -> None:
    assert run(rehearsal.destroy())["look for resources that are left"] == "nothing"
    assert sorted(Path(rehearsal.cdktf.folder).glob("*.lock.info")) == []


@pytest.mark.usefixtures("system")
def test_what_destroy_leaves_is_named(rehearsal: Rehearsal) -> None:
    place = {"LocationConstraint": rehearsal.aws.region}
    rehearsal.aws.client("s3").create_bucket(Bucket="left", CreateBucketConfiguration=place)

    with pytest.raises(CheckError, match=r"^what destroy left is \['bucket left'\], expected \[\]$"):
        rehearsal.destroy()[-1].run()


@pytest.mark.usefixtures("system")
def test_every_request_fits_the_api_models_of_aws(rehearsal: Rehearsal) -> None:
    """A request that does not fit is named."""
    [seen] = run(rehearsal.check_requests()).values()
    assert re.match(r"[\d,]{5,6} requests of 2\d\d operations fit; .*checked: acm \d\d,.* codebuild \d\d", seen)

    with pytest.raises(ClientError):
        rehearsal.aws.client("ecr").create_repository(repositoryName="Shop")
    with pytest.raises(CheckError, match=r"these requests do not fit .*\n.*ecr.CreateRepository: .* 'repositoryName'"):
        rehearsal.check_requests()[0].run()


@pytest.mark.usefixtures("system")
def test_the_answers_are_as_recorded_and_as_modeled(rehearsal: Rehearsal) -> None:
    answers = rehearsal.aws.answers()

    assert recorded.compared(answers) > 800
    assert set(recorded.lacking(answers)) == set(recorded.NOT_GIVEN)
    assert set(recorded.other_values(answers)) - set(recorded.SOMETIMES) == set(recorded.OTHERWISE)
    assert set(recorded.not_modeled(answers)) == set(recorded.NOT_MODELED)


@pytest.mark.usefixtures("system")
def test_the_deploy_role_allows_only_what_terraform_calls(rehearsal: Rehearsal) -> None:
    """It allows all of these calls. `NOT_ASKED` lists what it allows in addition."""
    asked = terraform_calls.actions(rehearsal.cdktf.folder / "terraform.log") - {"sts:GetCallerIdentity"}

    listed.check(terraform_calls.not_allowed(asked))
    listed.check(terraform_calls.not_listed(asked, set().union(*terraform_calls.NOT_ASKED.values())))
