"""The end of an execution whose deployment failed."""

from constructs import Construct

from modules.delivery.pipeline import Pipeline
from modules.delivery.stages import DEPLOY_STAGE, IMAGE_DETAIL
from modules.ecs.service import Service
from modules.environment import Environment
from modules.state_machine import State, StateMachine, task

REASON_LIMIT = 200
"""Characters: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StopPipelineExecution.html"""


class FailedDeployments(Construct):
    """A state machine that stops the pipeline's execution as soon as its deployment has failed.

    Otherwise the deploy action waits until its timeout, and the push that fixes the service waits for the action:
    https://github.com/aws/containers-roadmap/issues/1399. The stopped execution has the status `Stopped` and the reason
    in its `stopTrigger`; its deploy action has the status `Abandoned`.

    It stops only the execution in the Deploy stage, and only if the failed revision runs that execution's image. A
    failed deployment by hand or by Terraform stops no execution. ECS sends its events at least once and in any order,
    so an event can arrive when the execution has ended.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
    """

    def __init__(
        self, scope: Construct, id_: str, *, environment: Environment, service: Service, pipeline: Pipeline
    ) -> None:
        super().__init__(scope, id_)

        stop = StateMachine(
            self,
            "stop",
            name=environment.role_name("stop"),
            grants=[service.grant_describe, pipeline.grant_stop],
            states=self._find_execution(service, pipeline) | self._stop_execution(service, pipeline),
        )
        stop.start_on(
            self,
            name=environment.role_name("failed"),
            description="a deployment of the service that failed stops the execution that waits for it",
            pattern={
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "resources": [service.arn],
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
            },
        )

    def _find_execution(self, service: Service, pipeline: Pipeline) -> dict[str, State]:
        """Return the states from the event to the execution that deploys the failed image. A missing value is `''`."""
        return {
            "DescribeService": task(
                self,
                "ecs:describeServices",
                {"Cluster": service.cluster_name, "Services": [service.name]},
                assign={
                    "deployment": "{% $states.input.detail.deploymentId %}",
                    "reason": "{% $states.input.detail.reason %}",
                    "revision": "{% '' & $states.result.Services.Deployments"
                    "[Id = $states.input.detail.deploymentId].TaskDefinition %}",
                },
                following="FindExecution",
            ),
            "FindExecution": task(
                self,
                "codepipeline:getPipelineState",
                {"Name": pipeline.name},
                assign={
                    "execution": f"{{% '' & $states.result.StageStates[StageName = '{DEPLOY_STAGE}']"
                    ".LatestExecution[Status = 'InProgress'].PipelineExecutionId %}"
                },
                following="AreBothThere",
            ),
            "AreBothThere": _choice("$revision != '' and $execution != ''", "DescribeRevision"),
            "DescribeRevision": task(
                self,
                "ecs:describeTaskDefinition",
                {"TaskDefinition": "{% $revision %}"},
                assign={
                    "image": "{% '' & $states.result.TaskDefinition.ContainerDefinitions"
                    f"[Name = '{service.container_name}'].Image %}}"
                },
                following="DescribeExecution",
            ),
            "DescribeExecution": task(
                self,
                "codepipeline:getPipelineExecution",
                _execution(pipeline),
                assign={
                    "digest": "{% '' & $states.result.PipelineExecution.ArtifactRevisions"
                    f"[Name = '{IMAGE_DETAIL}'].RevisionId %}}"
                },
                following="DoesItDeployThatImage",
            ),
            "DoesItDeployThatImage": _choice("$digest != '' and $contains($image, $digest)", "ListStoppedTasks"),
        }

    def _stop_execution(self, service: Service, pipeline: Pipeline) -> dict[str, State]:
        """Return the states that stop the execution. The reason is that of the stopped tasks, or else the event's."""
        return {
            "ListStoppedTasks": task(
                self,
                "ecs:listTasks",
                {"Cluster": service.cluster_name, "ServiceName": service.name, "DesiredStatus": "STOPPED"},
                assign={"tasks": "{% $states.result.TaskArns %}"},
                following="AreThereAny",
            ),
            "AreThereAny": _choice("$count($tasks) > 0", "DescribeTasks", otherwise="StopExecution"),
            "DescribeTasks": task(
                self,
                "ecs:describeTasks",
                {"Cluster": service.cluster_name, "Tasks": "{% $tasks %}"},
                assign={
                    "reason": "{% ($told := $states.result.Tasks[StartedBy = $deployment].StoppedReason;"
                    " $exists($told) ? $join($distinct([$told]), '; ') : $reason) %}"
                },
                following="StopExecution",
            ),
            "StopExecution": task(
                self,
                "codepipeline:stopPipelineExecution",
                {**_execution(pipeline), "Abandon": True, "Reason": f"{{% {_cut('$reason')} %}}"},
                catch={
                    "CodePipeline.PipelineExecutionNotStoppableException": "NothingToStop",
                    "CodePipeline.DuplicatedStopRequestException": "NothingToStop",
                },
            ),
            "NothingToStop": {"Type": "Succeed"},
        }


def _execution(pipeline: Pipeline) -> dict[str, str]:
    return {"PipelineName": pipeline.name, "PipelineExecutionId": "{% $execution %}"}


def _cut(text: str) -> str:
    """Return a JSONata expression that cuts the middle of a text. The end of a long reason has the cause."""
    beginning, dots = 60, " ... "
    end = REASON_LIMIT - beginning - len(dots)
    whole = f"$length({text}) <= {REASON_LIMIT} ? {text}"
    return f"{whole} : $substring({text}, 0, {beginning}) & '{dots}' & $substring({text}, -{end})"


def _choice(condition: str, following: str, *, otherwise: str = "NothingToStop") -> State:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": f"{{% {condition} %}}", "Next": following}],
        "Default": otherwise,
    }
