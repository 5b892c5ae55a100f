"""Tests of the checks of the state: its bucket, its locks, and resources without a state."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.preflight.checks import state
from operations.preflight.context import Context
from operations.preflight.finding import Finding
from settings import StateSettings
from tests.support.localaws.aws_pipeline import REGION
from tests.support.preflight.contexts import NOT_CHECKED, OK, PROBLEM, WARNING, in_local_aws, stubbed

LOCK = {
    "ID": "01234567-89ab-cdef-0123-456789abcdef",
    "Operation": "OperationTypeApply",
    "Info": "",
    "Who": "ann@laptop",
    "Version": "1.11.4",
    "Created": "2026-11-29T09:30:12.123456789Z",
    "Path": "shop-state/dev-main.tfstate",
}
"""https://github.com/hashicorp/terraform/blob/main/internal/states/statemgr/locker.go"""


LACKING = "the credentials lack the permission s3:ListBucket"
AGAIN = "Terraform would try to create everything again, and fail"


class Case:
    """An environment with its state in a bucket of the local AWS."""

    def __init__(self, folder: Path) -> None:
        self.context = in_local_aws(folder)
        self.bucket = f"{self.context.settings.app}-state"
        of_state = StateSettings(backend="s3", bucket=self.bucket, prefix="a/b")
        self.context.settings = self.context.settings.model_copy(update={"state": of_state})
        self.s3 = self.context.client("s3")

    def create(self, *, versioned: bool = True) -> None:
        self.s3.create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        if versioned:
            self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def put(self, name: str, body: bytes = b"{}") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"a/b/{name}", Body=body)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def one(findings: Any) -> Finding:
    found: Finding
    [found] = findings
    return found


def test_a_versioned_bucket_is_ok(case: Case) -> None:
    case.create()

    found = one(state.bucket(case.context))

    assert (found.kind, found.text) == (OK, f"the bucket {case.bucket} exists, and keeps old versions")


def test_a_bucket_without_versions_is_a_warning(case: Case) -> None:
    case.create(versioned=False)

    found = one(state.bucket(case.context))

    assert (found.kind, found.text) == (
        WARNING,
        f"the bucket {case.bucket} keeps no old versions, so a damaged state cannot be restored",
    )


def test_a_missing_bucket_is_a_problem(case: Case) -> None:
    found = one(state.bucket(case.context))

    assert (found.kind, found.text) == (PROBLEM, f"dev.state.bucket: the bucket {case.bucket} does not exist")
    assert found.advice == "run `make state-bucket ENV=dev`"


def test_a_bucket_in_another_region_is_a_problem(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "s3", state={"backend": "s3", "bucket": "shop-state"})
    stubs["s3"].add_response("head_bucket", {"BucketRegion": "us-east-2"})
    stubs["s3"].add_response("get_bucket_versioning", {"Status": "Enabled"})

    wrong, _ = state.bucket(context)

    assert (wrong.kind, wrong.text) == (
        PROBLEM,
        "dev.state.region: the bucket shop-state is in us-east-2, and the settings say eu-central-1",
    )
    assert wrong.advice == 'set dev.state.region = "us-east-2"'


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (
            "403",
            f"because {LACKING} on the bucket shop-state, or the bucket belongs to another account",
        ),
        ("503", "because AWS answered HeadBucket with 503 ()"),
    ],
)
def test_a_bucket_that_cannot_be_read_is_not_checked(code: str, text: str, tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "s3", state={"backend": "s3", "bucket": "shop-state"})
    stubs["s3"].add_client_error("head_bucket", code)

    found = one(state.bucket(context))

    assert (found.kind, found.text) == (NOT_CHECKED, text)


@pytest.mark.parametrize("protect", [True, False])
def test_the_local_state_of_a_protected_environment_is_a_warning(protect: bool, tmp_path: Path) -> None:  # noqa: FBT001 - a parameter of the test
    context, _ = stubbed(tmp_path, protect=protect)

    found = one(state.bucket(context))

    assert (found.kind, found.text) == (
        (WARNING, f"the state of a protected environment is only on this machine, in {tmp_path}")
        if protect
        else (OK, f"no bucket; the state is local, in {tmp_path}")
    )


def test_a_lock_is_shown_with_its_holder(case: Case) -> None:
    case.create()
    for name in ("dev-registry.tfstate", "dev-main.tfstate", "dev-main-2.tfstate.tflock"):
        case.put(name)
    assert one(state.locks(case.context)).text == "no state is locked"
    case.put("dev-main.tfstate.tflock", json.dumps(LOCK).encode())
    case.put("dev-dns.tfstate.tflock", b"?")

    dns, main = state.locks(case.context)

    assert (main.kind, main.place, main.text) == (
        PROBLEM,
        "state lock",
        "the state of dev-main is locked by ann@laptop since 2026-11-29T09:30 (OperationTypeApply)",
    )
    assert main.advice.endswith(f"`terraform -chdir=cdktf.out/stacks/dev-main force-unlock {LOCK['ID']}`")
    assert dns.text.startswith(
        "the state of dev-dns is locked (the holder is unknown, because the answer was unexpected"
    )
    assert dns.advice.endswith("force-unlock <ID of the lock>`")


def test_a_local_state_has_no_lock_that_stays(tmp_path: Path) -> None:
    assert one(state.locks(in_local_aws(tmp_path))).kind is OK


def test_the_locks_of_a_missing_bucket_cannot_be_read(case: Case) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        list(state.locks(case.context))


def deployed(context: Context) -> Context:
    context.client("ecr").create_repository(repositoryName=context.settings.name)
    return context


def test_resources_without_a_local_state_are_a_problem(tmp_path: Path) -> None:
    context = in_local_aws(tmp_path)
    assert one(state.orphans(context)).kind is OK
    context = deployed(in_local_aws(tmp_path))
    file = tmp_path / "terraform.dev-registry.tfstate"

    found = one(state.orphans(context))

    assert (found.kind, found.text) == (
        PROBLEM,
        f"the repository {context.settings.name} exists, but its state {file} does not. {AGAIN}",
    )
    assert found.advice.startswith("copy the state files from the folder of the last deployment")
    file.touch()
    assert one(state.orphans(context)).text == "no resource of the environment lacks its state"


def test_a_service_without_a_state_is_a_problem(tmp_path: Path) -> None:
    context, stubs = stubbed(tmp_path, "ecr", "ecs")
    stubs["ecr"].add_client_error("describe_repositories", "RepositoryNotFoundException")
    stubs["ecs"].add_response("describe_services", {"services": [{"status": "ACTIVE"}]})

    found = one(state.orphans(context))

    file = tmp_path / "terraform.dev-main.tfstate"
    assert found.text.startswith(f"the service {context.settings.name} exists, but its state {file} does not. ")


def test_resources_without_a_state_in_the_bucket_are_a_problem(case: Case) -> None:
    case.create()
    deployed(case.context)

    lost = one(state.orphans(case.context))
    (case.context.state_folder / "terraform.dev-registry.tfstate").touch()
    not_moved = one(state.orphans(case.context))

    assert lost.text.startswith(
        f"the repository {case.context.settings.name} exists, but its state s3://{case.bucket}/a/b/dev-registry.tfstate"
    )
    assert lost.advice == "restore an old version of the object, or correct the bucket and the prefix in the settings"
    command = "TF_CLI_ARGS_init=-force-copy cdktf deploy --migrate-state dev-registry dev-dns dev-main"
    assert not_moved.advice == f"move the local state: `{command}`"
    case.put("dev-registry.tfstate")
    assert one(state.orphans(case.context)).kind is OK
