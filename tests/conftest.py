"""What all tests share: each system is synthesized once."""

import tools.bindings  # noqa: F401, I001  # before cdktf, as in main.py

import os
from functools import cache
from pathlib import Path

import botocore.loaders
import botocore.session
import cdktf
import hypothesis
import pytest

from settings.location import FILE_VARIABLE
from stacks.state import StateStack
from tests.support import scanners
from tests.support.provider import install, unavailable
from tests.support.profile import THOROUGH
from tests.support.settings_files import ENVIRONMENTS
from tests.support.synthesized import DEV, PROD, Stack, System, synthesize, system

os.environ[FILE_VARIABLE] = str(ENVIRONMENTS)
for name in [each for each in os.environ if each.startswith("AWS_")]:  # of a kept rehearsal, for example
    del os.environ[name]

# All sessions share a loader, which reads the API model of each service one time.
botocore.session.create_loader = cache(botocore.loaders.create_loader)

hypothesis.settings.register_profile("default", max_examples=100, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("thorough", max_examples=20_000, deadline=None, print_blob=True)
hypothesis.settings.load_profile("thorough" if THOROUGH else "default")


@pytest.fixture(scope="session")
def dev_outdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the system of the article is synthesized into."""
    return tmp_path_factory.mktemp("dev")


@pytest.fixture(scope="session")
def dev(dev_outdir: Path) -> System:
    """The system of the article."""
    return system(dev_outdir, DEV)


@pytest.fixture(scope="session")
def main(dev: System) -> Stack:
    """Its main stack."""
    return dev["dev-main"]


@pytest.fixture(scope="session")
def prod(tmp_path_factory: pytest.TempPathFactory) -> System:
    """A system with other settings than the defaults, for an endpoint that has no bucket in its host name."""
    return system(tmp_path_factory.mktemp("prod"), PROD, path_style_s3=True)


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The stack of the bucket, for a system that keeps its state in S3 under a key."""
    outdir = tmp_path_factory.mktemp("state")

    def declare(app: cdktf.App) -> None:
        StateStack(app, "prod-state", settings=PROD)

    return synthesize(outdir, declare)["prod-state"]


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the AWS provider installed, without which the test is skipped, or fails where it is required."""
    folder = tmp_path_factory.mktemp("provider")
    if reason := install(folder, lock=tmp_path_factory.getbasetemp().parent / "provider.lock"):
        unavailable(reason)
    return folder


_LONGEST = [
    *("test_rehearsal.py", "test_extending.py", "test_diff_and_apply.py", "test_policy_scan.py"),
    *("test_own_settings.py", "test_github_roles.py", "test_interrupted_deployments.py", "test_fuzz.py"),
    *("test_state_bucket.py", "test_revisions.py", "test_bindings.py", "test_wrapper.py"),
    *("test_task_start.py", "test_password_rotation.py"),  # of examples/app
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: a long file that comes last would have one worker run and the others wait."""
    items.sort(key=lambda item: _LONGEST.index(item.path.name) if item.path.name in _LONGEST else len(_LONGEST))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip thorough tests, and refuse the scanners to a fast test: a fresh clone has none until `make test`."""
    if (thorough := item.get_closest_marker("thorough")) and not THOROUGH:
        pytest.skip(f"{thorough.args[0]}: HYPOTHESIS_PROFILE=thorough make test")
    scanners.allowed = item.get_closest_marker("slow") is not None
