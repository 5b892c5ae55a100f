"""The revision that the service runs. tests/system/test_revisions.py plans and applies it."""

from tests.support.synthesized import REPOSITORY_URL, Stack

LOCAL = "local.service_task_definition"
DATA = "data.aws_ecs_task_definition.service_task_definition"
SERVICE = "data.aws_ecs_service.service_task_definition_service"
PARAMETERS = "data.aws_ssm_parameters_by_path.service_task_definition_parameters"
REVISION = "aws_ecs_task_definition.service_task_definition"
COUNT = f"${{{LOCAL}_own_arn == null ? 0 : 1}}"


def kept(attribute: str, otherwise: str) -> str:
    return f"${{{LOCAL}_runs_declared ? one({DATA}_own[*].{attribute}) : {otherwise}}}"


def test_it_is_terraforms_own_unless_the_service_lacks_the_settings(main: Stack) -> None:
    labels = f"{{ settings = {LOCAL}_settings_hash }}"
    new = f"jsonencode([merge({LOCAL}_settings.container, {{ image = {LOCAL}_image, dockerLabels = {labels} }})])"

    assert main.resource("aws_ecs_task_definition") == {
        "family": "example-app-dev",
        "requires_compatibilities": ["FARGATE"],
        "network_mode": "awsvpc",
        "skip_destroy": True,
        "container_definitions": kept("container_definitions", new),
        **{
            name: kept(name, f"{LOCAL}_settings.{name}")
            for name in ("cpu", "memory", "execution_role_arn", "task_role_arn")
        },
    }


def test_the_settings_are_all_but_the_image(main: Stack) -> None:
    settings = dict(main.json["locals"]["service_task_definition_settings"])
    del settings["container"]

    assert settings == {
        "requires_compatibilities": ["FARGATE"],
        "network_mode": "awsvpc",
        "cpu": "256",
        "memory": "1024",
        "execution_role_arn": "${aws_iam_role.service_execution_role.arn}",
        "task_role_arn": "${aws_iam_role.service_task_role.arn}",
    }


def test_every_argument_of_the_revision_is_a_setting(main: Stack) -> None:
    """A changed argument that is missing from the hash would never be deployed."""
    without_hash = {"family", "skip_destroy", "container_definitions"}

    arguments = main.resource("aws_ecs_task_definition").keys() - without_hash
    assert arguments == main.json["locals"]["service_task_definition_settings"].keys() - {"container"}


def test_the_running_revision_is_read_where_there_is_a_service(main: Stack) -> None:
    assert main.json["data"]["aws_ssm_parameters_by_path"] == {
        "service_task_definition_parameters": {"path": "/terraform/example-app-dev", "with_decryption": False}
    }
    assert main.json["data"]["aws_ecs_service"] == {
        "service_task_definition_service": {
            "service_name": "example-app-dev",
            "cluster_arn": "example-app-dev",
            "count": COUNT,
        }
    }
    assert main.json["data"]["aws_ecs_task_definition"] == {
        "service_task_definition_own": {"task_definition": f"${{{LOCAL}_own_arn}}", "count": COUNT},
        "service_task_definition_running": {"task_definition": f"${{{SERVICE}[0].task_definition}}", "count": COUNT},
    }


def test_its_settings_are_compared_by_their_hash(main: Stack) -> None:
    parameter = "/terraform/example-app-dev/revision"
    found = {
        name.removeprefix("service_task_definition_"): value
        for name, value in main.json["locals"].items()
        if not name.endswith("_settings")
    }

    assert found == {
        "own_arn": f'${{try(nonsensitive(zipmap({PARAMETERS}.names, {PARAMETERS}.values))["{parameter}"], null)}}',
        "settings_hash": f"${{sha256(jsonencode({LOCAL}_settings))}}",
        "containers": f"${{try(jsondecode(one({DATA}_running[*].container_definitions)), [])}}",
        "runs": f"${{one([for each in {LOCAL}_containers : each "
        f"if length({LOCAL}_containers) == 1 || each.name == {LOCAL}_settings.container.name])}}",
        "runs_declared": f"${{try({LOCAL}_runs.dockerLabels.settings, null) == {LOCAL}_settings_hash}}",
        "image": f'${{try({LOCAL}_runs.image, join(":", [{REPOSITORY_URL[2:-1]}, "latest"]))}}',
        "live": f"${{{LOCAL}_runs_declared ? one({SERVICE}[*].task_definition) : {REVISION}.arn}}",
    }


def test_the_parameter_is_made_after_the_service(main: Stack) -> None:
    assert main.resource("aws_ssm_parameter") == {
        "name": "/terraform/example-app-dev/revision",
        "type": "String",
        "insecure_value": f"${{{REVISION}.arn}}",
        "overwrite": True,
        "depends_on": ["aws_ecs_service.service"],
        "lifecycle": {"replace_triggered_by": ["aws_ecs_service.service.id"]},
    }
