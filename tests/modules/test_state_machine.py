"""State machines whose tasks call the AWS API."""

from pathlib import Path

import cdktf

from modules.state_machine import RETRY, task


def in_stack(tmp_path: Path) -> cdktf.TerraformStack:
    return cdktf.TerraformStack(cdktf.App(outdir=str(tmp_path)), "stack")


def test_a_task_retries_and_ends_its_state_machine(tmp_path: Path) -> None:
    state = dict(task(in_stack(tmp_path), "ecs:updateService", {"Cluster": "here"}))

    resource = state.pop("Resource")
    assert str(resource).endswith(":states:::aws-sdk:ecs:updateService")
    assert state == {"Type": "Task", "Arguments": {"Cluster": "here"}, "Retry": [RETRY], "End": True}


def test_a_caught_error_is_not_retried(tmp_path: Path) -> None:
    state = task(
        in_stack(tmp_path),
        "ecs:updateService",
        {},
        assign={"name": "{% 1 %}"},
        catch={"Ecs.ServiceNotFoundException": "Gone", "Ecs.ClientException": "Wrong"},
        following="Next",
    )

    assert {name: part for name, part in state.items() if name != "Resource"} == {
        "Type": "Task",
        "Arguments": {},
        "Assign": {"name": "{% 1 %}"},
        "Retry": [
            {"ErrorEquals": ["Ecs.ServiceNotFoundException", "Ecs.ClientException"], "MaxAttempts": 0},
            RETRY,
        ],
        "Catch": [
            {"ErrorEquals": ["Ecs.ServiceNotFoundException"], "Next": "Gone"},
            {"ErrorEquals": ["Ecs.ClientException"], "Next": "Wrong"},
        ],
        "Next": "Next",
    }
