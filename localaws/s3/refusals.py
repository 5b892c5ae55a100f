"""Requests that S3 refuses and moto accepts."""

import re
from collections.abc import Callable

from moto.s3.exceptions import InvalidBucketName
from moto.s3.models import FakeBucket
from moto.s3.models import S3Backend as Backend

NAME = re.compile(r"(?!(?:\d+\.){3}\d+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.))*[a-z0-9]")
PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def a_bucket_name_that_cannot_be() -> None:
    """Refuse a bucket name that is not a DNS name, looks like an IP address, or has a reserved prefix or suffix.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    create: Callable[..., FakeBucket] = Backend.create_bucket

    def create_bucket(self: Backend, bucket_name: str, *args: object, **kwargs: object) -> FakeBucket:
        if not NAME.fullmatch(bucket_name) or bucket_name.startswith(PREFIXES) or bucket_name.endswith(SUFFIXES):
            raise InvalidBucketName
        return create(self, bucket_name, *args, **kwargs)

    Backend.create_bucket = create_bucket


REFUSALS = (a_bucket_name_that_cannot_be,)
