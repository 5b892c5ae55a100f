"""The rule that starts the pipeline."""

import json

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget,
    CloudwatchEventTargetInputTransformer,
)
from constructs import Construct

from modules.delivery.stages import SOURCE_ACTION
from modules.environment import Environment
from modules.iam import Role
from modules.repository import Repository
from settings import SIGNATURES, WILDCARD, PipelineSettings

BUILD_CACHES = "application/vnd.buildkit."
"""The beginning of the artifact media type of a build cache that BuildKit exports to a registry.

https://github.com/moby/buildkit#registry-push-image-and-cache-separately
"""


class PushTrigger(Construct):
    """An EventBridge rule that starts the pipeline on each successful push of a watched tag.

    The digest in the event becomes the source revision of the execution. So each execution deploys the image of the
    push that started it, even if another push moves the tag.
    https://docs.aws.amazon.com/codepipeline/latest/userguide/create-cwe-ecr-source.html

    Untagged images, signatures and build caches never match. If an index is pushed, its images have no tag, so
    only the index starts the pipeline.
    https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        environment: Environment,
        repository: Repository,
        pipeline_arn: str,
        settings: PipelineSettings,
    ) -> None:
        super().__init__(scope, id_)

        role = Role(self, "role", name=environment.role_name("events"), assumed_by="events.amazonaws.com")
        role.allow("StartPipeline", actions=["codepipeline:StartPipelineExecution"], resources=[pipeline_arn])
        rule = CloudwatchEventRule(
            self,
            "Default",
            name=f"{environment.name}-push",
            description=f"a push of {settings.watch} starts the pipeline",
            event_pattern=json.dumps(
                {
                    "source": ["aws.ecr"],
                    "detail-type": ["ECR Image Action"],
                    "detail": {
                        "action-type": ["PUSH"],
                        "result": ["SUCCESS"],
                        "repository-name": [repository.name],
                        "image-tag": [_watched(settings)],
                        # The event of an index can have no artifact media type.
                        "artifact-media-type": [{"exists": False}, {"anything-but": {"prefix": BUILD_CACHES}}],
                    },
                }
            ),
        )
        revision = {"actionName": SOURCE_ACTION, "revisionType": "IMAGE_DIGEST", "revisionValue": "<digest>"}
        CloudwatchEventTarget(
            self,
            "pipeline",
            rule=rule.name,
            arn=pipeline_arn,
            role_arn=role.arn,
            input_transformer=CloudwatchEventTargetInputTransformer(
                input_paths={"digest": "$.detail.image-digest"},
                input_template=json.dumps({"sourceRevisions": [revision]}),
            ),
            depends_on=[role.inline_policy],
        )


def _watched(settings: PipelineSettings) -> str | dict[str, object]:
    """Return the filter for watched tags. The filter matches neither an empty tag nor the tag of a signature.

    `{"wildcard": "*"}` would match both of these tags, so `*` becomes an `anything-but` filter. The settings refuse any
    other pattern that matches the tag of a signature.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    if settings.moving_tag:
        return settings.moving_tag
    if settings.watch == WILDCARD:
        return {"anything-but": {"wildcard": ["", f"{SIGNATURES}{WILDCARD}"]}}
    return {"wildcard": settings.watch}
