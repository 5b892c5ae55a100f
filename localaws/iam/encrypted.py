"""The requests to IAM for calls that may use a KMS key: the action of the call, and the action on the key."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from localaws.iam.caller import Caller
from localaws.iam.evaluation import Request
from localaws.json_types import JsonObject


def put_object(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for PutObject.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """
    headers = {"ServerSideEncryption": "", "SSEKMSKeyId": "-aws-kms-key-id"}
    encryption = {
        f"s3:x-amz-server-side-encryption{end}": parameters[name]
        for name, end in headers.items()
        if parameters.get(name)
    }
    yield Request("s3:PutObject", _object(caller, parameters), encryption)
    if key := parameters.get("SSEKMSKeyId"):
        yield from _key(caller, "kms:GenerateDataKey", key, "s3", _encryption_context(caller, parameters))


def get_object(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for GetObject."""
    action = "s3:GetObjectVersion" if parameters.get("VersionId") else "s3:GetObject"
    yield Request(action, _object(caller, parameters))
    try:
        key = caller.client("s3").head_object(Bucket=parameters["Bucket"], Key=parameters["Key"]).get("SSEKMSKeyId")
    except ClientError:  # the object does not exist; the call itself reports this
        return
    if key:
        yield from _key(caller, "kms:Decrypt", key, "s3", _encryption_context(caller, parameters))


def _encryption_context(caller: Caller, parameters: JsonObject) -> dict[str, str]:
    """Return the encryption context of an object: the ARN of the object, or of the bucket if it has an S3 Bucket Key.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    try:
        answer = caller.client("s3").get_bucket_encryption(Bucket=parameters["Bucket"])
    except ClientError:  # the bucket has no encryption configuration
        return {"aws:s3:arn": _object(caller, parameters)}
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    arn = f"arn:{caller.partition}:s3:::{parameters['Bucket']}"
    return {"aws:s3:arn": arn if rule.get("BucketKeyEnabled") else _object(caller, parameters)}


def _object(caller: Caller, parameters: JsonObject) -> str:
    return f"arn:{caller.partition}:s3:::{parameters['Bucket']}/{parameters['Key']}"


def get_secret_value(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for GetSecretValue.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    try:
        secret = caller.client("secretsmanager").describe_secret(SecretId=parameters["SecretId"])
    except ClientError:  # the secret does not exist; the call itself reports this
        arn = parameters["SecretId"]
        secret = {"ARN": arn if arn.startswith("arn:") else caller.arn("secretsmanager", f"secret:{arn}-??????")}
    yield Request("secretsmanager:GetSecretValue", secret["ARN"])
    if key := secret.get("KmsKeyId"):
        yield from _key(caller, "kms:Decrypt", key, "secretsmanager", {"SecretARN": secret["ARN"]})


def get_parameters(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for GetParameters.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    for name in parameters["Names"]:
        yield from _parameter(caller, "ssm:GetParameters", name)


def get_parameter(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for GetParameter."""
    yield from _parameter(caller, "ssm:GetParameter", parameters["Name"])


def _parameter(caller: Caller, action: str, name: str) -> Iterator[Request]:
    arn = name if name.startswith("arn:") else caller.arn("ssm", f"parameter/{name.lstrip('/')}")
    yield Request(action, arn)
    path = arn.partition(":parameter/")[2]
    named = {"Key": "Name", "Option": "Equals", "Values": [f"/{path}", path]}
    for found in caller.client("ssm").describe_parameters(ParameterFilters=[named])["Parameters"]:
        if key := found.get("KeyId"):
            yield from _key(caller, "kms:Decrypt", key, "ssm", {"PARAMETER_ARN": arn})


def put_log_events(caller: Caller, parameters: JsonObject) -> Iterator[Request]:
    """Yield the requests to IAM for PutLogEvents.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    group, stream = parameters["logGroupName"], parameters["logStreamName"]
    arn = caller.arn("logs", f"log-group:{group}")
    yield Request("logs:PutLogEvents", f"{arn}:log-stream:{stream}")
    groups = caller.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    for key in [found["kmsKeyId"] for found in groups if found["logGroupName"] == group and found.get("kmsKeyId")]:
        service = f"logs.{caller.region}.amazonaws.com"
        yield Request("kms:GenerateDataKey", key, {"kms:EncryptionContext:aws:logs:arn": arn}, principal=service)


def _key(caller: Caller, action: str, key: str, via: str, encryption_context: dict[str, str]) -> Iterator[Request]:
    """Yield the request to IAM for an action on a key that a service uses for the caller.

    An AWS managed key needs no permission, so there is no request.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    if "alias/aws/" in key:
        return
    described = caller.client("kms").describe_key(KeyId=key)["KeyMetadata"]
    if described["KeyManager"] == "AWS":
        return
    yield Request(
        action,
        described["Arn"],
        {
            "kms:ViaService": f"{via}.{caller.region}.amazonaws.com",
            "kms:CallerAccount": caller.account,
            **{f"kms:EncryptionContext:{name}": value for name, value in encryption_context.items()},
        },
    )
