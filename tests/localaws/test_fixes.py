"""The fixes and refusals of every service are found, and each has a test case."""

from importlib import import_module

import pytest

from localaws import fixes
from tests.support.localaws.fixes import COVERED


def test_the_services_with_fixes_are_found() -> None:
    assert {"acm", "ecs", "rds", "stepfunctions"} < set(fixes.SERVICES)


@pytest.mark.parametrize("service", fixes.SERVICES)
def test_every_fix_has_a_case(service: str) -> None:
    for module in {fix.__module__ for fix in fixes.of(service)}:
        folder, name = module.rsplit(".", 1)
        import_module(f"tests.{folder}.test_{name}")

    assert fixes.of(service)
    assert set(fixes.of(service)) <= COVERED
