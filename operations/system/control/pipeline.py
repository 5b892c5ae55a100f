"""The changes of a pipeline that CodePipeline makes at a request.

https://docs.aws.amazon.com/codepipeline/latest/userguide/transitions.html
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_codepipeline import CodePipelineClient


class PipelineControl:
    """The requests that change one pipeline. The methods raise ClientError for requests that CodePipeline refuses.

    Args:
        codepipeline: A client of CodePipeline.
        pipeline: The name of the pipeline.
    """

    def __init__(self, codepipeline: "CodePipelineClient", pipeline: str) -> None:
        self._client = codepipeline
        self._pipeline = pipeline

    def disable_transition(self, stage: str, reason: str) -> None:
        """Let no execution enter a stage. An execution that is in the stage continues."""
        self._client.disable_stage_transition(
            pipelineName=self._pipeline, stageName=stage, transitionType="Inbound", reason=reason
        )

    def enable_transition(self, stage: str) -> None:
        """Let executions enter a stage again."""
        self._client.enable_stage_transition(pipelineName=self._pipeline, stageName=stage, transitionType="Inbound")
