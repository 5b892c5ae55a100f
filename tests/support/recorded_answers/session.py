"""A session for a recorded case: the local AWS answers, and then the recorded members replace those of the answer.

botocore emits the event `after-call` with each answer before it raises an error or returns the answer.
https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
import tomli_w
from botocore.model import OperationModel, ServiceModel

from operations.clients import Clients
from operations.reasons import DENIED
from operations.sessions import Caller
from settings import Settings, find
from tests.support.localaws.aws_pipeline import ACCOUNT, REGION
from tests.support.recorded_answers import logs, members, selection
from tests.support.recorded_answers.files import Case
from tests.support.recorded_answers.system import APP, DOMAIN, ENVIRONMENT, Healthy, healthy

BAD_REQUEST = 400


class NotModeledError(Exception):
    """A recorded answer violates the API model of its service."""


@dataclass
class Recorded:
    """A recorded case on the healthy system.

    Args:
        case: The case.
        session: A session with all permissions, with the recorded answers.
        settings: The settings of the system.
    """

    case: Case
    session: boto3.Session
    settings: Settings
    system: Healthy
    called: set[str] = field(default_factory=set)
    """The recorded operations that the session has called."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """The time from which the ages of the case count. All answers have the same times."""

    @cached_property
    def caller(self) -> Caller:
        """The caller whose session has the recorded answers, for `Reading`."""
        return Caller(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", Clients(self.session))

    @property
    def names(self) -> dict[str, str]:
        """The names of the system, by the placeholder."""
        return self.system.names

    def not_called(self) -> list[str]:
        """Return the operations that the case requires and that the session has not called."""
        return sorted(set(self.case.must_call) - self.called)


def recorded(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Return a recorded case on the healthy system, and point this process at the local AWS and at its settings.

    Raises:
        NotModeledError: A recorded answer violates the API model of its service.
    """
    system = healthy()
    for name, value in system.aws.local.variables().items():
        monkeypatch.setenv(name, value)
    file = folder / "environments.toml"
    table = {"app": APP, "region": REGION, "domain": DOMAIN, "protect": False, "service": {"container_port": 3000}}
    file.write_text(tomli_w.dumps({ENVIRONMENT: table}), encoding="utf-8")
    monkeypatch.setenv("ENVIRONMENTS_FILE", str(file))
    core = botocore.session.Session()
    made = Recorded(case, boto3.Session(botocore_session=core, region_name=REGION), find(file, ENVIRONMENT), system)
    if found := list(not_modeled(case, system.names)):
        raise NotModeledError("; ".join(found))
    groups = logs.written(case, system)
    events = core.get_component("event_emitter")
    events.register("before-parameter-build", groups.rename)
    events.register("after-call", _Answers(made).replace)
    return made


def operation(name: str) -> OperationModel:
    """Return the API model of an operation, such as `ecs.DescribeServices`.

    Raises:
        NotModeledError: The service has no such operation.
    """
    service, _, called = name.partition(".")
    model = _service_model(service)
    if called not in model.operation_names:
        raise NotModeledError(f"{name}: the API model has no such operation")
    return model.operation_model(called)


@cache
def _service_model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def not_modeled(case: Case, names: dict[str, str]) -> Iterator[str]:
    """Yield how the recorded answers violate the API models."""
    for name, answer in case.answers.items():
        model = operation(name)
        yield from members.faults(model, members.timed(model.output_shape, members.filled(answer, names)))
    for name, error in case.errors.items():
        yield from members.error_faults(operation(name), error.Code)


class _Answers:
    """Replaces the members of answers by those of a case."""

    def __init__(self, made: Recorded) -> None:
        self._made = made

    def replace(
        self, http_response: Any, parsed: dict[str, Any], model: OperationModel, context: dict[str, Any], **_: object
    ) -> None:
        """Replace the members of one answer. botocore calls this after each operation."""
        name = f"{model.service_model.service_name}.{model.name}"
        denied = http_response.status_code >= BAD_REQUEST and parsed.get("Error", {}).get("Code") in DENIED
        if denied:
            return
        if name in self._made.case.answers or name in self._made.case.errors:
            self._made.called.add(name)
        request = context["recorded_request"]
        if error := self._error(name, request):
            http_response.status_code = BAD_REQUEST
            parsed["Error"] = error
            return
        answer = self._answer(name, parsed, request)
        if answer is not None:
            http_response.status_code = 200
            metadata = parsed["ResponseMetadata"]
            parsed.clear()
            parsed |= answer | {"ResponseMetadata": metadata}

    def _error(self, name: str, request: dict[str, Any]) -> dict[str, str] | None:
        """Return the recorded error that is the answer to a request. None if there is none."""
        recorded = self._made.case.errors.get(name)
        error: dict[str, str] = members.filled(recorded.model_dump(), self._made.names) if recorded else {}
        return error if error and selection.is_about(error, request) else None

    def _recorded(self, name: str) -> dict[str, Any] | None:
        """Return the recorded members of an operation, with names and times. None if there are none."""
        case = self._made.case
        if name not in case.answers and name not in selection.ALWAYS:
            return None
        both: dict[str, Any] = members.combined(selection.ALWAYS.get(name, {}), case.answers.get(name, {}))
        shape = operation(name).output_shape
        found: dict[str, Any] = members.timed(shape, members.filled(both, self._made.names), self._made.now)
        return found

    def _answer(self, name: str, parsed: dict[str, Any], request: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to a request. None if the answer of the local AWS stays."""
        recorded = self._recorded(SAME.get(name, name))
        if recorded is None:
            return None
        answered = {key: each for key, each in parsed.items() if key != "Error"}
        if name in selection.OF_TASKS:
            return selection.OF_TASKS[name](self._made.system, recorded, self._recorded(name) or {}, request)
        select = selection.OF_REQUESTS.get(name, selection.all_members)
        return select(answered, recorded, request)


SAME = {
    "ecs.ListTasks": "ecs.DescribeTasks",
    "elbv2.DescribeTargetHealth": "ecs.DescribeTasks",
    "codepipeline.GetPipelineExecution": "codepipeline.ListPipelineExecutions",
    "ecs.DescribeTaskDefinition": "codepipeline.ListPipelineExecutions",
}
"""Operations that answer with the recorded members of another operation."""
