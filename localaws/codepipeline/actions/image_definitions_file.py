"""The image definitions file of ECS deployments: a JSON array with the new images of containers.

https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html#pipelines-create-image-definitions
"""

import json
import zipfile

from localaws.codepipeline.execution import ActionFailedError, ArtifactLocation

LIMIT_BYTES = 100 * 1024


def read(artifact: zipfile.ZipFile, file_name: str, location: ArtifactLocation) -> dict[str, str]:
    """Return the image of each container in the file.

    AWS documents the limit of 100 KB, but not the error message. AWS does not document what happens if the array is
    empty, or if an object has a key other than `name` and `imageUri`. The local AWS refuses such a file.

    Raises:
        ActionFailedError: The artifact lacks the file, or the file is too large or has an invalid format.
    """
    try:
        content = artifact.read(file_name)
    except KeyError:
        raise ActionFailedError(
            "ConfigurationError",
            f"Did not find the image definition file {file_name} in the input artifacts ZIP file. Verify the file is "
            f"stored in your pipeline's Amazon S3 artifact bucket: {location.bucket} key: {location.key}",
        ) from None
    if len(content) > LIMIT_BYTES:
        raise ActionFailedError(
            "ConfigurationError",
            f"The image definition file {file_name} has {len(content)} bytes, more than the limit of 100 KB",
        )
    return _parsed(content, file_name)


def _parsed(content: bytes, file_name: str) -> dict[str, str]:
    try:
        definitions = json.loads(content.decode("utf-8"))
    except ValueError:
        definitions = None
    if not isinstance(definitions, list) or not definitions or not all(_is_definition(item) for item in definitions):
        raise ActionFailedError(
            "ConfigurationError", f"The image definition file {file_name} contains invalid JSON format"
        )
    return {definition["name"]: definition["imageUri"] for definition in definitions}


def _is_definition(item: object) -> bool:
    return (
        isinstance(item, dict)
        and item.keys() == {"name", "imageUri"}
        and all(isinstance(v, str) for v in item.values())
    )
