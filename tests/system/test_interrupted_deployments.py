"""Deployments that are killed, run at the same time as another one, or lose their AWS."""

import getpass
import os
import signal
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import tomli_w

from localaws.server import LocalAws
from operations.diff.plan import changes
from rehearsal.leftovers import listed
from tests.support.settings_files import ENVIRONMENTS
from tools import toolchain
from tools.toolchain import processes
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

REGION = "eu-central-1"
REGISTRY, DNS = "dev-registry", "dev-dns"


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path / "aws.log", region=REGION) as aws:
        yield aws


def cdktf(aws: LocalAws, folder: Path) -> Cdktf:
    # One attempt for each request: the provider would need 25 attempts to report a missing AWS.
    return Cdktf(folder, variables=aws.environment() | {"AWS_MAX_ATTEMPTS": "1"}, on_progress=lambda _: None)


def deploy(command: Cdktf, stack: str, on_line: processes.OnLine) -> tuple[int, str]:
    return processes.run(
        ["cdktf", "deploy", stack, "--auto-approve"],
        cwd=toolchain.ROOT,
        environment=command.variables,
        on_line=on_line,
    )


@pytest.mark.thorough("deploys again after an import by hand, which Terraform itself tests")
def test_an_import_recovers_what_a_killed_terraform_created(aws: LocalAws, tmp_path: Path) -> None:
    command = cdktf(aws, tmp_path)

    def kill(line: str) -> None:
        if "aws_ecr_repository.repository" in line and "Creation complete" in line:
            for process in psutil.Process().children(recursive=True):
                if process.name() == "terraform":
                    process.kill()

    code, output = deploy(command, REGISTRY, kill)
    assert (code, "Invoking Terraform CLI failed with exit code 137" in output) == (1, True), output
    # Terraform writes the state every 20 seconds and at its end, so the state file may or may not exist here.
    (tmp_path / f"terraform.{REGISTRY}.tfstate").write_text("")
    made = aws.client("ecr").describe_repositories()["repositories"]
    with pytest.raises(CommandError, match="RepositoryAlreadyExistsException"):
        command.deploy(REGISTRY)

    subprocess.run(
        [command.variables["TERRAFORM_BINARY_NAME"], "import", "aws_ecr_repository.repository", "example-app-dev"],
        cwd=command.output_folder / "stacks" / REGISTRY,
        env=command.variables,
        capture_output=True,
        check=True,
    )
    command.deploy(REGISTRY)
    assert aws.client("ecr").describe_repositories()["repositories"] == made
    assert changes(command.plan(REGISTRY)) == []


def test_an_interrupted_deployment_saves_its_state(aws: LocalAws, tmp_path: Path) -> None:
    """No process is left, and the next deployment completes the stack."""
    command = cdktf(aws, tmp_path)
    with subprocess.Popen(
        ["cdktf", "deploy", DNS, "--auto-approve"],
        cwd=toolchain.ROOT,
        env=command.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if "aws_route53_zone.zone" in line and "Still creating..." in line:  # AWS has the zone, Terraform waits
                break
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        output = process.stdout.read()

    assert (process.returncode, output.splitlines()[-1]) == (130, "✗ interrupted")
    assert psutil.wait_procs(family, timeout=5)[1] == []
    [zone] = aws.client("route53").list_hosted_zones()["HostedZones"]
    assert zone["Id"].rpartition("/")[2] in (tmp_path / f"terraform.{DNS}.tfstate").read_text()
    command.deploy(DNS)
    assert len(aws.client("route53").list_hosted_zones()["HostedZones"]) == 1
    assert changes(command.plan(DNS)) == []


def state_in_s3(aws: LocalAws, folder: Path) -> Cdktf:
    """Return the command line for stacks with state in a bucket."""
    aws.client("s3").create_bucket(Bucket="shop-state", CreateBucketConfiguration={"LocationConstraint": REGION})
    tables = tomllib.loads(ENVIRONMENTS.read_text(encoding="utf-8"))
    tables["dev"]["state"] = {"backend": "s3", "bucket": "shop-state"}
    file = folder / "environments.toml"
    file.write_text(tomli_w.dumps(tables), encoding="utf-8")
    variables = aws.environment() | {"AWS_MAX_ATTEMPTS": "1", "ENVIRONMENTS_FILE": str(file)}
    return Cdktf(folder, variables=variables, on_progress=lambda _: None)


@pytest.mark.parametrize(
    ("kept", "path"),
    [
        pytest.param(
            *(cdktf, f"../../../terraform.{DNS}.tfstate"),
            marks=pytest.mark.thorough("a lock in S3 needs more of the project than a lock on the disk"),
            id="local",
        ),
        pytest.param(state_in_s3, f"shop-state/{DNS}.tfstate", id="s3"),
    ],
)
def test_a_second_deployment_at_once_is_refused(
    kept: Callable[[LocalAws, Path], Cdktf], path: str, aws: LocalAws, tmp_path: Path
) -> None:
    """The error names the holder of the lock."""
    command = kept(aws, tmp_path)
    refused: list[subprocess.CompletedProcess[str]] = []

    def meet(line: str) -> None:
        if not refused and "aws_route53_zone.zone" in line and "Creating..." in line:
            refused.append(
                subprocess.run(
                    [command.variables["TERRAFORM_BINARY_NAME"], "apply", "-auto-approve", "-input=false"],
                    cwd=command.output_folder / "stacks" / DNS,
                    env=command.variables,
                    capture_output=True,
                    text=True,
                    check=False,
                )
            )

    code, output = deploy(command, DNS, meet)

    assert code == 0, output
    [second] = refused
    assert second.returncode == 1
    message = second.stderr
    assert "Error acquiring the state lock" in message
    assert f"Path:      {path}" in message
    assert "OperationTypeApply" in message
    assert f"Who:       {getpass.getuser()}@" in message


@pytest.mark.thorough("continues as after an interruption, which the tests above do")
def test_the_next_deployment_completes_one_that_lost_aws(tmp_path: Path) -> None:
    """The error of the first deployment names the endpoint."""
    with LocalAws.start(tmp_path / "first.log", region=REGION) as aws:

        def die(line: str) -> None:
            if "aws_route53_zone.zone" in line and "Creating..." in line:
                os.kill(aws.pid, signal.SIGKILL)

        code, output = deploy(cdktf(aws, tmp_path), DNS, die)
    assert code == 1
    assert "Error: " in output
    assert aws.endpoint.removeprefix("http://") in output

    with LocalAws.start(tmp_path / "second.log", region=REGION) as aws:
        before = listed(aws)

        assert cdktf(aws, tmp_path).deploy(DNS) == 1
        assert listed(aws) - before == {"hosted zone example-app.dev-environment.com."}
