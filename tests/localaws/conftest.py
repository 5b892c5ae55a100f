"""Fixtures of several services: a local AWS for the fixes, and a system that boto3 alone has created."""

from collections.abc import Iterator

import pytest

from localaws.server import LocalAws
from tests.support.localaws.aws_pipeline import System, system
from tests.support.localaws.fixes import REGION


@pytest.fixture(scope="session")
def aws_with_fixes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("aws") / "log", region=REGION) as server:
        yield server


@pytest.fixture(scope="session")
def shop() -> System:
    made = system("shop")
    made.push("zero")
    return made
