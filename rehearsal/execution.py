"""One execution of the pipeline, followed to its end."""

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.system.pipeline import Action
from operations.wait import until
from rehearsal.system import TIMEOUT_SECONDS, CheckError, System, expect
from settings.deployment import MAX_TIMEOUT_MINUTES

if TYPE_CHECKING:
    from types_boto3_codepipeline.type_defs import PipelineExecutionSummaryTypeDef
    from types_boto3_stepfunctions import SFNClient


@dataclass(frozen=True)
class Execution:
    """An execution of a system's pipeline."""

    system: System
    id: str

    def wait(self) -> "PipelineExecutionSummaryTypeDef":
        """Wait for the end, and return the execution as ListPipelineExecutions does."""
        return until(self._ended, TIMEOUT_SECONDS, f"execution {self.id} is still in progress")

    def expect_success(self, *, decided_before: int) -> None:
        """Wait for the end of the execution, which must have succeeded without a denial.

        Args:
            decided_before: The number of IAM's decisions before the execution.

        Raises:
            CheckError: An action has not succeeded, or IAM has denied a call.
        """
        self.wait()
        faults = []
        for action in self.actions():
            if action.status == "Abandoned":
                faults.append(f"the pipeline was stopped in {action.stage}: {self.stop_reason()}")
            elif action.status != "Succeeded":
                faults.append(f"the pipeline failed in {self.system.pipeline_name}, {action.path}: {action.error}")
        self._refuse(faults, decided_before=decided_before)

    def expect_stop(self, *, decided_before: int) -> str:
        """Wait until the execution is stopped in the deploy action, and return the reason.

        Args:
            decided_before: The number of IAM's decisions before the execution.

        Raises:
            CheckError: The execution ends, but it is not stopped in the deploy action.
        """
        status = self.wait()["status"]
        if status != "Stopped":
            self._refuse([f"execution {self.id} must be stopped, is {status}"], decided_before=decided_before)
        expect("the deploy action", self.action("ECS").status, "Abandoned")
        return self.stop_reason()

    def actions(self) -> list[Action]:
        """Return the actions, the newest first."""
        return self.system.executions.actions(self.id)

    def action(self, provider: str) -> Action:
        """Return the action that calls a provider. The execution must have exactly one such action."""
        found = [action for action in self.actions() if action.provider == provider]
        if len(found) != 1:
            raise CheckError(
                f"the pipeline {self.system.pipeline_name} must run one {provider} action, ran {len(found)}"
            )
        return found[0]

    def stop_reason(self) -> str:
        """Return the reason with which the execution was stopped."""
        return self.system.executions.stop_reason(self.id)

    def artifact(self, provider: str, file: str) -> str:
        """Return the text of a file in the output artifact of a provider's action."""
        artifacts = self.action(provider).artifacts
        if len(artifacts) != 1:
            raise CheckError(f"the {provider} action must have one output artifact, has {len(artifacts)}")
        [(bucket, key)] = artifacts
        answer = self.system.aws.client("s3").get_object(Bucket=bucket, Key=key)
        with zipfile.ZipFile(io.BytesIO(answer["Body"].read())) as archive:
            return archive.read(file).decode()

    def _ended(self) -> "PipelineExecutionSummaryTypeDef | None":
        """Return the execution if it has ended. Advance the clock of the local AWS if only a time-out can end it."""
        if found := self.system.executions.ended(self.id):
            return found
        deploying = {action.external_id for action in self.actions() if action.status == "InProgress"}
        failed = [each for each in self.system.service()["deployments"] if each["rolloutState"] == "FAILED"]
        if any(each["taskDefinition"] in deploying and self._nothing_stops_it(each["id"]) for each in failed):
            self.system.aws.advance(seconds=60 * MAX_TIMEOUT_MINUTES)
        return None

    def _nothing_stops_it(self, deployment: str) -> bool:
        """Return whether no state machine can stop the execution of a failed deployment any more.

        That is so after the event of the failure was delivered, and all state machines that it started have ended.
        """
        deliveries = [
            delivery
            for delivery in self.system.aws.deliveries()
            if delivery["event"]["detail"].get("deploymentId") == deployment
            and delivery["event"]["detail"]["eventName"] == "SERVICE_DEPLOYMENT_FAILED"
        ]
        targets = [target for delivery in deliveries for rule in delivery["rules"] for target in rule["targets"]]
        states: SFNClient = self.system.aws.client("stepfunctions")
        started = [states.describe_execution(executionArn=each["started"]) for each in targets if "started" in each]
        return bool(deliveries) and all(each["status"] != "RUNNING" for each in started)

    def _refuse(self, faults: list[str], *, decided_before: int) -> None:
        denials = self.system.denials(since=decided_before)
        if faults or denials:
            raise CheckError("\n".join([*faults, *(f"AccessDenied: {message}" for message in denials)]))
