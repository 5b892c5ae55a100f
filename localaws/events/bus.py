"""EventBridge: hands the events of ECR, ECS and Secrets Manager to the targets of every rule that they match.

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
from localaws.iam.roles import EVENTS, ActingRole, Aws, RoleRefusedError
from localaws.json_types import JsonObject

Started = Callable[[str, str, str], None]  # told the ARN of the target, the execution, and the rule that started it


def event(
    detail_type: str, *, source: str, account: str, region: str, resources: list[str], detail: JsonObject
) -> JsonObject:
    """Give an event that happens now.

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
    """The default event bus of each region. Events are delivered one after the other, in a thread of its own."""

    def __init__(self, aws: Callable[[str], Aws], started: Started) -> None:
        self.deliveries: list[Delivery] = []
        self._aws = aws
        self._started = started
        self._events: queue.SimpleQueue[JsonObject] = queue.SimpleQueue()
        threading.Thread(target=self._deliver_all, name="event bus", daemon=True).start()

    def put(self, event: JsonObject) -> None:
        """Deliver an event soon; the record of it then stands in `deliveries`."""
        self._events.put(event)

    def _deliver_all(self) -> None:
        while True:
            event = self._events.get()
            delivery: Delivery = {"event": event, "rules": []}
            try:
                aws = self._aws(event["region"])
                delivery["rules"] = [self._offer(aws, event, rule) for rule in _rules(aws)]
            except Exception as error:
                logging.exception("event %s: the local AWS failed", event["id"])
                delivery["error"] = repr(error)
            self.deliveries.append(delivery)

    def _offer(self, aws: Aws, event: JsonObject, rule: JsonObject) -> RuleRecord:
        """Hand an event to the targets of one rule if it matches; an error there is no other rule's business."""
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
        if service not in _STARTERS:
            outcome["error"] = f"The local AWS starts no targets of {service}"
            return outcome
        try:
            role = aws.acting_for(target["RoleArn"], EVENTS)
            started = _STARTERS[service](role, target["Arn"], target_input(target, event, rule_arn=rule_arn))
        except RoleRefusedError as refusal:
            outcome["error"] = str(refusal)
        except ClientError as error:
            outcome["error"] = error.response["Error"]["Message"]
        else:
            outcome["started"] = started
            self._started(target["Arn"], started, rule_arn)
        return outcome


def _rules(aws: Aws) -> list[JsonObject]:
    pages = aws.client("events").get_paginator("list_rules").paginate(EventBusName="default")
    return [rule for page in pages for rule in page["Rules"] if rule.get("EventPattern")]


def _targets(aws: Aws, rule: JsonObject) -> list[JsonObject]:
    paginator = aws.client("events").get_paginator("list_targets_by_rule")
    pages = paginator.paginate(Rule=rule["Name"], EventBusName="default")
    return [target for page in pages for target in page["Targets"]]


def _start_pipeline(role: ActingRole, arn: str, given: object) -> str:
    started = role.client("codepipeline").start_pipeline_execution(name=arn.rpartition(":")[2], **_overrides(given))
    return str(started["pipelineExecutionId"])


def _start_state_machine(role: ActingRole, arn: str, given: object) -> str:
    started = role.client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(given))
    return str(started["executionArn"])


_STARTERS = {"codepipeline": _start_pipeline, "states": _start_state_machine}


def _overrides(given: object) -> JsonObject:
    """Take from a target's input what a start of a pipeline can be given; all else in it is ignored.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source.html
    """
    fields = given if isinstance(given, dict) else {}
    return {name: fields[name] for name in ("sourceRevisions", "variables") if name in fields}
