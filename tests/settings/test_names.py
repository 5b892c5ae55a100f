"""The names of an environment's stacks."""

from settings.names import StackNames
from tests.support.synthesized import DEV


def test_each_stack_is_named_after_its_environment() -> None:
    names = StackNames("dev")

    assert (names.registry, names.dns, names.main) == ("dev-registry", "dev-dns", "dev-main")
    assert (names.ci, names.state) == ("dev-ci", "dev-state")


def test_a_deployment_has_the_stacks_in_order() -> None:
    assert StackNames("dev").deployment_order == ["dev-registry", "dev-dns", "dev-main"]


def test_settings_know_their_stacks() -> None:
    assert DEV.stacks == StackNames("dev")
