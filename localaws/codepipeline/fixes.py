"""Fixes for CodePipeline where moto answers differently from AWS."""

from moto.codepipeline.models import CodePipeline
from moto.core.utils import unix_time

from localaws.json_types import JsonObject


def return_times_as_numbers() -> None:
    """Return `created` and `updated` as numbers, as the JSON protocol requires.

    moto returns strings, which the provider cannot parse.

    https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_PipelineMetadata.html
    """

    def metadata(self: CodePipeline) -> JsonObject:
        return {"pipelineArn": self._arn, "created": unix_time(self._created), "updated": unix_time(self._updated)}

    CodePipeline.metadata = property(metadata)


FIXES = (return_times_as_numbers,)
