"""The fixes of every service are found, and each has a case beside it, in the `test_fixes.py` of its service."""

from importlib import import_module

import pytest

from localaws import fixes
from tests.support.localaws.fixes import COVERED


def test_the_services_with_fixes_are_found() -> None:
    assert {"acm", "ecs", "rds", "stepfunctions"} < set(fixes.SERVICES)


@pytest.mark.parametrize("service", fixes.SERVICES)
def test_every_fix_has_a_case(service: str) -> None:
    import_module(f"tests.localaws.{service}.test_fixes")

    assert fixes.of(service)
    assert set(fixes.of(service)) <= COVERED
