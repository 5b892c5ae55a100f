"""The runner, which runs pipelines, builds, state machines and the event bus in the server process."""

import json
import logging
import threading
from datetime import UTC, datetime
from urllib.parse import urlencode

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from moto.stepfunctions.models import Execution as StateMachineExecution
from moto.stepfunctions.models import StateMachine

from localaws.clock import Clock
from localaws.codebuild.build import Build
from localaws.codepipeline.pipeline import Pipeline
from localaws.ecs.failing_containers import FailingContainers
from localaws.events.bus import Bus
from localaws.iam.authorizer import Authorizer
from localaws.iam.roles import Aws
from localaws.json_types import JsonObject
from localaws.stepfunctions import state_machine


class Runner:
    """The pipelines, builds, state machines and events of one local AWS.

    Args:
        endpoint: The address of the server.
        state_lock: The lock on moto's state. Each request holds the lock until it is answered.
        key: The credentials that sign the requests of the runner.
        presigning: The credentials that sign presigned URLs. They have no session token, because it would be a part of
            the URL, and URLs appear in logs.
    """

    def __init__(
        self, endpoint: str, state_lock: threading.RLock, key: ReadOnlyCredentials, presigning: ReadOnlyCredentials
    ) -> None:
        self.builds: dict[str, Build] = {}
        self.clock = Clock()
        self.failing = FailingContainers()
        self.resolved: dict[str, dict[str, str]] = {}
        """The digests of the images of each ECS deployment: by the id of the deployment, then by the image's name."""
        self.state_lock = state_lock
        self.iam = Authorizer(state_lock)
        self._endpoint, self._key, self._presigning = endpoint, key, presigning
        self._regions: dict[str, Aws] = {}
        self._pipelines: dict[tuple[str, str], Pipeline] = {}
        self._lock = threading.Lock()
        self.bus = Bus(self.aws, self._note_trigger)

    def aws(self, region: str) -> Aws:
        """Return the APIs of a region."""
        with self._lock:
            if region not in self._regions:
                self._regions[region] = Aws(self._endpoint, self._key, region, self.iam.decide)
            return self._regions[region]

    def presigned(self, path: str, region: str, query: dict[str, str]) -> str:
        """Return a presigned URL of this server. For one hour, clients can get the URL without credentials."""
        request = AWSRequest("GET", f"{self._endpoint}{path}?{urlencode(query)}")
        SigV4QueryAuth(self._presigning, "local", region).add_auth(request)
        return str(request.url)

    def pipeline(self, region: str, name: str) -> Pipeline:
        """Return the pipeline with its executions so far."""
        aws = self.aws(region)
        with self._lock:
            return self._pipelines.setdefault((region, name), Pipeline(aws, self.clock))

    def forget(self, region: str, name: str) -> None:
        """Abandon the executions of a deleted pipeline, and forget them.

        If a new pipeline gets the same name, it starts without executions.
        """
        with self._lock:
            pipeline = self._pipelines.pop((region, name), None)
        if pipeline is None:
            return
        for execution in pipeline.executions:
            if not execution.over:
                pipeline.stop(execution, abandon=True, reason="the pipeline was deleted")

    def build(self, region: str, arn: str, request: JsonObject) -> Build:
        """Start a build."""
        build = Build(self.aws(region), arn=arn, number=len(self.builds) + 1, request=request)
        self.builds[build.id] = build
        threading.Thread(target=build.run, name=f"build {build.id}", daemon=True).start()
        return build

    def execute(self, region: str, machine: StateMachine, execution: StateMachineExecution) -> None:
        """Run an execution of a state machine in a thread, and write the result into moto's `execution`."""
        input_ = json.loads(execution.execution_input)

        def run() -> None:
            wrong: tuple[str, str] | None = None
            try:
                state_machine.run(self.aws(region), machine.definition, machine.roleArn, input_)
            except state_machine.ExecutionFailedError as failure:
                wrong = failure.error, failure.cause
            except Exception as error:
                logging.exception("execution %s: the local AWS failed", execution.execution_arn)
                wrong = "States.Runtime", f"The local AWS failed: {error!r}"
            with self.state_lock:
                execution.stop_date = datetime.now(UTC)
                execution.error, execution.cause = wrong or (None, None)
                execution.status = "FAILED" if wrong else "SUCCEEDED"

        threading.Thread(target=run, name=execution.execution_arn, daemon=True).start()

    def _note_trigger(self, target_arn: str, execution_id: str, rule_arn: str) -> None:
        _, _, service, region, _, name, *_ = target_arn.split(":")
        if service != "codepipeline":
            return
        for execution in self.pipeline(region, name).executions:
            if execution.id == execution_id:
                execution.trigger = {"triggerType": "CloudWatchEvent", "triggerDetail": rule_arn}
