"""What an environment takes for granted, made in an empty AWS: its zone, and the secrets and parameters it names."""

import json
from collections.abc import Collection
from contextlib import suppress

from localaws.server import LocalAws


def hosted_zone(aws: LocalAws, domain: str) -> str:
    """Make a zone, and give its id."""
    zone = aws.client("route53").create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]
    return str(zone["Id"].rpartition("/")[2])


def secrets(aws: LocalAws, references: Collection[str]) -> dict[str, str]:
    """Make the secrets and parameters that ARNs name and that are not there, with a value for each key asked of them.

    Give for each reference that to its stand-in, whose ARN ends otherwise: AWS makes up the end of a secret's.
    """
    keys: dict[str, list[str]] = {}
    for reference in references:
        arn, key = _split(reference)
        keys.setdefault(arn, []).append(key)
    made = {arn: _made(aws, arn, found) for arn, found in keys.items()}
    return {
        reference: f"{made[arn]}:{key}::" if key else made[arn]
        for reference in references
        for arn, key in [_split(reference)]
    }


def missing_secret(aws: LocalAws) -> str:
    """Name a secret of the account that does not exist."""
    account = aws.client("sts").get_caller_identity()["Account"]
    return f"arn:aws:secretsmanager:{aws.region}:{account}:secret:not-made-AbCdEf"


def _split(reference: str) -> tuple[str, str]:
    """The ARN of a secret or parameter, and the key in the secret; of versions the stand-in has one."""
    parts = reference.split(":")
    return ":".join(parts[:7]), "".join(parts[7:8])


def _made(aws: LocalAws, arn: str, keys: list[str]) -> str:
    service, name = arn.split(":")[2], arn.split(":", 5)[5]
    secrets_manager, parameters = aws.client("secretsmanager"), aws.client("ssm")
    if service == "ssm":
        path = name.removeprefix("parameter")
        with suppress(parameters.exceptions.ParameterAlreadyExists):
            parameters.put_parameter(Name=path, Value="stands in", Type="String")
        return str(parameters.get_parameter(Name=path)["Parameter"]["ARN"])
    with suppress(secrets_manager.exceptions.ResourceNotFoundException):
        return str(secrets_manager.describe_secret(SecretId=arn)["ARN"])
    value = json.dumps(dict.fromkeys(filter(None, keys), "stands in"))
    return str(secrets_manager.create_secret(Name=name.removeprefix("secret:"), SecretString=value)["ARN"])
