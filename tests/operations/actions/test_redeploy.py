"""Tests of `ops redeploy` on the shared local AWS. They share one system, which each test leaves healthy."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from operations.actions.redeploy import Redeployed
from operations.wait import until
from tests.support.images.deployed import Deployed
from tests.support.localaws.aws_pipeline import ALLOW_ALL, TIMEOUT_SECONDS, clients, policy
from tests.support.ops.deliveries import at_line, deliver, let_fail, shared
from tests.support.ops.user import User

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dev() -> Deployed:
    return shared()


@pytest.fixture
def user(dev: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> User:
    return User.of("redeploy", tmp_path, monkeypatch, capsys, dev.name)


def update(dev: Deployed, **how: Any) -> None:
    clients().client("ecs").update_service(cluster=dev.name, service=dev.name, **how)


def primary(dev: Deployed) -> dict[str, Any]:
    deployment: dict[str, Any] = dev.service()["deployments"][0]
    return deployment


def complete(dev: Deployed) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        return primary(dev) if primary(dev)["rolloutState"] == "COMPLETED" else None

    return until(found, TIMEOUT_SECONDS, "the deployment is not complete")


def tasks(dev: Deployed) -> list[str]:
    arns: list[str] = clients().client("ecs").list_tasks(cluster=dev.name, serviceName=dev.name)["taskArns"]
    return arns


def let_pull(dev: Deployed, *, allowed: bool) -> None:
    """Allow or deny the execution role to pull images."""
    denied = {"Effect": "Deny", "Action": "ecr:BatchGetImage", "Resource": "*"}
    clients().client("iam").put_role_policy(
        RoleName=f"{dev.name}-ecs-tasks",
        PolicyName="rights",
        PolicyDocument=policy(ALLOW_ALL, *([] if allowed else [denied])),
    )


def test_fresh_tasks_of_the_same_revision_replace_the_others(dev: Deployed, user: User) -> None:
    complete(dev)
    before, ran, revision = primary(dev)["id"], tasks(dev), dev.service()["taskDefinition"].rpartition("/")[2]

    code, out, errors = user.run()

    lines = out.splitlines()[3:]
    assert (code, errors, primary(dev)["id"] != before) == (0, "", True)
    assert (lines[0], lines[1], lines[-1]) == (
        f"redeploy: starts 1 fresh tasks of {revision}, which replace the tasks that run",
        f"deployment {primary(dev)['id']}",
        f"dev runs fresh tasks of {revision}",
    )
    assert {*tasks(dev)}.isdisjoint(ran)


def test_a_failure_ends_with_2_and_the_cause(dev: Deployed, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    complete(dev)
    before = primary(dev)["id"]
    let_pull(dev, allowed=False)
    at_line(monkeypatch, "deployment ", lambda: clients().local.advance(seconds=900))
    try:
        code, out, _ = user.run("--json")
    finally:
        let_pull(dev, allowed=True)

    found = Redeployed.model_validate_json(out)
    assert (code, found.outcome) == (2, "failed")
    assert found.fault.startswith(f"dev: deployment {found.deployment} has failed: ECS deployment circuit breaker: ")
    assert found.why
    assert found.why.cause
    assert found.why.cause.kind == "permission-missing"
    assert complete(dev)["id"] == before


def held(dev: Deployed) -> str:
    """Start a deployment of the running revision that takes long, because its tasks are unhealthy. Return its id."""
    [image] = deliver(dev, 1)
    clients().local.let_containers_fail(image)
    update(dev, forceNewDeployment=True)
    return str(primary(dev)["id"])


def test_an_interrupted_deployment_continues_and_the_next_command_follows_it(dev: Deployed, user: User) -> None:
    started = held(dev)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        at_line(patch, "1 of 1 new tasks", interrupt)
        code, out, _ = user.run()
    assert (code, out.splitlines()[-1]) == (130, f"deployment {started} continues; `ops status` shows it")
    with pytest.MonkeyPatch.context() as patch:
        at_line(patch, "deployment ", partial(let_fail, dev))
        code, out, _ = user.run("--json")

    found = Redeployed.model_validate_json(out)
    assert (code, found.deployment, found.change) == (2, started, "")
    deliver(dev, 1)


def test_a_deployment_of_another_revision_is_not_replaced(dev: Deployed, user: User) -> None:
    held(dev)
    ecs = clients().client("ecs")
    definition, before = dev.task_definition(), dev.service()["taskDefinition"]
    taken = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    named = {name: value for name, value in definition.items() if name in taken and value}
    arn = ecs.register_task_definition(**named)["taskDefinition"]["taskDefinitionArn"]
    update(dev, taskDefinition=arn)

    code, _, errors = user.run()

    assert code == 1
    assert f"of {arn.rpartition('/')[2]} is in progress (" in errors
    assert errors.endswith("and fresh tasks would replace it; wait until it ends (ops wait)\n")
    assert before != arn
    deliver(dev, 1)


def test_a_service_without_tasks_has_none_to_replace(dev: Deployed, user: User) -> None:
    complete(dev)
    update(dev, desiredCount=0)
    try:
        code, _, errors = user.run()
    finally:
        update(dev, desiredCount=1)

    assert (code, errors) == (
        1,
        "✗ dev: the desired count is 0, so no fresh task would start; run ops scale dev 1\n",
    )


def test_an_image_that_is_gone_is_not_redeployed(dev: Deployed, user: User) -> None:
    [image] = deliver(dev, 1)
    clients().client("ecr").batch_delete_image(repositoryName=dev.name, imageIds=[{"imageDigest": image}])

    code, _, errors = user.run()

    assert code == 1
    assert errors.startswith(
        f"✗ dev: the image that runs, {image}, is gone from the repository {dev.name}, so no fresh"
    )
    deliver(dev, 1)
