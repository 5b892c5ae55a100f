"""The tables of an environment: what the settings of one must be together."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from settings import Settings
from tests.support.settings_files import MINIMAL, refusal, with_line, written
from tests.support.synthesized import DEV, PARAMETER_ARN, SECRET_ARN


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('state.backend = "s3"', "dev.state.bucket: must be the name of a bucket where backend is s3, got None"),
        ("network.nat_gateways = 3", "dev.network.nat_gateways: must be at most one per zone, which is 2, got 3"),
        (
            f'service.secrets.DB_USER = "{SECRET_ARN}"',
            ("dev.service.secrets.DB_USER: must be another name: the database sets this one, got 'DB_USER'"),
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
                "dev.service.grace_period_seconds: must let the circuit breaker end a deployment within the 60 minutes "
                "that CodePipeline waits; 3 x (60 s to start + 1081 s to fail + 60 s to deregister) = 61 minutes, "
                "got 1081"
            ),
        ),
        (
            "pipeline.immutable_tags = true",
            (
                "dev.pipeline.immutable_tags: must be false unless watch is a pattern: each push moves the tag latest, "
                "got True"
            ),
        ),
        (
            'pipeline.execution_mode = "PARALLEL"',
            "dev.pipeline.execution_mode: must be 'SUPERSEDED' or 'QUEUED', got 'PARALLEL'",
        ),
        (
            'service.container_health_check = { command = ["CMD", "x"], interval_seconds = 300, retries = 4 }',
            (
                "dev.service.grace_period_seconds: must let the circuit breaker end a deployment within the 60 minutes "
                "that CodePipeline waits; 3 x (60 s to start + 1220 s to fail + 60 s to deregister) = 67 minutes, "
                "got 60"
            ),
        ),
        ("service.container_health_check.retries = 3", "dev.service.container_health_check.command: is required"),
        (
            'service.environment.DB_HOST = "x"',
            "dev.service.environment.DB_HOST: must be another name: the database sets this one, got 'DB_HOST'",
        ),
        (
            'service.environment.DB_PASSWORD = "x"',
            "dev.service.environment.DB_PASSWORD: must be another name: the database sets this one, got 'DB_PASSWORD'",
        ),
    ],
)
def test_a_setting_is_refused_with_its_place_its_limit_and_what_was_given(
    line: str, message: str, tmp_path: Path
) -> None:
    assert refusal(with_line(tmp_path, line)) == [message]


def test_a_variable_is_either_plain_or_secret(tmp_path: Path) -> None:
    text = f'{MINIMAL}[dev.service]\nenvironment.DSN = "x"\nsecrets.DSN = "{PARAMETER_ARN}"\n'

    assert refusal(written(tmp_path, text)) == [
        "dev.service.secrets: must not name what environment names too (DSN), got a value of type dict, not shown"
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
def test_fargates_sizes_are_taken_and_no_others(cpu: int, smallest: int, largest: int, step: int) -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size"""

    def is_taken(memory_mib: int) -> bool:
        try:
            Settings.model_validate({**DEV.model_dump(), "service": {"cpu": cpu, "memory_mib": memory_mib}})
        except ValidationError:
            return False
        return True

    assert all(is_taken(size) for size in range(smallest, largest + 1, step))
    assert not any(is_taken(size) for size in (smallest - step, smallest + step // 2, largest + step))
