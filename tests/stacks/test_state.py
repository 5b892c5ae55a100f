"""The stack of the bucket for Terraform's state."""

from tests.support.synthesized import Stack


def test_its_own_state_is_local(state: Stack) -> None:
    """The stack is deployed in the region of `state.region`."""
    assert state.json["terraform"]["backend"] == {"local": {"path": "../../../terraform.prod-state.tfstate"}}
    assert state.json["provider"]["aws"][0]["region"] == "us-east-2"
