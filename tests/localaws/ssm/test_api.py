"""Sessions with the agent in a container."""

from typing import Any

import pytest

from tests.support.localaws.aws_pipeline import ACCOUNT, REGION, clients
from tests.support.localaws.ecs.exec_service import CONNECT, ExecService
from tests.support.localaws.fixes import refusal
from tests.support.localaws.roles import client, session

FORWARD: dict[str, Any] = {
    "DocumentName": "AWS-StartPortForwardingSessionToRemoteHost",
    "Parameters": {"host": ["database"], "portNumber": ["5432"], "localPortNumber": ["5432"]},
}


@pytest.fixture(scope="module")
def service() -> ExecService:
    return ExecService("sessions", CONNECT)


def test_a_session_with_a_connected_agent_begins(service: ExecService) -> None:
    answer = clients().client("ssm").start_session(Target=service.target(), **FORWARD)

    assert answer["StreamUrl"].startswith(f"wss://ssmmessages.{REGION}.invalid/v1/data-channel/{answer['SessionId']}?")
    assert answer["TokenValue"]


def test_a_target_without_a_connected_agent_is_refused(service: ExecService) -> None:
    start, other = clients().client("ssm").start_session, f"{service.target()[:-1]}x"

    assert refusal(start, Target=other) == f"TargetNotConnected: {other} is not connected."
    service.grant({**CONNECT, "Action": CONNECT["Action"][1:]})
    said = refusal(start, Target=service.target())
    service.grant(CONNECT)
    assert said == f"TargetNotConnected: {service.target()} is not connected."


def test_an_unknown_document_or_parameter_is_refused(service: ExecService) -> None:
    start, target = clients().client("ssm").start_session, service.target()

    assert refusal(start, Target=target, DocumentName="none") == (
        "InvalidDocument: Document with name none does not exist."
    )
    assert refusal(start, Target=target, **{**FORWARD, "Parameters": {"port": ["1"]}}).startswith("InvalidParameters:")


def test_a_role_needs_the_task_and_the_document(service: ExecService) -> None:
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{service.name}/*"
    document = f"arn:aws:ssm:{REGION}::document/{FORWARD['DocumentName']}"

    def attempt(*resources: str) -> str:
        right = {"Effect": "Allow", "Action": "ssm:StartSession", "Resource": resources}
        ssm = client(clients().local, session(clients().local, "forwards", right), "ssm")
        return refusal(ssm.start_session, Target=service.target(), **FORWARD).partition(":")[0]

    assert [attempt(task, document), attempt(task), attempt(document)] == [
        "",
        "AccessDeniedException",
        "AccessDeniedException",
    ]
