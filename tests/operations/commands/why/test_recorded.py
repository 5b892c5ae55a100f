"""Tests of `ops why` with recorded answers, whose author has not read the code of the command.

tests/operations/why_recorded/README.md describes the cases.
"""

from pathlib import Path

import pytest

from operations.commands.reading import Reading
from operations.commands.why import why
from operations.commands.why.answer import Why
from tests.support.recorded_answers import files
from tests.support.recorded_answers.files import Case
from tests.support.recorded_answers.session import Recorded, recorded

pytestmark = pytest.mark.slow

KINDS = {
    "a JSON key is missing in the secret": {"secret-key-missing", "secret-not-json"},
    "a role was changed by hand": {"permission-missing"},
    "build command failed": {"build-failed"},
    "build file invalid": {"build-specification"},
    "build quota of CodeBuild": {"quota-builds"},
    "certificate pending": {"certificate-pending"},
    "certificate refused by a CAA record": {"certificate-refused"},
    "container exits at start": {"package-missing", "variable-missing"},
    "container listens on another port": {"other-port"},
    "database stopped": {"database-stopped"},
    "deploy action timed out": {"deployment-timed-out"},
    "executable not found": {"command-missing"},
    "health check answers 404": {"health-check-code"},
    "health check times out": {"health-check-slow"},
    "log group missing": {"log-group-missing"},
    "network interface time-out": {"network-interface"},
    "no Fargate capacity": {"no-capacity"},
    "no IP addresses left in the subnet": {"no-free-addresses"},
    "no image for the digest": {"image-missing"},
    "no permission for a port below 1024": {"port-denied"},
    "no permission for the KMS key of the secret": {"permission-missing"},
    "no permission to pull": {"permission-missing", "image-pull-denied"},
    "no permission to read the secret": {"permission-missing"},
    "no route to ECR": {"no-route"},
    "no route to Secrets Manager": {"no-route"},
    "out of memory": {"out-of-memory"},
    "password rotated a minute ago": {"password-rotated"},
    "pull rate limit": {"image-pull-limit"},
    "quota of Fargate": {"quota-vcpus", "quota-tasks"},
    "read-only file system": {"read-only-file-system"},
    "secret deleted": {"secret-missing"},
    "slow start beyond the grace period": {"start-slow"},
    "stage transition disabled": {"transition-disabled"},
    "wrong platform": {"image-platform"},
}
"""The kinds of causes in the answer that name the true cause of a case."""


def answer(made: Recorded) -> Why:
    """Return the answer of the command for a case."""
    return why.read(Reading(made.settings, made.caller))


def test_each_kind_of_a_case_is_known() -> None:
    assert {case.kind for case in files.of("broken")} == {*KINDS}


@pytest.mark.parametrize("case", files.of("broken"), ids=lambda case: case.name)
def test_the_true_cause_is_first(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recorded(case, tmp_path, monkeypatch)

    found = answer(made)

    assert found.verdict in ("not healthy", "failed"), found.model_dump_json(indent=1)
    assert found.cause, found.model_dump_json(indent=1)
    assert found.cause.kind in KINDS[case.kind or ""], found.model_dump_json(indent=1)
    assert (found.not_read, made.not_called()) == ([], [])


@pytest.mark.parametrize("case", files.of("healthy"), ids=lambda case: case.name)
def test_a_system_that_works_is_not_called_broken(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answer(recorded(case, tmp_path, monkeypatch))

    assert (found.cause, found.other_causes, found.not_read) == (None, [], []), found.model_dump_json(indent=1)
    assert found.verdict in ("healthy", "in progress")
