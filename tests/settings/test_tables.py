"""The tables of an environment, and the rules inside each."""

from pathlib import Path

import pytest

from settings import StateSettings
from tests.support.settings_files import refusal, with_line
from tests.support.synthesized import OPERATOR_ARN


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
        ("viewer = {}", "dev.viewer.principals: required"),
        (
            "viewer.principals = []",
            "dev.viewer.principals: must name at least one role or user, or leave out the table, got []",
        ),
        (
            f"viewer.principals = {[OPERATOR_ARN, OPERATOR_ARN]}",
            f"dev.viewer.principals: must not repeat an ARN ({OPERATOR_ARN}), got {[OPERATOR_ARN, OPERATOR_ARN]}",
        ),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


def test_the_key_of_a_state_has_the_prefix() -> None:
    assert StateSettings().key("dev-main") == "dev-main.tfstate"
    assert StateSettings(prefix="a/b").key("dev-main") == "a/b/dev-main.tfstate"


def test_the_principals_of_the_viewer_must_fit_into_a_trust_policy(tmp_path: Path) -> None:
    arns = [f"{OPERATOR_ARN}{number:032}" for number in range(30)]

    [line] = refusal(with_line(tmp_path, f"viewer.principals = {arns}"))

    fault = "must fit into a trust policy; the ARNs take 2220 characters of JSON (at most 1800)"
    assert line.startswith(f"dev.viewer.principals: {fault}, got [")
