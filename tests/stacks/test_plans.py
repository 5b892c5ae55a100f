"""Plans of every stack by the AWS provider, which checks arguments, blocks and formats. No test calls AWS.

The constructors of the bindings refuse unknown arguments. These tests show that the provider accepts the rest.
"""

import json
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.lists import listed
from tests.support.provider import terraform
from tests.support.synthesized import DEV, ROOT, Json, Stack, System, system

PLANS = Path(__file__).with_name("plans")
STACKS = ["registry", "dns", "main", "keyed"]


@dataclass(frozen=True)
class Fault:
    """A fault in the main stack, and the error that Terraform reports."""

    right: str
    wrong: str
    said: str


FAULTS = {
    "bad_address_block": Fault(
        '"cidr_block": "10.0.0.0/16"',
        '"cidr_block": "10.0.0.0/33"',
        "expected cidr_block to contain a valid Value, got: 10.0.0.0/33 with err: invalid CIDR address: 10.0.0.0/33",
    ),
    "unknown_argument": Fault(
        '"drop_invalid_header_fields"', '"drop_invalid_headers"', "Extraneous JSON object property"
    ),
    "too_few_zones": Fault(
        '"${length(self.names) >= 2}"',
        '"${length(self.names) >= 4}"',
        "network.zones is 2, but eu-central-1 has fewer zones with Fargate and RDS.",
    ),
    "text_of_a_reference": Fault(
        '"name": "REPOSITORY_URI",\n              "value": "${',
        '"name": "REPOSITORY_URI",\n              "value": "$${',
        "The build's variables do not hold the container's name and the repository's URL, resolved.",
    ),
}


MOCKS = PLANS / "mocks" / "aws.tfmock.hcl"
MOCK_FILE = MOCKS.relative_to(ROOT)
TEXTS = ("policy", "definition", "container", "event_pattern")
"""Arguments with texts that contain ARNs of other resources."""


def without_mock(stack: Stack, mocks: str) -> list[str]:
    """Return a line for each resource type with an ARN in a policy, a definition or the container, but without a mock.

    Terraform would plan the text with a random string in place of the ARN, and the assertions could not check it.
    """
    blocks = re.findall(r'^mock_resource "(\w+)" \{\n(.*?)^\}', mocks, re.MULTILINE | re.DOTALL)
    with_arn = {type_ for type_, block in blocks if re.search(r"^ +arn +=", block, re.MULTILINE)}
    resources = [resource for by_name in stack.json["resource"].values() for resource in by_name.values()]
    resources.append({"container": stack.container()})
    texts = [each[name] for each in resources for name in TEXTS if name in each]
    used = set(re.findall(r"\$\{(aws_\w+)\.\w+\.arn\}", json.dumps(texts)))
    return [
        f'{MOCK_FILE}: add mock_resource "{type_}" {{ defaults = {{ arn = "arn:aws:..." }} }}'
        for type_ in sorted(used - with_arn)
    ]


def test_every_arn_in_a_policy_has_a_mock(dev: System) -> None:
    listed.check(without_mock(dev["dev-main"], MOCKS.read_text(encoding="utf-8")))


def test_a_resource_type_without_a_mock_is_named(dev: System) -> None:
    mocks = MOCKS.read_text(encoding="utf-8").replace('"aws_s3_bucket"', '"aws_other"')

    line = f'{MOCK_FILE}: add mock_resource "aws_s3_bucket" {{ defaults = {{ arn = "arn:aws:..." }} }}'
    assert line in without_mock(dev["dev-main"], mocks)


@dataclass
class Run:
    """The status of a `run` of a test file, and its errors."""

    status: str = "none"
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def folder(provider: Path, dev: System, dev_outdir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a configuration with every stack as a module, so that the provider starts only one time."""
    folder = tmp_path_factory.mktemp("terraform")
    shutil.copytree(provider / ".terraform", folder / ".terraform", symlinks=True)
    shutil.copy(provider / ".terraform.lock.hcl", folder)
    for stack in dev:
        shutil.copytree(dev_outdir / "stacks" / stack, folder / stack)
    for stack, setting in (("existing-dns", {"hosted_zone_id": "Z0"}), ("keyed-main", {"customer_managed_key": True})):
        environment = stack.partition("-")[0]
        system(folder / environment, DEV.model_copy(update={"environment": environment, **setting}))
        shutil.copytree(folder / environment / "stacks" / stack, folder / stack)
    modules = {stack: {"source": f"./{stack}"} for stack in [*dev, "existing-dns", "keyed-main"]}
    (folder / "stacks.tf.json").write_text(json.dumps({"module": modules}), encoding="utf-8")
    shutil.copytree(PLANS, folder / "tests")
    for name, fault in FAULTS.items():
        write_faulty(folder, name, fault)
    process = terraform(folder, "get", "-no-color")
    assert process.returncode == 0, process.stderr
    return folder


def write_faulty(folder: Path, name: str, fault: Fault) -> None:
    """Write the main stack with a fault as a separate module, with the tests of the main stack."""
    text = (folder / "dev-main" / "cdk.tf.json").read_text(encoding="utf-8")
    assert text.count(fault.right) == 1
    (folder / name).mkdir()
    (folder / name / "cdk.tf.json").write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
    plan = (PLANS / "main.tftest.hcl").read_text(encoding="utf-8")
    plan = plan.replace('run "main"', f'run "{name}"').replace("./dev-main", f"./{name}")
    (folder / "tests" / f"{name}.tftest.hcl").write_text(plan, encoding="utf-8")


@pytest.fixture(scope="session")
def runs(folder: Path) -> dict[str, Run]:
    """Return the result of each `run` of the test files, by name."""
    process = terraform(folder, "test", "-json")
    ended: dict[str, Run] = defaultdict(Run)
    for line in process.stdout.splitlines():
        event: Json = json.loads(line)
        name = event.get("@testrun", "")
        if event["type"] == "test_run" and "status" in event["test_run"]:
            ended[name].status = event["test_run"]["status"]
        if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error":
            ended[name].errors.append(f"{event['diagnostic']['summary']}: {event['diagnostic']['detail']}")
    return ended


@pytest.mark.provider
@pytest.mark.slow
def test_every_stack_is_valid(folder: Path) -> None:
    answer = json.loads(terraform(folder, "validate", "-no-tests", "-json").stdout)

    assert answer["diagnostics"] == []
    assert answer["valid"]


@pytest.mark.provider
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_plans_as_expected(stack: str, runs: dict[str, Run]) -> None:
    """tests/stacks/plans has the expected values."""
    listed.check(runs[stack].errors)
    assert runs[stack].status == "pass"


@pytest.mark.provider
@pytest.mark.parametrize(
    "zone",
    ["of_the_domain", "above_the_domain", "of_a_longer_name", "with_the_same_ending", "of_another_account"],
)
def test_an_existing_zone_is_that_of_the_domain_or_of_one_above_it(zone: str, runs: dict[str, Run]) -> None:
    assert runs[f"zone_{zone}"] == Run("pass")


@pytest.mark.provider
@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_caught(name: str, runs: dict[str, Run]) -> None:
    assert runs[name].status in {"fail", "error"}
    assert [error for error in runs[name].errors if FAULTS[name].said in error]
