"""What follows a deployment that failed."""

from typing import Any

from constructs import Construct

from modules.delivery.pipeline import Pipeline
from modules.service import Service
from modules.state_machine import StateMachine, task

REASON_LIMIT = 200
"""Characters: https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StopPipelineExecution.html"""


class FailedDeployments(Construct):
    """A state machine that stops the pipeline's execution as soon as its deployment has failed.

    The deploy action would go on to wait until its time-out, and with it the push that puts things right:
    https://github.com/aws/containers-roadmap/issues/1399. The execution is then `Stopped`, with the reason in its
    `stopTrigger`, and its deploy action `Abandoned`.

    It stops only the execution in the Deploy stage, and only if the failed revision runs the image that this execution
    found: a deployment by hand or by Terraform stops nobody's push. ECS sends its events at least once and in any
    order, so it stops nothing that is over.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, service: Service, pipeline: Pipeline) -> None:
        super().__init__(scope, id_)

        stop = StateMachine(
            self,
            "stop",
            name=f"{name}-stop",
            grants=[service.grant_describe, pipeline.grant_stop],
            states=self._states(service, pipeline),
        )
        stop.start_on(
            self,
            name=f"{name}-failed",
            description="a deployment of the service that failed stops the execution that waits for it",
            pattern={
                "source": ["aws.ecs"],
                "detail-type": ["ECS Deployment State Change"],
                "resources": [service.arn],
                "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
            },
        )

    def _states(self, service: Service, pipeline: Pipeline) -> dict[str, dict[str, Any]]:
        """From the event to the execution, and to why the tasks stopped. What is not there is `''`."""
        execution = {"PipelineName": pipeline.name, "PipelineExecutionId": "{% $execution %}"}
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
                    "execution": f"{{% '' & $states.result.StageStates[StageName = '{pipeline.deploy_stage}']"
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
                execution,
                assign={
                    "digest": "{% '' & $states.result.PipelineExecution.ArtifactRevisions"
                    f"[Name = '{pipeline.source_artifact}'].RevisionId %}}"
                },
                following="DoesItDeployThatImage",
            ),
            "DoesItDeployThatImage": _choice("$digest != '' and $contains($image, $digest)", "ListStoppedTasks"),
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
                {**execution, "Abandon": True, "Reason": f"{{% {_cut('$reason')} %}}"},
                catch={
                    "CodePipeline.PipelineExecutionNotStoppableException": "NothingToStop",
                    "CodePipeline.DuplicatedStopRequestException": "NothingToStop",
                },
            ),
            "NothingToStop": {"Type": "Succeed"},
        }


def _cut(text: str) -> str:
    """Return a JSONata expression that shortens a text in the middle: the end of a long reason says what is wrong."""
    beginning, dots = 60, " ... "
    end = REASON_LIMIT - beginning - len(dots)
    whole = f"$length({text}) <= {REASON_LIMIT} ? {text}"
    return f"{whole} : $substring({text}, 0, {beginning}) & '{dots}' & $substring({text}, -{end})"


def _choice(condition: str, following: str, *, otherwise: str = "NothingToStop") -> dict[str, Any]:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": f"{{% {condition} %}}", "Next": following}],
        "Default": otherwise,
    }
