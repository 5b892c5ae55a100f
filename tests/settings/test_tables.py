"""The tables of an environment, and the rules inside each."""

from pathlib import Path

import pytest

from settings import StateSettings
from tests.support.settings_files import refusal, with_line


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('state.backend = "s3"', 'dev.state.bucket: required when state.backend is "s3"'),
        ("network.nat_gateways = 3", "dev.network.nat_gateways: must not exceed network.zones (2), got 3"),
        (
            "pipeline.immutable_tags = true",
            (
                "dev.pipeline.immutable_tags: must be false if pipeline.watch is one tag (latest), because each push "
                "moves this tag, got True"
            ),
        ),
        (
            'pipeline.execution_mode = "PARALLEL"',
            "dev.pipeline.execution_mode: must be 'SUPERSEDED' or 'QUEUED', got 'PARALLEL'",
        ),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


def test_the_key_of_a_state_has_the_prefix() -> None:
    assert StateSettings().key("dev-main") == "dev-main.tfstate"
    assert StateSettings(prefix="a/b").key("dev-main") == "a/b/dev-main.tfstate"
