"""The service's table, and the rules inside it."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from settings import Settings
from tests.support.settings_files import MINIMAL, refusal, with_line, written
from tests.support.synthesized import DEV, PARAMETER_ARN, SECRET_ARN


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'service.readonly_root_filesystem = "/"',
            "dev.service.readonly_root_filesystem: must be a valid boolean, got '/'",
        ),
        ('service.ecs_exec = "yes"', "dev.service.ecs_exec: must be a valid boolean, got 'yes'"),
        (
            "service.ecs_exec = true",
            (
                "dev.service.ecs_exec: requires readonly_root_filesystem = false, because the SSM agent of ECS Exec "
                "writes into the container's root file system, got true"
            ),
        ),
        ("service.desired_count = -1", "dev.service.desired_count: must be greater than or equal to 0, got -1"),
        ("service.container_port = 0", "dev.service.container_port: must be greater than or equal to 1, got 0"),
        ("service.container_port = true", "dev.service.container_port: must be a valid integer, got true"),
        (
            "service.grace_period_seconds = -1",
            "dev.service.grace_period_seconds: must be greater than or equal to 0, got -1",
        ),
        (
            "service.health_check_interval_seconds = 4",
            "dev.service.health_check_interval_seconds: must be greater than or equal to 5, got 4",
        ),
        (
            "service.health_check_interval_seconds = 301",
            "dev.service.health_check_interval_seconds: must be less than or equal to 300, got 301",
        ),
        (
            "service.health_check_timeout_seconds = 1",
            "dev.service.health_check_timeout_seconds: must be greater than or equal to 2, got 1",
        ),
        (
            "service.health_check_timeout_seconds = 10",
            "dev.service.health_check_timeout_seconds: must be less than health_check_interval_seconds (10), got 10",
        ),
        (
            "service.health_check_interval_seconds = 5",
            "dev.service.health_check_timeout_seconds: must be less than health_check_interval_seconds (5), got 5",
        ),
        (
            "service.unhealthy_threshold = 1",
            "dev.service.unhealthy_threshold: must be greater than or equal to 2, got 1",
        ),
        (
            "service.unhealthy_threshold = 11",
            "dev.service.unhealthy_threshold: must be less than or equal to 10, got 11",
        ),
        (
            f'service.secrets.DB_USER = "{SECRET_ARN}"',
            ("dev.service.secrets.DB_USER: must not be a variable that the service itself sets, got 'DB_USER'"),
        ),
        (
            "service.memory_mib = 4096",
            "dev.service.memory_mib: must be one of 512, 1024, 2048 with cpu 256, got 4096",
        ),
        (
            "service.cpu = 1024",
            "dev.service.memory_mib: must be one of 2048, 3072, 4096, 5120, 6144, 7168, 8192 with cpu 1024, got 1024",
        ),
        (
            "service.grace_period_seconds = 1081",
            (
                "dev.service.grace_period_seconds: must let the circuit breaker end a failing deployment within the 60 "
                "minutes that CodePipeline waits; 3 x (60 s to start + 1081 s to fail + 60 s to deregister) = "
                "61 minutes, got 1081"
            ),
        ),
        (
            'service.container_health_check = { command = ["CMD", "x"], interval_seconds = 300, retries = 4 }',
            (
                "dev.service.grace_period_seconds: must let the circuit breaker end a failing deployment within the 60 "
                "minutes that CodePipeline waits; 3 x (60 s to start + 1220 s to fail + 60 s to deregister) = "
                "67 minutes, got 60"
            ),
        ),
        ("service.container_health_check.retries = 3", "dev.service.container_health_check.command: required"),
        (
            'service.environment.DB_HOST = "x"',
            "dev.service.environment.DB_HOST: must not be a variable that the service itself sets, got 'DB_HOST'",
        ),
        (
            'service.environment.DB_PASSWORD = "x"',
            (
                "dev.service.environment.DB_PASSWORD: must not be a variable that the service itself sets, "
                "got 'DB_PASSWORD'"
            ),
        ),
    ],
)
def test_an_error_has_place_limit_and_value(line: str, message: str, tmp_path: Path) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


def test_a_variable_is_either_plain_or_secret(tmp_path: Path) -> None:
    text = f'{MINIMAL}[dev.service]\nenvironment.DSN = "x"\nsecrets.DSN = "{PARAMETER_ARN}"\n'

    assert refusal(written(tmp_path, text)) == [
        "dev.service.secrets: must not repeat names of service.environment (DSN), got a value of type dict, not shown"
    ]


@pytest.mark.parametrize(
    ("cpu", "smallest", "largest", "step"),
    [
        (512, 1024, 4096, 1024),
        (1024, 2048, 8192, 1024),
        (2048, 4096, 16384, 1024),
        (4096, 8192, 30720, 1024),
        (8192, 16384, 61440, 4096),
        (16384, 32768, 122880, 8192),
    ],
)
def test_only_fargates_sizes_are_accepted(cpu: int, smallest: int, largest: int, step: int) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size"""

    def is_accepted(memory_mib: int) -> bool:
        try:
            Settings.model_validate({**DEV.model_dump(), "service": {"cpu": cpu, "memory_mib": memory_mib}})
        except ValidationError:
            return False
        return True

    assert all(is_accepted(size) for size in range(smallest, largest + 1, step))
    assert not any(is_accepted(size) for size in (smallest - step, smallest + step // 2, largest + step))
