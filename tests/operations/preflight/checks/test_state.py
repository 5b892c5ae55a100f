"""Tests of the checks of the state: its locks, and resources without a state."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from operations.preflight.checks import state
from operations.preflight.context import Context
from tests.support.preflight.contexts import OK, PROBLEM, StateInS3, in_local_aws, one, stubbed

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


AGAIN = "Terraform would try to create everything again, and fail"


@pytest.fixture
def case(tmp_path: Path) -> StateInS3:
    return StateInS3(tmp_path)


def test_a_lock_is_shown_with_its_holder(case: StateInS3) -> None:
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


def test_the_locks_of_a_missing_bucket_cannot_be_read(case: StateInS3) -> None:
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


def test_resources_without_a_state_in_the_bucket_are_a_problem(case: StateInS3) -> None:
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
