"""The results of moto's API operations."""

import pytest
from moto.core.responses import ActionResult

from localaws.moto_results import members


def test_the_members_of_a_result_are_returned() -> None:
    assert members(ActionResult({"taskArns": []})) == {"taskArns": []}


def test_a_result_without_members_is_refused() -> None:
    with pytest.raises(TypeError, match="must be a dictionary, got None"):
        members(ActionResult(None))
