"""The new deployment of the service after a rotation of the database's password."""

import json

from tests.support.synthesized import Json, Stack, System

SECRET = "${aws_db_instance.database.master_user_secret[0].secret_arn}"


def definition(main: Stack) -> Json:
    """Return the definition of the state machine."""
    found: Json = json.loads(main.resources("aws_sfn_state_machine")["rotation_restart"]["definition"])
    return found


def test_the_event_is_a_new_current_version_of_the_secret_only(main: Stack) -> None:
    rule = main.resources("aws_cloudwatch_event_rule")["rotation"]
    pattern = json.loads(rule.pop("event_pattern"))

    assert rule == {
        "name": "example-app-dev-rotation",
        "description": "another password of the database restarts the service's tasks",
    }
    assert pattern == {
        "source": ["aws.secretsmanager"],
        "detail-type": ["Secret Label Updated"],
        "resources": [SECRET],
        "detail": {"labelUpdated": ["AWSCURRENT"]},
    }


def test_the_event_starts_the_state_machine(main: Stack) -> None:
    """The role of the rule can do nothing else."""
    machine = "${aws_sfn_state_machine.rotation_restart.arn}"

    assert main.resources("aws_cloudwatch_event_target")["rotation_target"] == {
        "rule": "${aws_cloudwatch_event_rule.rotation.name}",
        "arn": machine,
        "role_arn": "${aws_iam_role.rotation_role.arn}",
        "depends_on": ["aws_iam_role_policy.rotation_role_rights"],
    }
    assert main.statements("rotation_role") == [
        {"Sid": "StartStateMachine", "Effect": "Allow", "Action": ["states:StartExecution"], "Resource": [machine]}
    ]


def test_the_state_machine_forces_a_new_deployment(main: Stack) -> None:
    """It makes a single call, which names no task definition."""
    assert definition(main) == {
        "QueryLanguage": "JSONata",
        "StartAt": "Restart",
        "States": {
            "Restart": {
                "Type": "Task",
                "Resource": ("arn:${data.aws_partition.partition.partition}:states:::aws-sdk:ecs:updateService"),
                "Arguments": {
                    "Cluster": "${aws_ecs_cluster.service_cluster.name}",
                    "Service": "${aws_ecs_service.service.name}",
                    "ForceNewDeployment": True,
                },
                "Retry": [
                    {
                        "ErrorEquals": ["States.TaskFailed"],
                        "IntervalSeconds": 10,
                        "BackoffRate": 2,
                        "MaxAttempts": 5,
                    }
                ],
                "End": True,
            }
        },
    }


def test_the_state_machine_can_only_update_the_service(main: Stack) -> None:
    """It has no log group: Step Functions keeps the history of executions."""
    machine = main.resources("aws_sfn_state_machine")["rotation_restart"]
    del machine["definition"]

    assert machine == {
        "name": "example-app-dev-restart",
        "role_arn": "${aws_iam_role.rotation_restart_role.arn}",
        "depends_on": ["aws_iam_role_policy.rotation_restart_role_rights"],
    }
    assert main.statements("rotation_restart_role") == [
        {
            "Sid": "RestartService",
            "Effect": "Allow",
            "Action": ["ecs:UpdateService"],
            "Resource": ["${aws_ecs_service.service.id}"],
        }
    ]


def test_without_the_setting_there_are_no_rotation_resources(prod: System) -> None:
    assert [address for address in prod["prod-main"].addresses() if "rotation" in address] == []
