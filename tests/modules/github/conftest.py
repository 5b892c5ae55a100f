"""Fixtures for the tests of the workflows' roles: synthesized stacks."""

import pytest

from tests.support.synthesized import DEV, Stack
from tests.support.workflow_roles import ci, push


@pytest.fixture(scope="session")
def dev_ci(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return ci(tmp_path_factory.mktemp("ci"), DEV)


@pytest.fixture(scope="session")
def dev_push(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return push(tmp_path_factory.mktemp("push"), DEV)
