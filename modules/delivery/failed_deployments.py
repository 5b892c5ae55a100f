"""The state machine that stops an execution after its deployment has failed."""

from constructs import Construct

from modules.delivery.pipeline import Pipeline
from modules.delivery.stages import SOURCE_ACTION
from modules.ecs.service import Service
from modules.environment import Environment
from modules.state_machine import State, StateMachine, task
from settings.names import DEPLOY_STAGE

REASON_LIMIT = 200
"""The limit of characters in the reason of a stop.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_StopPipelineExecution.html
"""


class FailedDeployments(Construct):
    """A state machine that stops an execution of the pipeline as soon as the execution's deployment has failed.

    Otherwise the deploy action would wait until its timeout, and a push that fixes the service would wait for that
    action: https://github.com/aws/containers-roadmap/issues/1399. The stopped execution has the status `Stopped` and
    the reason in its `stopTrigger`. The deploy action has the status `Abandoned`.

    An execution is stopped only under three conditions: the execution is in the Deploy stage, its deploy action began
    before the deployment failed, and the failed revision runs the image of the execution. So a failed deployment of
    another image stops no execution, and a late or repeated event stops no later execution.
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
            states=self._find_execution(pipeline) | self._find_revision(service) | self._stop_execution(pipeline),
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

    def _find_execution(self, pipeline: Pipeline) -> dict[str, State]:
        """Return the states that find the execution in the Deploy stage. If a text is missing, its variable is `''`."""
        return {
            "FindExecution": task(
                self,
                "codepipeline:getPipelineState",
                {"Name": pipeline.name},
                assign={
                    "deployment": "{% $states.input.detail.deploymentId %}",
                    "failed": "{% $toMillis($states.input.detail.updatedAt) %}",
                    "reason": "{% $states.input.detail.reason %}",
                    "execution": f"{{% '' & $states.result.StageStates[StageName = '{DEPLOY_STAGE}']"
                    ".LatestExecution[Status = 'InProgress'].PipelineExecutionId %}",
                },
                following="IsThereAnExecution",
            ),
            "IsThereAnExecution": _choice("$execution != ''", "DescribeExecution"),
            "DescribeExecution": task(
                self,
                "codepipeline:listActionExecutions",
                {"PipelineName": pipeline.name, "Filter": {"PipelineExecutionId": "{% $execution %}"}},
                assign={
                    "digest": "{% '' & $states.result.ActionExecutionDetails[ActionName = '" + SOURCE_ACTION + "']"
                    ".Output.OutputVariables.ImageDigest %}",
                    "started": "{% $max([0, $states.result.ActionExecutionDetails[StageName = '" + DEPLOY_STAGE + "']"
                    ".$toMillis(StartTime)]) %}",
                },
                following="CanItBeTheDeployment",
            ),
            # `updatedAt` of the event can be rounded down to whole seconds, so the failure can be up to 1 s later.
            "CanItBeTheDeployment": _choice("$digest != '' and $failed + 1000 > $started", "DescribeService"),
        }

    def _find_revision(self, service: Service) -> dict[str, State]:
        """Return the states that find the failed revision, and why its tasks stopped.

        DescribeServices no longer lists a failed deployment after its last task has stopped, but DescribeTasks returns
        stopped tasks for at least an hour. The description of a task takes about 3 KiB, and a state can return at most
        256 KiB, so at most 50 tasks are described.
        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html,
        https://github.com/aws-actions/amazon-ecs-deploy-task-definition/pull/860 and
        https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
        """
        return {
            "DescribeService": task(
                self,
                "ecs:describeServices",
                {"Cluster": service.cluster_name, "Services": [service.name]},
                assign={"revision": "{% '' & $states.result.Services.Deployments[Id = $deployment].TaskDefinition %}"},
                following="ListStoppedTasks",
            ),
            "ListStoppedTasks": task(
                self,
                "ecs:listTasks",
                {
                    "Cluster": service.cluster_name,
                    "ServiceName": service.name,
                    "DesiredStatus": "STOPPED",
                    "MaxResults": 50,
                },
                assign={"tasks": "{% $states.result.TaskArns %}"},
                following="AreThereTasks",
            ),
            "AreThereTasks": _choice("$count($tasks) > 0", "DescribeTasks", otherwise="IsTheRevisionKnown"),
            "DescribeTasks": task(
                self,
                "ecs:describeTasks",
                {"Cluster": service.cluster_name, "Tasks": "{% $tasks %}"},
                assign={
                    "reason": "{% ($told := $states.result.Tasks[StartedBy = $deployment].StoppedReason;"
                    " $exists($told) ? $join($distinct([$told]), '; ') : $reason) %}",
                    "revision": "{% $revision != '' ? $revision :"
                    " '' & $states.result.Tasks[StartedBy = $deployment][0].TaskDefinitionArn %}",
                },
                following="IsTheRevisionKnown",
            ),
            "IsTheRevisionKnown": _choice("$revision != ''", "DescribeRevision"),
            "DescribeRevision": task(
                self,
                "ecs:describeTaskDefinition",
                {"TaskDefinition": "{% $revision %}"},
                assign={
                    "image": "{% '' & $states.result.TaskDefinition.ContainerDefinitions"
                    f"[Name = '{service.container_name}'].Image %}}"
                },
                following="DoesItRunThatImage",
            ),
            "DoesItRunThatImage": _choice("$contains($image, $digest)", "StopExecution"),
        }

    def _stop_execution(self, pipeline: Pipeline) -> dict[str, State]:
        return {
            "StopExecution": task(
                self,
                "codepipeline:stopPipelineExecution",
                {
                    "PipelineName": pipeline.name,
                    "PipelineExecutionId": "{% $execution %}",
                    "Abandon": True,
                    "Reason": f"{{% {_cut('$reason')} %}}",
                },
                catch={
                    "CodePipeline.PipelineExecutionNotStoppableException": "NothingToStop",
                    "CodePipeline.DuplicatedStopRequestException": "NothingToStop",
                },
            ),
            "NothingToStop": {"Type": "Succeed"},
        }


def _cut(text: str) -> str:
    """Return a JSONata expression that removes the middle of a long text. The cause is at the end of a long reason."""
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
