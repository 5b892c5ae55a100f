"""What the tests of the fixes of every service share: one local AWS."""

from collections.abc import Iterator

import pytest

from localaws.server import LocalAws
from tests.support.fixes import REGION


@pytest.fixture(scope="session")
def aws_with_fixes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws.start(tmp_path_factory.mktemp("aws") / "log", region=REGION) as server:
        yield server
