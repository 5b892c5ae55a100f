"""Tests of what `ops rollback` reads first: the previous image, and whether ECS has undone the last deployment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from operations.actions.rollback.situation import Situation
from operations.system.deployments import Deployments
from operations.system.pipeline import Execution, Stage
from operations.system.service import Running
from tests.support.ops.incidents import BEGAN, DEPLOYMENT, EXECUTION, NOW, SERVICE, SETTINGS, STAGES

RUNS = Running(
    revision="shop-dev:7",
    image="shop-dev@C",
    digests=frozenset("C"),
    platform="linux/amd64",
    since=BEGAN,
    count=1,
    desired_count=1,
    in_progress=False,
    scales_out=False,
    target_groups=(),
    rolled_back="",
    fault="",
)
FAILED = replace(
    DEPLOYMENT, id="ecs-svc/8", revision="shop-dev:8", status="ACTIVE", rollout_state="FAILED", created=NOW
)


def executions(history: str) -> list[Execution]:
    """Return executions from words such as `A B C!`, the oldest first. The execution of C has failed."""
    made = [
        replace(
            EXECUTION,
            id=f"e{number}",
            digest=word[0].replace("-", ""),
            status={"!": "Failed", "~": "Superseded", "?": "InProgress"}.get(word[1:], "Succeeded"),
            started=BEGAN + timedelta(minutes=number),
        )
        for number, word in enumerate(history.split())
    ]
    return made[::-1]


def situation(
    history: str, runs: str = "C", service: Deployments = SERVICE, stages: Sequence[Stage] = STAGES
) -> Situation:
    running = replace(RUNS, digests=frozenset(runs))
    return Situation(SETTINGS, running, service, executions(history), [*stages])


@pytest.mark.parametrize(
    ("history", "runs", "previous"),
    [
        ("A B C", "C", "B"),
        ("A B! C", "C", "A"),
        ("A B~ C C", "C", "A"),
        ("A B C B", "B", "A"),
        ("A B C B D", "D", "B"),
        ("A B C D?", "D", "C"),
        ("A B C D!", "D", "C"),
        ("A B", "C", "B"),
        ("-! A", "A", None),
        ("A B A", "A", None),
        ("", "C", None),
        ("A B", "", "B"),
    ],
)
def test_the_previous_image_is_the_one_that_ran_healthily_before(history: str, runs: str, previous: str | None) -> None:
    assert situation(history, runs).previous == previous


@pytest.mark.parametrize(
    ("history", "back"),
    [
        ("A B C", None),
        ("A B C D?", None),
        ("A B C B?", "e3"),
        ("A B C D? A?", "e4"),
        ("A B C D? C?", "e4"),
        ("A B C C?", None),
        ("A B C -! C?", None),
        ("A B C C? C?", None),
        ("A B C C? D?", None),
        ("A B C B? B?", "e4"),
    ],
)
def test_a_roll_back_in_progress_deploys_an_image_that_ran_before_another(history: str, back: str | None) -> None:
    found = situation(history).back

    assert (found.id if found else None) == back


def test_the_images_that_ran_healthily_are_those_of_successful_executions_and_the_running_one() -> None:
    assert situation("A B! A D", "C").healthy == ["C", "D", "A"]
    unhealthy = replace(situation("A", "C"), runs=replace(RUNS, fault="0 of 1 tasks run"))
    assert unhealthy.healthy == ["A"]


BACK = replace(DEPLOYMENT, rollout_state="IN_PROGRESS", rollout_reason="rolling back to deploymentId ecs-svc/7.")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (situation("A C"), ""),
        (
            situation("A C", service=replace(SERVICE, deployments=(DEPLOYMENT, FAILED))),
            "the deployment of shop-dev:8 has failed, and ECS has rolled it back",
        ),
        (
            situation("A C", service=replace(SERVICE, deployments=(BACK,))),
            "the last deployment has failed, and ECS rolls it back",
        ),
        (
            situation("A C D!", stages=[*STAGES[:2], replace(STAGES[2], status="Stopped", execution="e2")]),
            "execution e2 has not deployed D",
        ),
        (situation("A C! C", stages=[replace(STAGES[2], status="Failed", execution="e1")]), ""),
        (situation("A C D!", stages=[replace(STAGES[1], status="Failed", execution="e2")]), ""),
        (situation("A C", stages=[replace(STAGES[2], status="Failed", execution="e9")]), ""),
    ],
    ids=["none", "ECS", "ECS in progress", "pipeline", "same image", "build", "old execution"],
)
def test_a_failed_deployment_that_is_undone_already(found: Situation, expected: str) -> None:
    assert found.undone == expected
