"""Tests of `ops verify`: each part that a task needs, taken away and given back."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
import tomli_w
from rich.console import Console

from operations import __main__ as program
from operations import command
from operations.clients import Clients
from operations.commands.answer import Exit
from operations.commands.reading import Reading
from operations.commands.verify import command as verify
from operations.commands.verify.answer import Verification
from operations.images import copy
from operations.images.progress import Progress
from operations.preflight.finding import Finding, Kind
from operations.sessions import Caller
from operations.system.deployed import DeployedEnvironment
from operations.system.service import Running
from rehearsal.images.image import File, Image, archive
from tests.support.images.complete import DATABASE_PORT, PORT, PULL, Complete, complete
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients, policy
from tests.support.ops.user import ALL, ROLE, documented, section, with_rights
from tests.test_docs import blocks

pytestmark = pytest.mark.slow

NAME = "verify-dev"
SECTION = "### What a new image needs"


@pytest.fixture(scope="module")
def dev() -> Complete:
    made = complete(NAME)
    made.deliver(b"one")
    return made


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    file = tmp_path / "environments.toml"
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(file))

    def write(**own: Any) -> None:
        table = {"app": "verify", "region": REGION, "domain": f"{NAME}.example.com", "protect": False}
        file.write_text(tomli_w.dumps({"dev": table | own}), encoding="utf-8")

    write()
    return write


def verified(wanted: str | None = None) -> Verification:
    settings = command.settings("dev")
    return verify.read(Reading(settings, _caller(settings.region)), wanted)


@cache
def _caller(region: str) -> Caller:
    """Return a caller with all permissions. The tests share the clients."""
    key = clients().local.key
    return Caller(ACCOUNT, "arn", Clients(boto3.Session(key.access_key, key.secret_key, key.token, region)))


def faults(found: Verification) -> list[Finding]:
    return [each for each in found.findings if each.kind is not Kind.OK]


def fault(wanted: str | None = None) -> Finding:
    """Return the only finding that is not ok."""
    [found] = faults(verified(wanted))
    return found


def push(dev: Complete, tag: str, image: Image) -> str:
    """Push an image without its event, and return its digest."""
    described = image.described
    copy.upload(image, dev.repository, described, Progress(Console(quiet=True)))
    dev.repository.put(described[described.digest], tag)
    return described.digest


def run(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    """Run the program; its exit code, and what it says to standard output and error."""
    sys.argv = ["ops", "verify", "dev", *options]
    code = program.main()
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.usefixtures("settings_file", "dev")
def test_a_complete_system_has_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, errors = run(capsys)

    assert (code, errors) == (0, "")
    heading, _, empty, *lines = out.splitlines()
    assert (heading, empty) == (f"dev: account {ACCOUNT}, region {REGION}", "")
    assert {line[:11].strip() for line in lines[:-2]} <= {"ok", ""}
    assert lines[-1] == f"{sum(line.startswith('ok') for line in lines)} ok"
    assert max(len(line) for line in out.splitlines() if "sha256:" not in line) <= 80
    assert "\x1b" not in out
    assert "never-shown" not in out
    [shown] = blocks(section(SECTION), "text")
    assert [line[:20] for line in shown.splitlines()[3:] if line.startswith("ok")] == [
        line.replace(NAME, "example-app-dev")[:20] for line in lines if line.startswith("ok")
    ]


@pytest.mark.usefixtures("settings_file", "dev")
def test_the_json_has_the_findings_and_no_value_of_a_secret(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--json")

    found = Verification.model_validate_json(out)
    assert (code, found.image, found.revision, found.not_read) == (0, "latest", f"{NAME}:2", [])
    assert "never-shown" not in out


@pytest.mark.usefixtures("settings_file")
@pytest.mark.parametrize("of", [lambda top: top, lambda _: "2", lambda _: f"{NAME}:2"])
def test_an_image_or_a_revision_can_be_named(of: Callable[[str], str], dev: Complete) -> None:
    top = dev.repository.tagged("latest")
    assert top
    found = verified(of(top))

    assert (faults(found), found.image, found.revision) == ([], top, f"{NAME}:2")


@pytest.mark.usefixtures("settings_file", "dev")
def test_an_image_that_is_missing_is_a_problem() -> None:
    found = fault("gone")

    assert (found.kind, found.place) == (Kind.PROBLEM, "image")
    assert found.text == f"the repository {NAME} does not have gone, so no task can start"
    assert verified(f"sha256:{'0' * 64}").exit_code == 2


@pytest.mark.usefixtures("settings_file")
def test_an_image_for_another_platform_is_a_problem(dev: Complete) -> None:
    top = push(dev, "arm", Image.build(b"arm", "arm64"))

    found = fault("arm")

    assert (found.kind, found.place) == (Kind.PROBLEM, "image")
    assert found.text.startswith(f"arm is {top}, for linux/arm64, unknown/unknown. The tasks need linux/amd64")


@pytest.mark.usefixtures("settings_file")
def test_a_user_and_ports_of_the_image_that_differ_are_warnings(dev: Complete) -> None:
    layer = archive({"/content": File(b"other", executable=True)})
    parameters = {"Cmd": ["/content"], "User": "33", "ExposedPorts": {"8080/tcp": {}}}
    push(dev, "other", Image.assemble([layer], parameters))

    found = faults(verified("other"))

    assert [(each.kind, each.place, each.text) for each in found] == [
        (Kind.WARNING, "image user", "the image is made for the user 33, but the container runs as 1000:1000"),
        (
            Kind.WARNING,
            "image port",
            "the image exposes 8080/tcp, but the load balancer sends requests to 3000/tcp",
        ),
    ]
    assert verified("other").exit_code == 2


@contextmanager
def deleted_secret(dev: Complete) -> Iterator[None]:
    secrets = clients().client("secretsmanager")
    secrets.delete_secret(SecretId=dev.secret, RecoveryWindowInDays=7)
    yield
    secrets.restore_secret(SecretId=dev.secret)


@contextmanager
def without_key(dev: Complete) -> Iterator[None]:
    secrets = clients().client("secretsmanager")
    secrets.put_secret_value(SecretId=dev.secret, SecretString='{"other": "never-shown"}')
    yield
    secrets.put_secret_value(SecretId=dev.secret, SecretString='{"token": "never-shown"}')


@contextmanager
def not_json(dev: Complete) -> Iterator[None]:
    secrets = clients().client("secretsmanager")
    secrets.put_secret_value(SecretId=dev.secret, SecretString="never-shown")
    yield
    secrets.put_secret_value(SecretId=dev.secret, SecretString='{"token": "never-shown"}')


@contextmanager
def without_parameter(dev: Complete) -> Iterator[None]:
    ssm, name = clients().client("ssm"), f"/{dev.name}/dsn"
    ssm.delete_parameter(Name=name)
    yield
    ssm.put_parameter(Name=name, Value="never-shown", Type="SecureString")


@contextmanager
def without_log_group(dev: Complete) -> Iterator[None]:
    logs, name = clients().client("logs"), f"/ecs/{dev.name}"
    logs.delete_log_group(logGroupName=name)
    yield
    logs.create_log_group(logGroupName=name)


def granting(**changed: list[str]) -> Callable[[Complete], Any]:
    @contextmanager
    def changed_role(dev: Complete) -> Iterator[None]:
        dev.grant(**changed)
        yield
        dev.grant()

    return changed_role


def unconnected(part: str, peer: str, port: int) -> Callable[[Complete], Any]:
    @contextmanager
    def disconnected(dev: Complete) -> Iterator[None]:
        dev.disconnect(part, peer, port)
        yield
        dev.connect(part, peer, port)

    return disconnected


def trusting(kind: str, service: str) -> Callable[[Complete], Any]:
    @contextmanager
    def changed_trust(dev: Complete) -> Iterator[None]:
        iam, name = clients().client("iam"), f"{dev.name}-{kind}"
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy(statement))
        yield
        statement["Principal"] = {"Service": "ecs-tasks.amazonaws.com"}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy(statement))

    return changed_trust


SECRET = f"secret {NAME}/api"
DAMAGES: dict[str, tuple[Callable[[Complete], Any], str, str]] = {
    "secret deleted": (deleted_secret, SECRET, "it feeds TOKEN, but is scheduled for deletion"),
    "key missing": (without_key, f"key token of {NAME}/api", "the JSON of the secret lacks the key"),
    "no JSON": (not_json, f"key token of {NAME}/api", "the secret is not a JSON object"),
    "parameter deleted": (without_parameter, f"parameter /{NAME}/dsn", "it feeds DSN, but does not exist"),
    "secret denied": (granting(Secret=[]), SECRET, "do not allow secretsmanager:GetSecretValue"),
    "parameter denied": (granting(Parameter=[]), f"parameter /{NAME}/dsn", "do not allow ssm:GetParameters"),
    "pull denied": (granting(Pull=PULL[:1]), "pull", "ecr:BatchGetImage, ecr:GetDownloadUrlForLayer, so no task can"),
    "login denied": (granting(Login=[]), "pull", "do not allow ecr:GetAuthorizationToken, so no task can start"),
    "log denied": (granting(Write=["logs:PutLogEvents"]), "log group", "do not allow logs:CreateLogStream, so no task"),
    "log group deleted": (without_log_group, "log group", f"/ecs/{NAME} does not exist, so no task can start"),
    "execution role": (trusting("execution", "ec2.amazonaws.com"), "execution role", "does not trust ecs-tasks."),
    "task role": (trusting("task", "ec2.amazonaws.com"), "task role", "does not trust ecs-tasks.amazonaws.com"),
    "load balancer": (
        unconnected("service", "load_balancer", PORT),
        "from the load balancer",
        "on port 3000: a rule for ingress is missing",
    ),
    "database": (
        unconnected("database", "service", DATABASE_PORT),
        "to the database",
        "on port 5432: a rule for ingress is missing",
    ),
}


@pytest.mark.usefixtures("settings_file")
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_missing_is_the_only_problem(damage: str, dev: Complete) -> None:
    how, place, text = DAMAGES[damage]

    with how(dev):
        found = fault()

    assert (found.kind, found.place.startswith(place)) == (Kind.PROBLEM, True), found
    assert text in found.text
    assert found.advice


@pytest.mark.usefixtures("settings_file")
def test_a_role_that_does_not_exist_is_a_problem(dev: Complete) -> None:
    iam, name = clients().client("iam"), f"{NAME}-task"
    iam.delete_role(RoleName=name)
    found = fault()
    dev.aws.role(name, {"Service": "ecs-tasks.amazonaws.com"}, rights=())

    assert (found.kind, found.place) == (Kind.PROBLEM, "task role")
    assert found.text == f"arn:aws:iam::{ACCOUNT}:role/{name} does not exist, so no task can start"


@pytest.mark.usefixtures("settings_file")
def test_a_secret_with_an_own_key_needs_the_decryption(dev: Complete) -> None:
    secrets, kms = clients().client("secretsmanager"), clients().client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.update_secret(SecretId=dev.secret, KmsKeyId=key)
    found = fault()
    secrets.update_secret(SecretId=dev.secret, KmsKeyId="alias/aws/secretsmanager")

    assert (found.kind, found.place.startswith(f"KMS key of {NAME}/api")) == (Kind.PROBLEM, True)
    assert found.text == f"the policies of the execution role do not allow kms:Decrypt with {key}"


@pytest.mark.usefixtures("settings_file")
def test_closed_egress_is_a_warning(dev: Complete) -> None:
    ec2, own = clients().client("ec2"), dev.groups["service"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=own, IpPermissions=everything)
    ec2.authorize_security_group_egress(GroupId=own, IpPermissions=[dev.rule("database", DATABASE_PORT)])
    found = fault()
    ec2.revoke_security_group_egress(GroupId=own, IpPermissions=[dev.rule("database", DATABASE_PORT)])
    ec2.authorize_security_group_egress(GroupId=own, IpPermissions=everything)

    assert (found.kind, found.place) == (Kind.WARNING, "to AWS")


DENIED = {
    "ecs:DescribeServices": "revision",
    "ecs:DescribeTaskDefinition": "revision",
    "ecr:BatchGetImage": "image",
    "ecr:DescribeImages": "image",
    "ecr:GetDownloadUrlForLayer": "image",
    "secretsmanager:DescribeSecret": "secret ",
    "secretsmanager:GetSecretValue": "key ",
    "ssm:DescribeParameters": "parameter ",
    "iam:GetRole": "roles",
    "iam:SimulatePrincipalPolicy": "secret ",
    "logs:FilterLogEvents": "log group",
    "elasticloadbalancing:DescribeTargetGroups": "from the load balancer",
    "elasticloadbalancing:DescribeLoadBalancers": "from the load balancer",
    "rds:DescribeDBInstances": "to the database",
    "ec2:DescribeSecurityGroups": "from the load balancer",
    "ec2:DescribeSubnets": "from the load balancer",
}
"""The beginning of the first place that is not checked without a permission."""


@pytest.mark.usefixtures("settings_file", "dev")
def test_the_documented_actions_are_used_and_each_denial_is_named() -> None:
    def read(reading: Reading) -> Verification:
        return verify.read(reading, None)

    local, actions = clients().local, documented(SECTION)
    before = len(local.decisions())
    assert faults(with_rights(read, {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"})) == []
    made = [each for each in local.decisions()[before:] if each["principal"].endswith(f"role/{ROLE}")]
    assert {each["action"] for each in made} == actions == {*DENIED}
    for action, place in DENIED.items():
        found = with_rights(read, ALL, {"Effect": "Deny", "Action": action, "Resource": "*"})
        assert found.not_read[0].part.startswith(place), (action, found.not_read)
        assert {each.reason for each in found.not_read} == {f"the credentials lack the permission {action}"}
        assert found.exit_code == Exit.PARTIAL


def test_an_empty_account_has_no_revision(
    settings_file: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    settings_file(app="empty")

    code, out, errors = run(capsys)

    assert (code, errors) == (3, "")
    assert "not checked  revision: because dev: the service empty-dev does not exist; run" in out


@pytest.mark.usefixtures("dev")
def test_another_region_has_no_revision(settings_file: Callable[..., None]) -> None:
    settings_file(region="eu-west-1")

    assert [each.part for each in verified().not_read] == ["revision"]


@pytest.mark.usefixtures("dev")
def test_a_pattern_needs_a_name(settings_file: Callable[..., None]) -> None:
    settings_file(pipeline={"watch": "v*"})

    [missing] = verified().not_read
    assert missing.reason == "dev.pipeline.watch is the pattern v*; name a tag, a digest or a revision"
    assert faults(verified("latest")) == []


@pytest.mark.usefixtures("settings_file", "dev")
@pytest.mark.parametrize("named", ["99", "other:2"])
def test_an_unknown_revision_is_not_checked(named: str) -> None:
    [missing] = verified(named).not_read

    assert missing.reason == f"{named}: is not a revision of {NAME}; see ops history dev"


def test_an_answer_that_is_not_from_aws_is_not_checked(
    settings_file: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """botocore reads a page of a proxy as an answer without members."""

    def unreadable(_: DeployedEnvironment) -> Running:
        raise KeyError("services")

    settings_file()
    monkeypatch.setattr(DeployedEnvironment, "running", unreadable)

    found = verified()

    assert [(each.place, each.text) for each in found.findings] == [
        ("revision", "because the answer was unexpected (KeyError: 'services')")
    ]
