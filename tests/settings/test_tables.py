"""The tables of an environment, and the rules inside each."""

from pathlib import Path

import pytest

from settings import StateSettings, load
from tests.support.settings_files import refusal, with_line
from tests.support.synthesized import OPERATOR_ARN, PARAMETER_ARN, SECRET_ARN


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('state.backend = "s3"', 'dev.state.bucket: required when state.backend is "s3"'),
        ("network.nat_gateways = 3", "dev.network.nat_gateways: must not exceed network.zones (2), got 3"),
        (
            "pipeline.immutable_tags = true",
            (
                "dev.pipeline.immutable_tags: must be false if pipeline.watch is one tag (latest), because each push "
                "moves this tag, got true"
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


@pytest.mark.parametrize("people", ["viewer", "operator"])
def test_principals_must_fit_into_a_trust_policy(people: str, tmp_path: Path) -> None:
    arns = [f"{OPERATOR_ARN}{number:032}" for number in range(30)]

    [line] = refusal(with_line(tmp_path, f"{people}.principals = {arns}"))

    fault = "must fit into a trust policy; the ARNs take 2220 characters of JSON (at most 1800)"
    assert line.startswith(f"dev.{people}.principals: {fault}, got [")


@pytest.mark.parametrize("people", ["viewer", "operator"])
def test_the_secrets_must_fit_into_the_policy_of_a_role_for_people(people: str, tmp_path: Path) -> None:
    """With 39 secrets, the ARNs take 2964 characters. The ARNs of parameters are not in the policy."""

    def written(secrets: int) -> Path:
        arns = {f"S{number}": f"{SECRET_ARN}{number:010}" for number in range(secrets)} | {"P": PARAMETER_ARN}
        lines = f"service.secrets = {{{', '.join(f'{name} = {arn!r}' for name, arn in arns.items())}}}"
        return with_line(tmp_path, f'{lines}\n{people}.principals = ["{OPERATOR_ARN}"]')

    [dev] = load(written(39))
    assert len(dev.service.secrets) == 40
    [line] = refusal(written(40))
    fault = "needs a policy with the ARNs of the secrets in service.secrets, which take 3040 characters of JSON"
    assert line.startswith(f"dev.{people}: {fault} (at most 3000); put several values into one secret, as JSON")
