"""Error messages: the place, what is wrong, the value, and no secret."""

import re
from pathlib import Path

import pytest

from tests.support.settings_files import MINIMAL, refusal, with_line, written
from tests.support.synthesized import PARAMETER_ARN


@pytest.mark.parametrize(
    "line",
    [
        'service.secrets.TOKEN = "hunter2"',
        'service.secrets.TOKEN = ["hunter2"]',
        'service.secrets.TOKEN.value = "hunter2"',
        'service.secrets."[key]" = "hunter2"',
        'service.secrets = "hunter2"',
        'service.secrets = ["hunter2"]',
        'service.secret.TOKEN = "hunter2"',
        'service.environment = { TOKEN = "${hunter2}" }',
        'service.environment = [{ TOKEN = "hunter2" }]',
        'service = "hunter2"',
        'service = [{ secrets = { TOKEN = "hunter2" } }]',
        'secrets.TOKEN = "hunter2"',
        'service.environment.TOKEN = "hunter2"\nservice.secrets.TOKEN = "hunter2"',
    ],
)
def test_no_message_shows_a_possible_secret(line: str, tmp_path: Path) -> None:
    assert "hunter2" not in " ".join(refusal(written(tmp_path, MINIMAL + line)))
    defaults = f"[defaults]\n{line}\n"
    assert "hunter2" not in " ".join(refusal(written(tmp_path, defaults + MINIMAL)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'environment = "prod"',
            "dev.environment: unknown setting; the name of the table is the name of the environment",
        ),
        ('dommain = "shop.example.com"', "dev.dommain: unknown setting; did you mean domain?"),
        ("cpu = 512", "dev.cpu: unknown setting; did you mean service.cpu?"),
        (
            "name = 'x'",
            "dev.name: unknown setting; did you mean database.name?",
        ),
        (
            "pipeline.x = 1",
            "dev.pipeline.x: unknown setting; known settings: watch, immutable_tags, execution_mode, build_compute",
        ),
        (
            'pipeline.image_tag = "latest"',
            "dev.pipeline.image_tag: unknown setting; renamed to watch",
        ),
        ('ci.branch = "main"', "dev.ci.repository: required"),
        (
            'service.container_health_check.command = ["CMD", 3]',
            "dev.service.container_health_check.command: must be a valid string, got 3",
        ),
        ("network = 3", "dev.network: must be a table, got 3"),
        ("network.zone = 2", "dev.network.zone: unknown setting; did you mean zones?"),
        ("service.environment = 3", "dev.service.environment: must be a table, got a value of type int, not shown"),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


@pytest.mark.parametrize("key", ["app", "region", "domain"])
def test_a_setting_without_default_is_required(key: str, tmp_path: Path) -> None:
    text = re.sub(rf"^{key} = .*\n", "", MINIMAL, flags=re.MULTILINE)

    assert refusal(written(tmp_path, text)) == [f"dev.{key}: required"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('"a\\nb" = 1\n', 'dev."a\\nb": unknown setting'),
        ('"\\u001b[31mx" = 1\n', 'dev."\\u001b[31mx": unknown setting'),
        ('tags."" = "x"\n', 'dev.tags."": must be 1 to 127'),
        (
            f"network.zones = 0x{'f' * 5000}\n",
            "dev.network.zones: must be less than or equal to 6, got a number with thousands",
        ),
        (f"network.zones = {'9' * 5000}\n", "invalid TOML: Exceeds the limit"),
    ],
)
def test_an_unprintable_key_is_reported_on_one_line(text: str, line: str, tmp_path: Path) -> None:
    [found] = refusal(written(tmp_path, MINIMAL + text))

    assert found.startswith(line)
    assert found.isprintable()


KEYS, LETTERS = (f"{text * 150}…{text * 150}" for text in "kx")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"network.{'k' * 10_000} = 1",
            f"dev.network.{KEYS}: unknown setting; known settings: cidr, zones, nat_gateways",
        ),
        (f"tags.{'k' * 10_000} = 1", f"dev.tags.{KEYS}: must be a valid string, got 1"),
        (
            f"network.zones = '{'x' * 900_000}'",
            f"dev.network.zones: must be a valid integer, got '{LETTERS[1:-1]}'",
        ),
        (
            f"[dev.service]\nenvironment.{'k' * 10_000} = 'x'\nsecrets.{'k' * 10_000} = '{PARAMETER_ARN}'",
            (
                f"dev.service.secrets: must not repeat names of service.environment ({'k' * 104}…{'k' * 149}), "
                "got a value of type dict, not shown"
            ),
        ),
        (
            f"network.zones.{'a.' * 5_000}a = 1",
            "dev.network.zones: must be a valid integer, got a value nested hundreds of levels deep",
        ),
        (f"['{'k' * 10_000}']\nenvironment = 'x'", f"{KEYS}.environment: unknown setting; the name of the table is"),
    ],
)
def test_long_keys_and_values_are_cut(text: str, message: str, tmp_path: Path) -> None:
    lines = refusal(written(tmp_path, MINIMAL + text))

    assert any(line.startswith(message) for line in lines), lines
