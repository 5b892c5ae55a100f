"""What IAM is asked for a call that reads or writes what may be encrypted: the action itself, and the key's."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from localaws.iam.call import Given, Place
from localaws.iam.evaluation import Request


def put_object(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"""
    headers = {"ServerSideEncryption": "", "SSEKMSKeyId": "-aws-kms-key-id"}
    encryption = {
        f"s3:x-amz-server-side-encryption{end}": given[name] for name, end in headers.items() if given.get(name)
    }
    yield Request("s3:PutObject", _object(place, given), encryption)
    if key := given.get("SSEKMSKeyId"):
        yield from _key(place, "kms:GenerateDataKey", key, "s3", _encrypted_with(place, given))


def get_object(place: Place, given: Given) -> Iterator[Request]:
    yield Request("s3:GetObject", _object(place, given))
    try:
        key = place.client("s3").head_object(Bucket=given["Bucket"], Key=given["Key"]).get("SSEKMSKeyId")
    except ClientError:  # it is not there, as the call itself will say
        return
    if key:
        yield from _key(place, "kms:Decrypt", key, "s3", _encrypted_with(place, given))


def _encrypted_with(place: Place, given: Given) -> Given:
    """The encryption context of an object: itself, or its bucket if that has a key of its own for its objects.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    try:
        answer = place.client("s3").get_bucket_encryption(Bucket=given["Bucket"])
    except ClientError:  # it says nothing of its encryption
        return {"aws:s3:arn": _object(place, given)}
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    arn = f"arn:{place.partition}:s3:::{given['Bucket']}"
    return {"aws:s3:arn": arn if rule.get("BucketKeyEnabled") else _object(place, given)}


def _object(place: Place, given: Given) -> str:
    return f"arn:{place.partition}:s3:::{given['Bucket']}/{given['Key']}"


def get_secret_value(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""
    try:
        secret = place.client("secretsmanager").describe_secret(SecretId=given["SecretId"])
    except ClientError:  # it is not there, as the call itself will say
        arn = given["SecretId"]
        secret = {"ARN": arn if arn.startswith("arn:") else place.arn("secretsmanager", f"secret:{arn}-??????")}
    yield Request("secretsmanager:GetSecretValue", secret["ARN"])
    if key := secret.get("KmsKeyId"):
        yield from _key(place, "kms:Decrypt", key, "secretsmanager", {"SecretARN": secret["ARN"]})


def get_parameters(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html"""
    for name in given["Names"]:
        arn = name if name.startswith("arn:") else place.arn("ssm", f"parameter/{name.lstrip('/')}")
        yield Request("ssm:GetParameters", arn)
        own = [
            {
                "Key": "Name",
                "Option": "Equals",
                "Values": [f"/{arn.partition(':parameter/')[2]}", arn.partition(":parameter/")[2]],
            }
        ]
        for found in place.client("ssm").describe_parameters(ParameterFilters=own)["Parameters"]:
            if key := found.get("KeyId"):
                yield from _key(place, "kms:Decrypt", key, "ssm", {"PARAMETER_ARN": arn})


def put_log_events(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
    group, stream = given["logGroupName"], given["logStreamName"]
    arn = place.arn("logs", f"log-group:{group}")
    yield Request("logs:PutLogEvents", f"{arn}:log-stream:{stream}")
    groups = place.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    for key in [found["kmsKeyId"] for found in groups if found["logGroupName"] == group and found.get("kmsKeyId")]:
        service = f"logs.{place.region}.amazonaws.com"
        yield Request("kms:GenerateDataKey", key, {"kms:EncryptionContext:aws:logs:arn": arn}, principal=service)


def _key(place: Place, action: str, key: str, via: str, encryption_context: Given) -> Iterator[Request]:
    """A key that another service uses for the caller. Those that AWS manages are open to whoever may use the service.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    if "alias/aws/" in key:
        return
    described = place.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    if described["KeyManager"] == "AWS":
        return
    yield Request(
        action,
        described["Arn"],
        {
            "kms:ViaService": f"{via}.{place.region}.amazonaws.com",
            "kms:CallerAccount": place.account,
            **{f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()},
        },
    )
