"""Size of the variables of a container in the task definition."""

from pathlib import Path

import pytest

from settings import load
from settings.task_definition import variables_bytes
from tests.support.settings_files import MINIMAL, refusal, written
from tests.support.synthesized import PARAMETER_ARN

ROOM = 59_392
EMPTY = len('{"environment": [{"name": "A", "value": ""}], "secrets": []}')
SECRETS = {f"SECRET_{number}": PARAMETER_ARN for number in range(400)}


def refused(name: str, taken: int) -> list[str]:
    fault = f"must fit into a task definition; environment and secrets take {taken} bytes of JSON (at most {ROOM})"
    return [f"dev.service.{name}: {fault}, got a value of type dict, not shown"]


@pytest.mark.parametrize(("letter", "size"), [("x", 1), ("é", 2), ("三", 3), (r"\n", 2), (r"\"", 2)])
def test_variables_may_take_58_kib_of_a_task_definition(letter: str, size: int, tmp_path: Path) -> None:
    number, rest = divmod(ROOM - EMPTY, size)
    text = letter * number + "x" * rest

    assert load(written(tmp_path, f'{MINIMAL}service.environment.A = "{text}"'))
    assert refusal(written(tmp_path, f'{MINIMAL}service.environment.A = "{text}x"')) == refused("environment", ROOM + 1)


def test_secrets_count_together_with_variables(tmp_path: Path) -> None:
    secrets = "".join(f'secrets.{name} = "{arn}"\n' for name, arn in SECRETS.items())
    taken = variables_bytes({"A": ""}, SECRETS)
    text = f"{MINIMAL}[dev.service]\n{secrets}environment.A = "

    assert load(written(tmp_path, f'{text}"{"x" * (ROOM - taken)}"'))
    assert refusal(written(tmp_path, f'{text}"{"x" * (ROOM - taken + 1)}"')) == refused("secrets", ROOM + 1)


def test_the_arns_of_secrets_fit_into_the_policy_of_the_execution_role(tmp_path: Path) -> None:
    """IAM would refuse the policy when Terraform creates the role. The same ARN with another JSON key takes no room."""
    secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:"
    arns = [f"{secret}{letter * (500 - len(secret) - 3)}" for letter in "abcdefghijklmn"]
    text = f"{MINIMAL}[dev.service.secrets]\n"
    text += "".join(f'S{index} = "{arn}"\nK{index} = "{arn}:key::"\n' for index, arn in enumerate(arns))
    fault = (
        "dev.service.secrets: must fit into the policy of the execution role; the ARNs take 7001 characters of JSON "
        "(at most 7000); put several values into one secret, as JSON, got a value of type dict, not shown"
    )

    assert load(written(tmp_path, text))
    assert refusal(written(tmp_path, text.replace(arns[-1], f"{arns[-1]}n"))) == [fault]


def test_a_huge_variable_is_reported_one_time(tmp_path: Path) -> None:
    text = f"{MINIMAL}[dev.service]\nenvironment.A = '{'x' * 100_000}'\nsecrets.B = '{PARAMETER_ARN}'"

    assert refusal(written(tmp_path, text)) == refused("environment", EMPTY + 100_000)


def test_the_command_of_a_health_check_may_take_one_kib(tmp_path: Path) -> None:
    def line(letters: int) -> str:
        return f"{MINIMAL}service.container_health_check.command = ['CMD', '{'x' * letters}']"

    most = 1_024 - len('["CMD", ""]')
    fault = "must take at most 1024 bytes of JSON in the task definition, takes 1025"

    assert load(written(tmp_path, line(most)))
    assert refusal(written(tmp_path, line(most + 1)))[0].startswith(
        f"dev.service.container_health_check.command: {fault}, got ['CMD', 'xxx"
    )
