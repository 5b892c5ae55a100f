"""The hosted zone, policy, secrets and parameters to which an environment's settings refer.

They are created in an empty local AWS.
"""

import json
from collections.abc import Collection
from contextlib import suppress

from localaws.server import LocalAws

VALUE = "rehearsed"


def hosted_zone(aws: LocalAws, domain: str) -> str:
    """Make a hosted zone, and return its id."""
    zone = aws.client("route53").create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]
    return str(zone["Id"].rpartition("/")[2])


def secrets(aws: LocalAws, references: Collection[str]) -> dict[str, str]:
    """Make the secrets and parameters to which the settings refer, and return the new references by the old ones.

    Secrets and parameters that exist stay unchanged. Each new secret has a value for each JSON key in the references.
    A new reference can differ from the old one, because AWS appends random characters to the ARN of a secret.
    """
    keys: dict[str, list[str]] = {}
    for reference in references:
        arn, key = _split(reference)
        keys.setdefault(arn, []).append(key)
    made = {arn: _make(aws, arn, found) for arn, found in keys.items()}
    return {
        reference: f"{made[arn]}:{key}::" if key else made[arn]
        for reference in references
        for arn, key in [_split(reference)]
    }


def permissions_boundary(aws: LocalAws, arn: str) -> str:
    """Make the managed policy of a permissions boundary, which here allows everything, and return its ARN.

    The policies of AWS exist already.
    """
    *_, account, resource = arn.split(":")
    if account == "aws":
        return arn
    _, *path, name = resource.split("/")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": everything})
    made = aws.client("iam").create_policy(PolicyName=name, Path="/".join(["", *path, ""]), PolicyDocument=document)
    return str(made["Policy"]["Arn"])


def missing_secret(aws: LocalAws) -> str:
    """Return the ARN of a secret that does not exist in the account."""
    account = aws.client("sts").get_caller_identity()["Account"]
    return f"arn:aws:secretsmanager:{aws.region}:{account}:secret:not-made-AbCdEf"


def _split(reference: str) -> tuple[str, str]:
    """Return the ARN of a secret or parameter, and the key in the secret. Version stages and ids are ignored."""
    parts = reference.split(":")
    return ":".join(parts[:7]), "".join(parts[7:8])


def _make(aws: LocalAws, arn: str, keys: list[str]) -> str:
    service, name = arn.split(":")[2], arn.split(":", 5)[5]
    secrets_manager, parameters = aws.client("secretsmanager"), aws.client("ssm")
    if service == "ssm":
        path = name.removeprefix("parameter")
        with suppress(parameters.exceptions.ParameterAlreadyExists):
            parameters.put_parameter(Name=path, Value=VALUE, Type="String")
        return str(parameters.get_parameter(Name=path)["Parameter"]["ARN"])
    with suppress(secrets_manager.exceptions.ResourceNotFoundException):
        return str(secrets_manager.describe_secret(SecretId=arn)["ARN"])
    value = json.dumps(dict.fromkeys(filter(None, keys), VALUE))
    return str(secrets_manager.create_secret(Name=name.removeprefix("secret:"), SecretString=value)["ARN"])
