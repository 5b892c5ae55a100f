"""The rehearsal of `production`: protected, in three zones, and its state moved into a bucket halfway."""

from collections.abc import Iterator

import pytest

import toolchain
from localaws.rehearsal import Rehearsal, Step
from localaws.server import LocalAws
from settings import find

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

SETTINGS_FILE = toolchain.ROOT / "environments.toml"
ACCOUNT_ID = "210987654321"


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    folder = tmp_path_factory.mktemp("production")
    settings = find(SETTINGS_FILE, "production")
    with LocalAws.start(folder / "aws.log", region=settings.region, account_id=ACCOUNT_ID) as aws:
        rehearsal = Rehearsal(aws, folder, settings=settings, settings_file=SETTINGS_FILE, on_progress=lambda _: None)
        rehearsal.change_settings(account_id=ACCOUNT_ID)
        yield rehearsal


def run(steps: list[Step]) -> dict[str, str]:
    return {step.title: step.run() for step in steps}


class TestTheLifeOfProduction:
    """Each test goes on where the one before it ended."""

    def test_it_deploys_as_promised(self, rehearsal: Rehearsal) -> None:
        run(rehearsal.build_up())
        seen = run(rehearsal.inspect())

        assert seen["tasks are private"] == "zones eu-central-1a, eu-central-1b, eu-central-1c"
        [database] = rehearsal.aws.client("rds").describe_db_instances()["DBInstances"]
        assert (database["MultiAZ"], database["DeletionProtection"]) == (True, True)
        assert rehearsal.system.service()["desiredCount"] == 2
        [repository] = rehearsal.system.ecr.describe_repositories()["repositories"]
        assert repository["registryId"] == ACCOUNT_ID

    def test_its_state_moves_into_a_bucket_and_nothing_changes(self, rehearsal: Rehearsal) -> None:
        seen = run(rehearsal.move_state())

        assert seen["move the state there"] == (
            "production-dns.tfstate, production-main.tfstate, production-registry.tfstate"
        )

    def test_pushes_go_live_with_the_state_there(self, rehearsal: Rehearsal) -> None:
        run(rehearsal.live())

    def test_once_protect_is_off_destroy_leaves_nothing_but_the_bucket(self, rehearsal: Rehearsal) -> None:
        assert run(rehearsal.take_down())["look for anything left"] == "nothing"
