"""Tests of `make preflight` as a program: its output, its exit code, and the permissions that it uses."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
import tomli_w
from botocore.credentials import ReadOnlyCredentials

from operations.clients import Clients
from operations.preflight import __main__ as program
from operations.preflight import runner
from operations.preflight.context import Context
from operations.preflight.finding import Finding, Kind
from tests.support.localaws.aws_pipeline import clients
from tests.support.localaws.certificates import requested_and_validated
from tests.support.localaws.images import put_image
from tests.support.localaws.roles import session
from tests.support.make import make
from tests.support.preflight.contexts import in_local_aws, tags
from tests.support.preflight.dns_server import Zones, served
from tests.support.synthesized import ROOT

REGION = "sa-east-1"
"""A region of the shared local AWS that no other test uses, because the checks count what is in the region."""

NOTHING = {"Effect": "Deny", "Action": "*", "Resource": "*"}

FIRST_ACTIONS = {
    "region": "ec2:DescribeRegions",
    "image": "ecs:DescribeServices",
    "database": "rds:DescribeDBInstances",
    "database upgrade": "rds:DescribeDBInstances",
    "quota VPCs per Region": "ec2:DescribeVpcs",
    "quota EC2-VPC Elastic IPs": "ec2:DescribeAddresses",
    "quota Application Load Balancers per Region": "elasticloadbalancing:DescribeLoadBalancers",
    "quota DB instances": "rds:DescribeDBInstances",
    "quota Total storage for all DB instances": "rds:DescribeDBInstances",
    "quota Fargate On-Demand vCPU resource count": "ecs:DescribeServices",
    "quota of builds": "servicequotas:GetServiceQuota",
    "state bucket": "s3:ListBucket",
    "state lock": "s3:ListBucket",
    "state": "ecr:DescribeRepositories",
    "domain": "route53:ListHostedZonesByName",
}
"""The first action of each check that asks AWS."""

NOT_ASKED = {
    "rds:DescribeOrderableDBInstanceOptions": "the local AWS offers no instance classes: checks/test_database_class.py",
    "rds:DescribeDBEngineVersions": "the local AWS offers no upgrades: checks/test_database_upgrade.py",
    "ecs:DescribeTasks": "no task runs on Fargate: checks/test_usage.py",
    "sts:AssumeRole": "only with role_arn: test_credentials.py",
}
"""The documented actions that the checks of `examined` do not use, each with the reason and its test."""


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of the program, which runs in the local AWS."""
    for name, value in clients().local.variables().items():
        monkeypatch.setenv(name, value)
    file = tmp_path / "environments.toml"
    dev = {"app": "preflight", "region": REGION, "domain": "preflight.example.com", "protect": False}
    file.write_text(tomli_w.dumps({"dev": dev}), encoding="utf-8")
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(file))
    monkeypatch.setenv("CDKTF_OUTPUT", str(tmp_path / "cdktf.out"))
    return file


def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str = "dev") -> tuple[int, str, str]:
    """Run the program; its exit code, and what it says to standard output and error."""
    monkeypatch.setattr(sys, "argv", ["preflight", name])
    code = program.main()
    said = capsys.readouterr()
    return code, said.out, said.err


def examined(key: ReadOnlyCredentials, folder: Path) -> list[Finding]:
    """Make all checks of an environment in which much is wrong, with the credentials of a session."""
    local = clients().local
    made = in_local_aws(folder, region=REGION)
    bucket = f"{made.settings.app}-state"
    state = made.settings.state.model_copy(update={"backend": "s3", "bucket": bucket})
    made.settings = made.settings.model_copy(update={"state": state})
    client, own = made.client, made.settings
    client("ecr").create_repository(repositoryName=own.name)
    put_image(client("ecr"), own.name, "one", "latest")
    client("ecs").create_cluster(clusterName=own.name)
    client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_object(Bucket=bucket, Key="dev-registry.tfstate.tflock", Body=b"{}")
    requested_and_validated(client, own.domain, Tags=tags(made))
    [zone] = client("route53").list_hosted_zones_by_name(DNSName=own.domain, MaxItems="1")["HostedZones"]
    zone_id = zone["Id"].rpartition("/")[2]
    client("route53").change_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id, AddTags=tags(made))
    of_session = Clients(boto3.Session(key.access_key, key.secret_key, key.token, region_name=REGION))
    context = Context(own, of_session, folder)
    with pytest.MonkeyPatch.context() as patch, served(Zones()) as context.public_dns:
        patch.setenv("AWS_ENDPOINT_URL", local.endpoint)
        return [*runner.run(runner.of_account(context), lambda *_: None)]


