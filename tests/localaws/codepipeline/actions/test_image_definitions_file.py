"""The image definitions file and the limits of AWS.

https://docs.aws.amazon.com/codepipeline/latest/userguide/file-reference.html#pipelines-create-image-definitions
"""

import io
import json
import zipfile

import pytest

from localaws.codepipeline.actions import image_definitions_file
from localaws.codepipeline.execution import ActionFailedError, ArtifactLocation

LOCATION = ArtifactLocation("bucket", "shop/definition/1234567")


def read(content: bytes, file_name: str = "imagedefinitions.json") -> dict[str, str]:
    blob = io.BytesIO()
    with zipfile.ZipFile(blob, "w") as archive:
        archive.writestr("imagedefinitions.json", content)
    return image_definitions_file.read(zipfile.ZipFile(blob), file_name, LOCATION)


def refusal(content: bytes, file_name: str = "imagedefinitions.json") -> str:
    with pytest.raises(ActionFailedError) as failure:
        read(content, file_name)
    assert failure.value.code == "ConfigurationError"
    return failure.value.message


def test_each_container_gets_its_image() -> None:
    content = '[{"name": "app", "imageUri": "repo:1"}, {"name": "proxy ü", "imageUri": "p@sha256:abc"}]'.encode()
    assert read(content) == {"app": "repo:1", "proxy ü": "p@sha256:abc"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b"nothing",
        b'{"name": "app", "imageUri": "repo:1"}',
        b"[]",
        b'["app"]',
        b'[{"name": "app"}]',
        b'[{"name": "app", "imageURI": "repo:1"}]',
        b'[{"Name": "app", "imageUri": "repo:1"}]',
        b'[{"name": "app", "imageUri": "repo:1", "tag": "1"}]',
        b'[{"name": "app", "imageUri": null}]',
        b'[{"name": "app", "imageUri": "repo:1"}, {}]',
        '[{"name": "äpp", "imageUri": "repo:1"}]'.encode("latin-1"),
    ],
)
def test_other_content_is_refused_with_the_message_of_aws(content: bytes) -> None:
    assert refusal(content) == "The image definition file imagedefinitions.json contains invalid JSON format"


def test_a_missing_file_is_refused_with_its_location() -> None:
    assert refusal(b"[]", "images.json") == (
        "Did not find the image definition file images.json in the input artifacts ZIP file. Verify the file is stored "
        "in your pipeline's Amazon S3 artifact bucket: bucket key: shop/definition/1234567"
    )


def test_one_hundred_kilobytes_are_the_limit() -> None:
    definition = json.dumps([{"name": "app", "imageUri": "repo:1"}]).encode()
    assert read(definition.ljust(100 * 1024)) == {"app": "repo:1"}
    assert refusal(definition.ljust(100 * 1024 + 1)) == (
        "The image definition file imagedefinitions.json has 102401 bytes, more than the limit of 100 KB"
    )
