"""Values of SSM parameters and secrets, read with the role of a build or a task."""

import json

from localaws.iam.roles import AssumedRole


class NoSuchValueError(Exception):
    """An SSM parameter or a JSON key of a secret does not exist. The message names the parameter or the key."""


def parameter(role: AssumedRole, name: str) -> str:
    """Return the value of an SSM parameter, by its name or ARN."""
    found = role.client("ssm").get_parameters(Names=[name], WithDecryption=True)["Parameters"]
    if not found:
        raise NoSuchValueError(f"parameter does not exist: {name}")
    return str(found[0]["Value"])


def secret(role: AssumedRole, reference: str) -> str:
    """Return the value of a secret, or of one JSON key of the secret.

    Args:
        role: The role that reads the secret.
        reference: `secret-id:json-key:version-stage:version-id`. Only the secret id is required.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env.secrets-manager
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    parts = reference.split(":")
    id_parts = 7 if reference.startswith("arn:") else 1
    key, stage, version = (*parts[id_parts:], "", "", "")[:3]
    selector: dict[str, str] = {"SecretId": ":".join(parts[:id_parts])}
    selector |= {"VersionStage": stage} if stage else {}
    selector |= {"VersionId": version} if version else {}
    value = str(role.client("secretsmanager").get_secret_value(**selector)["SecretString"])
    if not key:
        return value
    try:
        return str(json.loads(value)[key])
    except (ValueError, KeyError):  # AWS does not document the message
        raise NoSuchValueError(f"the secret {selector['SecretId']} has no JSON key {key}") from None