def documented() -> set[str]:
    """Return the actions in the section of docs/operations.md."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = page.partition("\n## Check what a deployment needs\n")[2].partition("\n## ")[0]
    return set(re.findall(r"`([a-z0-9]+:[A-Z]\w+)`", section))


def test_a_new_environment_has_no_problem_in_an_empty_account(
    environments: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, errors = run(monkeypatch, capsys)

    assert (code, errors) == (0, "")
    heading, arn, *lines = out.splitlines()
    assert heading == f"dev: account 123456789012, region {REGION}"
    assert arn.startswith("arn:aws:sts::123456789012:")
    assert lines[0] == "ok           credentials: AWS accepts the credentials, for account 123456789012"
    assert lines[-2:] == ["", "1 warning, 3 not checked, 15 ok"]
    assert max(len(line) for line in lines if str(environments.parent) not in line) <= 80


def test_a_session_without_permissions_gets_their_names(tmp_path: Path) -> None:
    key = session(clients().local, "preflight-nothing", NOTHING)

    found = examined(key, tmp_path)

    texts = {each.place: each.text for each in found if each.place in FIRST_ACTIONS}
    lack = "because the credentials lack the permission"
    assert {place: text.partition(" on the bucket ")[0] for place, text in texts.items()} == {
        place: f"{lack} {action}" for place, action in FIRST_ACTIONS.items()
    }
    assert [each.kind for each in found if each.place in FIRST_ACTIONS] == [Kind.NOT_CHECKED] * len(FIRST_ACTIONS)


def test_the_documented_actions_are_used_and_are_enough(tmp_path: Path) -> None:
    local, allowed = clients().local, sorted(documented())
    key = session(local, "preflight-reader", {"Effect": "Allow", "Action": allowed, "Resource": "*"})
    before = len(local.decisions())

    found = examined(key, tmp_path)

    made = [each for each in local.decisions()[before:] if each["principal"].endswith("role/preflight-reader")]
    assert [each.text for each in found if "lack the permission" in each.text] == []
    assert {each["action"] for each in made} == documented() - {*NOT_ASKED}
    assert [each.place for each in found if each.kind is Kind.PROBLEM] == ["image", "state lock", "state"]


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, "AWS does not accept the credentials"),
        ({"AWS_CONFIG_FILE": str(ROOT / "README.md")}, "Unable to parse config file"),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "Could not connect to the endpoint URL"),
        ({"AWS_ENDPOINT_URL": "localhost"}, "the AWS configuration cannot be used"),
        ({"AWS_PROFILE": "nobody"}, "The config profile (nobody) could not be found"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("environments")
def test_unusable_credentials_are_one_problem(
    variables: dict[str, str], text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    code, out, errors = run(monkeypatch, capsys)

    assert (code, errors) == (1, "")
    heading, first, *_ = out.splitlines()
    assert heading == f"dev: unknown account, region {REGION}"
    assert first.startswith(f"problem      credentials: {text}")
    assert "not checked  all that is in AWS: because the credentials cannot be used\n" in out
    assert out.endswith("\n1 problem, 1 not checked, 2 ok\n")


@pytest.mark.usefixtures("environments")
def test_an_unknown_environment_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, errors = run(monkeypatch, capsys, "nowhere")

    assert (code, out) == (1, "")
    assert "unknown environment nowhere; known environments: dev" in errors


def test_make_preflight_without_credentials_says_how_to_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)

    process = make("preflight", variables=nowhere | {"AWS_EC2_METADATA_DISABLED": "true"})

    assert process.returncode == 2
    assert process.stderr.startswith("make: *** [Makefile:")
    assert process.stdout.splitlines()[:2] == [
        "dev: unknown account, region eu-central-1",
        "problem      credentials: there are no AWS credentials",
    ]


@pytest.mark.usefixtures("environments")
def test_an_interruption_ends_the_program_at_once() -> None:
    """The server accepts the connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "operations.preflight", "dev"],
            cwd=ROOT,
            env=os.environ | {"AWS_ENDPOINT_URL": endpoint},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        server.accept()
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)

    assert (process.returncode, out, errors) == (130, "", "✗ interrupted\n")
    assert time.monotonic() - start < 5
