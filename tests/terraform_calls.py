"""What Terraform asked of AWS, as its provider logs it: TF_LOG_PROVIDER=DEBUG, TF_LOG_PATH.

https://developer.hashicorp.com/terraform/internals/debugging
"""

import re
from pathlib import Path

_METHOD = re.compile(r"\brpc\.method=(\w+)")
_SERVICE = re.compile(r'\brpc\.service=(?:"([^"]+)"|(\w+))')

_PREFIXES = {
    "ACM": "acm",
    "CloudWatch Logs": "logs",
    "CodeBuild": "codebuild",
    "CodePipeline": "codepipeline",
    "EC2": "ec2",
    "ECR": "ecr",
    "ECS": "ecs",
    "Elastic Load Balancing v2": "elasticloadbalancing",
    "EventBridge": "events",
    "IAM": "iam",
    "KMS": "kms",
    "RDS": "rds",
    "Route 53": "route53",
    "S3": "s3",
    "SFN": "states",
    "STS": "sts",
}
_OF_S3 = {
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""


def actions(log: Path) -> set[str]:
    """The actions of IAM that the calls in a log need, each once."""
    found = set()
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            method, service = _METHOD.search(line), _SERVICE.search(line)
            if method and service:
                prefix = _PREFIXES[service[1] or service[2]]
                found.add(f"{prefix}:{_OF_S3.get(method[1], method[1]) if prefix == 's3' else method[1]}")
    return found
