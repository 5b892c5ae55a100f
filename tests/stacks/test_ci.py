"""The stack of the workflows' roles."""

from tests.support.synthesized import Stack


def test_without_ci_settings_there_is_no_ci_stack(dev: dict[str, Stack]) -> None:
    assert set(dev) == {"dev-registry", "dev-dns", "dev-main"}
