"""What IAM is asked for a call of an AWS API: which actions, on which resources, in which context.

One table for every call that is made for a role. A call that is not in it is refused: nothing gets past IAM unasked.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from .iam import Request

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Place:
    """Where a call is made, with the clients by which AWS itself looks things up there."""

    partition: str
    region: str
    account: str
    client: Client

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


Given = Mapping[str, Any]
Asked = Callable[[Place, Given], Iterator[Request]]


def asked(place: Place, service: str, operation: str, given: Given) -> list[Request]:
    """The requests that IAM must all allow before an operation (`ecs`, `UpdateService`) is carried out."""
    ask = _CALLS.get(f"{service}:{operation}")
    if not ask:
        raise NotImplementedError(f"The local AWS does not know what IAM is asked for {service}:{operation}")
    return list(ask(place, given))


def _named(action: str, resource: str) -> Asked:
    """One action on one resource of the caller's account and region, whose name is among the parameters."""
    service = action.partition(":")[0]

    def ask(place: Place, given: Given) -> Iterator[Request]:
        yield Request(action, place.arn(service, resource.format_map(given)))

    return ask


def _anything(action: str) -> Asked:
    """An action for which AWS takes no resource."""

    def ask(_: Place, __: Given) -> Iterator[Request]:
        yield Request(action, "*")

    return ask


def _batch_get_builds(place: Place, given: Given) -> Iterator[Request]:
    for project in sorted({build.partition(":")[0] for build in given["ids"]}):
        yield Request("codebuild:BatchGetBuilds", place.arn("codebuild", f"project/{project}"))


def _services(action: str) -> Asked:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html"""

    def ask(place: Place, given: Given) -> Iterator[Request]:
        cluster = given["cluster"].rpartition("/")[2]
        for service in given.get("services") or [given["service"]]:
            name = service.rpartition("/")[2]
            yield Request(
                action,
                place.arn("ecs", f"service/{cluster}/{name}"),
                {"ecs:cluster": place.arn("ecs", f"cluster/{cluster}")},
            )

    return ask


def _register_task_definition(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html"""
    revisions = place.arn("ecs", f"task-definition/{given['family']}:*")
    yield Request("ecs:RegisterTaskDefinition", revisions)
    if given.get("tags"):
        yield Request("ecs:TagResource", revisions, {"ecs:CreateAction": "RegisterTaskDefinition"})
    for role in sorted({given[name] for name in ("taskRoleArn", "executionRoleArn") if given.get(name)}):
        yield Request("iam:PassRole", role, {"iam:PassedToService": "ecs-tasks.amazonaws.com"})


def _put_object(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html"""
    headers = {"ServerSideEncryption": "", "SSEKMSKeyId": "-aws-kms-key-id"}
    encryption = {
        f"s3:x-amz-server-side-encryption{end}": given[name] for name, end in headers.items() if given.get(name)
    }
    yield Request("s3:PutObject", _object(place, given), encryption)
    if key := given.get("SSEKMSKeyId"):
        yield from _key(place, "kms:GenerateDataKey", key, "s3", _encrypted_with(place, given))


def _get_object(place: Place, given: Given) -> Iterator[Request]:
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


def _get_secret_value(place: Place, given: Given) -> Iterator[Request]:
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""
    try:
        secret = place.client("secretsmanager").describe_secret(SecretId=given["SecretId"])
    except ClientError:  # it is not there, as the call itself will say
        arn = given["SecretId"]
        secret = {"ARN": arn if arn.startswith("arn:") else place.arn("secretsmanager", f"secret:{arn}-??????")}
    yield Request("secretsmanager:GetSecretValue", secret["ARN"])
    if key := secret.get("KmsKeyId"):
        yield from _key(place, "kms:Decrypt", key, "secretsmanager", {"SecretARN": secret["ARN"]})


def _get_parameters(place: Place, given: Given) -> Iterator[Request]:
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


def _put_log_events(place: Place, given: Given) -> Iterator[Request]:
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


_CALLS: dict[str, Asked] = {
    "codebuild:BatchGetBuilds": _batch_get_builds,
    "codebuild:StartBuild": _named("codebuild:StartBuild", "project/{projectName}"),
    "codepipeline:StartPipelineExecution": _named("codepipeline:StartPipelineExecution", "{name}"),
    "ecr:BatchCheckLayerAvailability": _named("ecr:BatchCheckLayerAvailability", "repository/{repositoryName}"),
    "ecr:BatchGetImage": _named("ecr:BatchGetImage", "repository/{repositoryName}"),
    "ecr:DescribeImages": _named("ecr:DescribeImages", "repository/{repositoryName}"),
    "ecr:GetAuthorizationToken": _anything("ecr:GetAuthorizationToken"),
    "ecr:GetDownloadUrlForLayer": _named("ecr:GetDownloadUrlForLayer", "repository/{repositoryName}"),
    "ecs:DescribeServices": _services("ecs:DescribeServices"),
    "ecs:DescribeTaskDefinition": _anything("ecs:DescribeTaskDefinition"),
    "ecs:RegisterTaskDefinition": _register_task_definition,
    "ecs:UpdateService": _services("ecs:UpdateService"),
    "logs:CreateLogGroup": _named("logs:CreateLogGroup", "log-group:{logGroupName}"),
    "logs:CreateLogStream": _named("logs:CreateLogStream", "log-group:{logGroupName}:log-stream:{logStreamName}"),
    "logs:PutLogEvents": _put_log_events,
    "s3:GetObject": _get_object,
    "s3:PutObject": _put_object,
    "secretsmanager:GetSecretValue": _get_secret_value,
    "ssm:GetParameters": _get_parameters,
    "stepfunctions:StartExecution": lambda _, given: iter([Request("states:StartExecution", given["stateMachineArn"])]),
}
