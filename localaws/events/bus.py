"""EventBridge's default bus, for the events of ECR, ECS and Secrets Manager.

For each event, the bus invokes the targets of each rule whose pattern matches the event.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html
"""

import json
import logging
import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from botocore.exceptions import ClientError

from localaws.control import Delivery, RuleRecord, TargetRecord
from localaws.events.event_patterns import matches
from localaws.events.target_input import target_input
from localaws.iam.roles import EVENTS, AssumedRole, AssumeRoleError, Aws
from localaws.json_types import JsonObject

OnStart = Callable[[str, str, str], None]
"""A function that the bus calls after a target has started an execution.

Its arguments are the ARN of the target, the id or ARN of the execution, and the ARN of the rule.
"""


def event(
    detail_type: str, *, source: str, account: str, region: str, resources: list[str], detail: JsonObject
) -> JsonObject:
    """Return an event with the current time.

    https://docs.aws.amazon.com/eventbridge/latest/ref/overview-event-structure.html
    """
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "region": region,
        "resources": resources,
        "detail": detail,
    }


class Bus:
    """The default event buses of all regions. One thread delivers the events of all buses, one after the other."""

    def __init__(self, aws: Callable[[str], Aws], on_start: OnStart) -> None:
        self.deliveries: list[Delivery] = []
        self._aws = aws
        self._on_start = on_start
        self._events: queue.SimpleQueue[JsonObject] = queue.SimpleQueue()
        threading.Thread(target=self._deliver_all, name="event bus", daemon=True).start()

    def put(self, event: JsonObject) -> None:
        """Queue an event. After its delivery, the record of the delivery is appended to `deliveries`."""
        self._events.put(event)

    def _deliver_all(self) -> None:
        while True:
            event = self._events.get()
            delivery: Delivery = {"event": event, "rules": []}
            try:
                aws = self._aws(event["region"])
                delivery["rules"] = [self._deliver(aws, event, rule) for rule in _rules(aws)]
            except Exception as error:
                logging.exception("event %s: the local AWS failed", event["id"])
                delivery["error"] = repr(error)
            self.deliveries.append(delivery)

    def _deliver(self, aws: Aws, event: JsonObject, rule: JsonObject) -> RuleRecord:
        """Invoke the targets of a rule if it matches the event. An error is recorded, and the next rules still run."""
        outcome: RuleRecord = {"rule": rule["Arn"], "matched": False, "targets": []}
        try:
            outcome["matched"] = rule["State"] != "DISABLED" and matches(json.loads(rule["EventPattern"]), event)
            for target in _targets(aws, rule) if outcome["matched"] else ():
                outcome["targets"].append(self._invoke(aws, event, rule["Arn"], target))
        except Exception as error:
            logging.exception("event %s, rule %s: the local AWS failed", event["id"], rule["Arn"])
            outcome["error"] = repr(error)
        return outcome

    def _invoke(self, aws: Aws, event: JsonObject, rule_arn: str, target: JsonObject) -> TargetRecord:
        outcome: TargetRecord = {"id": target["Id"], "arn": target["Arn"]}
        service = target["Arn"].split(":")[2]
        if service not in _START:
            outcome["error"] = f"The local AWS does not support targets of {service}"
            return outcome
        try:
            role = aws.assume_role(target["RoleArn"], EVENTS)
            started = _START[service](role, target["Arn"], target_input(target, event, rule_arn=rule_arn))
        except AssumeRoleError as refusal:
            outcome["error"] = str(refusal)
        except ClientError as error:
            outcome["error"] = error.response["Error"]["Message"]
        else:
            outcome["started"] = started
            self._on_start(target["Arn"], started, rule_arn)
        return outcome


def _rules(aws: Aws) -> list[JsonObject]:
    pages = aws.client("events").get_paginator("list_rules").paginate(EventBusName="default")
    return [rule for page in pages for rule in page["Rules"] if rule.get("EventPattern")]


def _targets(aws: Aws, rule: JsonObject) -> list[JsonObject]:
    paginator = aws.client("events").get_paginator("list_targets_by_rule")
    pages = paginator.paginate(Rule=rule["Name"], EventBusName="default")
    return [target for page in pages for target in page["Targets"]]


def _start_pipeline(role: AssumedRole, arn: str, input_: object) -> str:
    started = role.client("codepipeline").start_pipeline_execution(name=arn.rpartition(":")[2], **_overrides(input_))
    return str(started["pipelineExecutionId"])


def _start_state_machine(role: AssumedRole, arn: str, input_: object) -> str:
    started = role.client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(input_))
    return str(started["executionArn"])


_START = {"codepipeline": _start_pipeline, "states": _start_state_machine}


def _overrides(input_: object) -> JsonObject:
    """Return the overrides of a pipeline execution from the input of a target. CodePipeline ignores other members.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source.html
    """
    fields = input_ if isinstance(input_, dict) else {}
    return {name: fields[name] for name in ("sourceRevisions", "variables") if name in fields}
