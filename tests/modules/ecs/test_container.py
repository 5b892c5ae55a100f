"""The container of the task, and its permissions."""

import json
import re
from hashlib import sha256
from pathlib import Path

from settings import NAME_LIMIT, Settings
from settings.task_definition import COMMAND_BYTES, OWN_BYTES
from tests.support.synthesized import DEV, PARAMETER_ARN, SECRET_ARN, Json, Stack, System, system

SECRET = "${aws_db_instance.database.master_user_secret[0].secret_arn}"


def test_the_container_gets_the_database_login_as_secrets(main: Stack) -> None:
    """Host, name and port of the database are plain variables."""
    container = main.container()

    assert named(container["environment"], "DB_") == {
        "DB_HOST": "${aws_db_instance.database.address}",
        "DB_NAME": "app",
        "DB_PORT": "5432",
    }
    assert named(container["secrets"], "DB_") == {
        "DB_PASSWORD": f"{SECRET}:password::",
        "DB_USER": f"{SECRET}:username::",
    }


def named(values: list[Json], prefix: str) -> dict[str, str]:
    """Return a container's variables or secrets with a prefix, by name."""
    return {each["name"]: each.get("value") or each["valueFrom"] for each in values if each["name"].startswith(prefix)}


def test_the_container_is_confined_and_writes_logs(main: Stack) -> None:
    assert {name: part for name, part in main.container().items() if name not in ("environment", "secrets")} == {
        "name": "app",
        "essential": True,
        "portMappings": [{"containerPort": 3000, "protocol": "tcp"}],
        "user": "1000:1000",
        "readonlyRootFilesystem": True,
        "linuxParameters": {
            "capabilities": {"add": [], "drop": ["ALL"]},
            "initProcessEnabled": True,
            "tmpfs": [
                {"containerPath": "/tmp", "size": 256, "mountOptions": ["noexec", "nosuid", "nodev"]}  # noqa: S108 - a path in the container
            ],
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "${aws_cloudwatch_log_group.service_logs.name}",
                "awslogs-region": "eu-central-1",
                "awslogs-stream-prefix": "app",
            },
        },
    }


def test_size_times_and_environment_are_settings(prod: System) -> None:
    stack = prod["prod-main"]
    task = stack.json["locals"]["service_task_definition_settings"]
    container = stack.container()

    assert (task["cpu"], task["memory"]) == ("1024", "4096")
    assert stack.resource("aws_ecs_service")["desired_count"] == 2
    assert stack.resource("aws_ecs_service")["health_check_grace_period_seconds"] == 120
    variables = named(container["environment"], "")
    assert list(variables) == sorted(variables)
    assert (
        variables.items() >= {"CURRENCY": "EUR", "DB_NAME": "orders", "DB_PORT": "6543", "LOG_LEVEL": "debug"}.items()
    )
    assert container["logConfiguration"]["options"]["awslogs-region"] == "us-east-1"


def test_its_health_check_has_the_defaults_of_ecs_written_out(tmp_path: Path) -> None:
    check = {"command": ["CMD-SHELL", "wget -q http://localhost:3000/ && exit 0"]}
    settings = Settings.model_validate({**DEV.model_dump(), "service": {"container_health_check": check}})

    assert system(tmp_path, settings)["dev-main"].container()["healthCheck"] == {
        **check,
        "interval": 30,
        "timeout": 5,
        "retries": 3,
    }


def test_the_times_of_its_health_check_are_settings(prod: System) -> None:
    assert prod["prod-main"].container()["healthCheck"] == {
        "command": ["CMD", "/health", "--quiet"],
        "interval": 10,
        "timeout": 4,
        "retries": 2,
        "startPeriod": 20,
    }


def test_a_container_that_runs_as_root_has_no_capabilities(prod: System) -> None:
    """The settings also allow a writable root filesystem."""
    container = prod["prod-main"].container()

    assert (container["user"], container["readonlyRootFilesystem"]) == ("0", False)
    assert container["linuxParameters"] == {"capabilities": {"add": [], "drop": ["ALL"]}, "initProcessEnabled": True}


def test_the_execution_role_can_read_the_containers_secrets(prod: System) -> None:
    """The container definition holds only the ARNs of the secrets."""
    stack = prod["prod-main"]

    secrets = named(stack.container()["secrets"], "")
    assert list(secrets) == sorted(secrets)
    assert (
        secrets.items()
        >= {
            "API_KEY": f"{SECRET_ARN}:key::",
            "API_SALT": f"{SECRET_ARN}:salt::",
            "DSN": PARAMETER_ARN,
        }.items()
    )
    rights = {statement["Sid"]: statement for statement in stack.statements("service_execution_role")}
    assert [rights["ReadSecrets"], rights["ReadParameters"]] == [
        {
            "Sid": "ReadSecrets",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [SECRET_ARN],
        },
        {"Sid": "ReadParameters", "Effect": "Allow", "Action": ["ssm:GetParameters"], "Resource": [PARAMETER_ARN]},
    ]


def test_the_longest_generated_settings_fit_into_their_limit(tmp_path: Path) -> None:
    longest = Settings.model_validate(
        {
            **DEV.model_dump(),
            "app": "a" * (NAME_LIMIT - len("-dev")),
            "region": "ap-southeast-1",
            "database": {"name": "d" * 63, "port": 65535},
            "service": {
                "container_name": "c" * 64,
                "cpu": 16384,
                "memory_mib": 122880,
                "user": "9" * 9,
                "container_health_check": {
                    "command": ["CMD-SHELL", "x" * (COMMAND_BYTES - len('["CMD-SHELL", ""]'))],
                    "interval_seconds": 300,
                    "timeout_seconds": 60,
                    "retries": 2,
                    "start_period_seconds": 300,
                },
            },
            "pipeline": {"watch": "t" * 128},
        }
    )
    stack = system(tmp_path, longest)["dev-main"]
    definition = stack.resource("aws_ecs_task_definition")
    definition["container_definitions"] = [
        {**stack.container(), "image": "${}", "dockerLabels": {"settings": sha256().hexdigest()}}
    ]

    resolved = re.sub(r"\$\{[^}]*\}", "r" * 150, json.dumps(definition))
    assert len(resolved) > OWN_BYTES / 2
    assert len(resolved) <= OWN_BYTES, f"settings/task_definition.py, OWN_BYTES: must be at least {len(resolved)}"
