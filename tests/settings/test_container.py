"""Single settings of the container."""

from pathlib import Path

import pytest

from tests.support.settings_files import refusal, with_line

A_USER = "must be a numeric user id, or user and group ids such as 1000:1000"
A_COMMAND = 'must be ["CMD-SHELL", a command] or ["CMD", a program, its arguments]'
A_REFERENCE = "must not contain ${ or %{, which Terraform reads as a template"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('service.user = "app"', f"dev.service.user: {A_USER}, got 'app'"),
        ('service.user = "1000:"', f"dev.service.user: {A_USER}, got '1000:'"),
        ('service.user = ""', f"dev.service.user: {A_USER}, got ''"),
        ("service.user = 1000", "dev.service.user: must be a valid string, got 1000"),
        (
            'service.health_check_path = "health"',
            ("dev.service.health_check_path: must be a path such as /health, at most 1024 characters, got 'health'"),
        ),
        *(
            (
                f"service.container_health_check.command = {command}",
                f"dev.service.container_health_check.command: {fault}, got {given}",
            )
            for command, fault, given in [
                ("[]", A_COMMAND, "[]"),
                ("['/health']", A_COMMAND, "['/health']"),
                ("['CMD']", A_COMMAND, "['CMD']"),
                ("['CMD', '']", A_COMMAND, "['CMD', '']"),
                ("['CMD-SHELL', ' ']", A_COMMAND, "['CMD-SHELL', ' ']"),
                ("['CMD-SHELL', 'curl', '/']", A_COMMAND, "['CMD-SHELL', 'curl', '/']"),
                ("'true'", "must be a list", "'true'"),
                ("['CMD', '${HOST}']", A_REFERENCE, "'${HOST}'"),
            ]
        ),
        *(
            (
                f"service.container_health_check = {{ command = ['CMD', 'x'], {name} = {value} }}",
                f"dev.service.container_health_check.{name}: must be {limit}, got {value}",
            )
            for name, value, limit in [
                ("interval_seconds", 4, "greater than or equal to 5"),
                ("interval_seconds", 301, "less than or equal to 300"),
                ("timeout_seconds", 1, "greater than or equal to 2"),
                ("timeout_seconds", 61, "less than or equal to 60"),
                ("retries", 0, "greater than or equal to 1"),
                ("retries", 11, "less than or equal to 10"),
                ("start_period_seconds", -1, "greater than or equal to 0"),
                ("start_period_seconds", 301, "less than or equal to 300"),
            ]
        ),
        (
            'service.container_name = "my app"',
            "dev.service.container_name: must match ^[a-z0-9][a-z0-9_-]{0,63}$, got 'my app'",
        ),
        (
            "service.container_name = 'a\"b'",
            "dev.service.container_name: must match ^[a-z0-9][a-z0-9_-]{0,63}$, got 'a\"b'",
        ),
        (
            'service.container_name = "$HOME"',
            "dev.service.container_name: must match ^[a-z0-9][a-z0-9_-]{0,63}$, got '$HOME'",
        ),
        (
            'service.container_name = "`id`"',
            "dev.service.container_name: must match ^[a-z0-9][a-z0-9_-]{0,63}$, got '`id`'",
        ),
        (
            'service.container_name = "app\\n"',
            "dev.service.container_name: must match ^[a-z0-9][a-z0-9_-]{0,63}$, got 'app\\n'",
        ),
        (
            "service.cpu = 300",
            "dev.service.cpu: must be one of 256, 512, 1024, 2048, 4096, 8192, 16384, got 300",
        ),
        (
            "service.environment.PORT = 3000",
            "dev.service.environment.PORT: must be a valid string, got a value of type int, not shown",
        ),
        (
            'service.environment.1ST = "x"',
            (
                "dev.service.environment.1ST: must be letters, digits and underscores, without a digit at the start, "
                "got '1ST'"
            ),
        ),
        (
            'service.environment.URL = "${x}"',
            f"dev.service.environment.URL: {A_REFERENCE}, got 4 characters, not shown",
        ),
        (
            'service.environment.URL = "a %{ if }"',
            f"dev.service.environment.URL: {A_REFERENCE}, got 9 characters, not shown",
        ),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]
