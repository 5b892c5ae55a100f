"""Tests of the recorded cases: each file is valid, consistent and cited, and the cases cover what they must."""

import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.recorded_answers import files
from tests.support.recorded_answers.files import Case
from tests.support.recorded_answers.session import recorded

HOSTS = {
    "docs.aws.amazon.com": "AWS's documentation",
    "repost.aws": "AWS's knowledge center",
    "github.com": "issues, pull requests and reports of projects",
    "docs.gunicorn.org": "what gunicorn prints",
    "flask.palletsprojects.com": "what Flask prints",
    "courses.apollos.edu": "a report with the message of a missing image",
    "devopsaitoolkit.com": "a report with messages of failed pulls",
    "moeed.app": "a report with the messages of failed pulls",
    "openillumi.com": "a report with the message of an artifact that cannot be read",
    "stackguides.com": "a copy of a question on Stack Overflow",
    "zenn.dev": "reports with messages of wrong platforms and of network interfaces",
}
"""The hosts of the sources, each with the reason why it is one."""

LEAST_KINDS, LEAST_HEALTHY = 30, 10
STARTING = {"PROVISIONING", "PENDING", "ACTIVATING"}


def named(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases])


def test_the_cases_have_many_kinds_and_a_control_group() -> None:
    kinds = Counter(case.kind for case in files.of("broken"))

    assert len(kinds) >= LEAST_KINDS
    assert len(files.of("healthy")) >= LEAST_HEALTHY
    assert [case.name for case in files.of("broken") if not case.kind] == []
    assert [case.name for case in files.of("healthy") if case.kind] == []


def test_variants_of_a_kind_are_named_for_the_same_cause() -> None:
    """A misspelled kind would count as another kind."""
    assert {case.kind for case in files.of("broken") if case.name.startswith("broken/no-route-to-registry")} == {
        "no route to ECR"
    }


@named(files.cases())
def test_a_case_says_what_happened_and_cites_its_texts(case: Case) -> None:
    assert case.description.endswith(".")
    assert case.sources
    for source in case.sources:
        url = urlsplit(source)
        assert (url.scheme, url.netloc in HOSTS) == ("https", True), source
        assert url.path.strip("/") or url.query, source


@named(files.cases())
def test_a_case_has_no_account_id_and_no_known_address(case: Case) -> None:
    text = case.file.read_text(encoding="utf-8")

    assert re.findall(r"(?<![0-9a-f])\d{12}(?![0-9a-f])", text) == []
    assert json.loads(text).keys() <= {"kind", "description", "sources", "must_call", "answers", "errors", "logs"}


def test_each_host_is_a_source() -> None:
    used = {urlsplit(source).netloc for case in files.cases() for source in case.sources}

    assert used == {*HOSTS}


@named(files.cases())
def test_an_execution_with_a_status_has_its_id(case: Case) -> None:
    """Without the id, GetPipelineExecution would answer with another status than ListPipelineExecutions."""
    listed = case.answers.get("codepipeline.ListPipelineExecutions", {"pipelineExecutionSummaries": []})

    assert [
        each for each in listed["pipelineExecutionSummaries"] if "status" in each.keys() - {"pipelineExecutionId"}
    ] == [each for each in listed["pipelineExecutionSummaries"] if "pipelineExecutionId" in each]


@pytest.mark.slow
@named(files.cases())
def test_a_case_fits_the_api_models_and_its_counts(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = recorded(case, tmp_path, monkeypatch)
    name, ecs = made.settings.name, made.session.client("ecs")
    [service] = ecs.describe_services(cluster=name, services=[name])["services"]
    arns = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in ecs.list_tasks(cluster=name, desiredStatus=status)["taskArns"]
    ]
    tasks = ecs.describe_tasks(cluster=name, tasks=arns)["tasks"] if arns else []
    last = Counter(task["lastStatus"] for task in tasks)
    deployments = service["deployments"]

    assert len(set(arns)) == len(arns)
    assert last["RUNNING"] == service["runningCount"] == sum(each["runningCount"] for each in deployments)
    assert sum(last[status] for status in STARTING) == service["pendingCount"]
    revisions = {each["id"]: each["taskDefinition"] for each in deployments}
    assert len(revisions) == len(deployments)
    for task in tasks:
        stopped = task["lastStatus"] == "STOPPED"
        if stopped:
            assert {"stopCode", "stoppedReason", "stoppedAt"} <= task.keys()
        else:
            assert "stopCode" not in task
            assert task["taskDefinitionArn"] == revisions[task["startedBy"]]


@pytest.mark.slow
@named([case for case in files.cases() if case.logs])
def test_each_log_belongs_to_a_task_or_to_the_build(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = recorded(case, tmp_path, monkeypatch)
    logs = made.session.client("logs")
    ids = {each["taskArn"].rpartition("/")[2] for each in case.answers["ecs.DescribeTasks"]["tasks"]}

    assert case.logs.keys() <= ids | {"build"}
    for task in case.logs.keys() - {"build"}:
        stream = f"app/app/{made.names[task[2:-1]]}"
        events = logs.get_log_events(logGroupName=f"/ecs/{made.settings.name}", logStreamName=stream)["events"]
        assert [each["message"] for each in events] == [
            line.replace("${name}", made.settings.name).replace("${region}", made.session.region_name)
            for line in case.logs[task]
        ]
