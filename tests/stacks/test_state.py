"""The bucket for Terraform's state, and how it is made."""

from tests.support.synthesized import Stack


def test_its_own_state_lies_here_and_it_stands_in_the_region_of_the_state(state: Stack) -> None:
    assert state.json["terraform"]["backend"] == {"local": {"path": "../../../terraform.prod-state.tfstate"}}
    assert state.json["provider"]["aws"][0]["region"] == "us-east-2"
