"""The action of each operation.

Most operations have an action of the same name. The tables contain the others.
"""

from localaws.json_types import JsonObject

PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas", "stepfunctions": "states"}
"""The prefix of a service's actions, where it differs from the name of the service in botocore."""

_OTHER_NAMES = {
    "ecr": {"ListImageReferrers": "BatchGetImage"},
    "s3": {
        "CompleteMultipartUpload": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeleteBucketTagging": "PutBucketTagging",
        "DeleteObjects": "DeleteObject",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "GetBucketCors": "GetBucketCORS",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBuckets": "ListAllMyBuckets",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "UploadPart": "PutObject",
    },
}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html and
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImageReferrers.html
"""

_OF_VERSIONS = {
    "s3:DeleteObject": "DeleteObjectVersion",
    "s3:GetObject": "GetObjectVersion",
    "s3:HeadObject": "GetObjectVersion",
}
"""The actions of operations on one version of an object."""


def action_of(service: str, operation: str, members: JsonObject) -> str:
    """Return the action of an operation, such as `s3:ListBucket` for HeadBucket.

    Args:
        service: The name of the service in botocore.
        operation: The name of the operation.
        members: The members of the call.
    """
    prefix = PREFIXES.get(service, service)
    if members.get("VersionId") and (versioned := _OF_VERSIONS.get(f"{service}:{operation}")):
        return f"{prefix}:{versioned}"
    return f"{prefix}:{_OTHER_NAMES.get(service, {}).get(operation, operation)}"
