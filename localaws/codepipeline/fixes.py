"""What CodePipeline does and moto does not."""

from moto.codepipeline.models import CodePipeline
from moto.core.utils import unix_time

from localaws.json_types import JsonObject


def gives_times_as_numbers() -> None:
    """`created` and `updated` are numbers, as in every JSON protocol; moto's are texts, at which the provider fails.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineMetadata.html
    """

    def metadata(self: CodePipeline) -> JsonObject:
        return {"pipelineArn": self._arn, "created": unix_time(self._created), "updated": unix_time(self._updated)}

    CodePipeline.metadata = property(metadata)


FIXES = (gives_times_as_numbers,)
