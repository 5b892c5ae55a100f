"""Fixture for the tests of the workflows' roles: one synthesized stack."""

import pytest

from tests.support.synthesized import DEV, Stack
from tests.support.workflow_roles import ci


@pytest.fixture(scope="session")
def dev_ci(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return ci(tmp_path_factory.mktemp("ci"), DEV)
