"""Values that a build or a task is given by name, read through their APIs for the role that may read them."""

import json

from localaws.iam.roles import ActingRole


class NoSuchValueError(Exception):
    """A parameter or a key of a secret does not exist; the message says which."""


def parameter(role: ActingRole, name: str) -> str:
    """Read an SSM parameter by its name or its ARN."""
    found = role.client("ssm").get_parameters(Names=[name], WithDecryption=True)["Parameters"]
    if not found:
        raise NoSuchValueError(f"parameter does not exist: {name}")
    return str(found[0]["Value"])


def secret(role: ActingRole, reference: str) -> str:
    """Read `secret-id:json-key:version-stage:version-id`, of which all but the first may be left out.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env.secrets-manager
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    parts = reference.split(":")
    words_of_id = 7 if reference.startswith("arn:") else 1
    key, stage, version = (*parts[words_of_id:], "", "", "")[:3]
    which: dict[str, str] = {"SecretId": ":".join(parts[:words_of_id])}
    which |= {"VersionStage": stage} if stage else {}
    which |= {"VersionId": version} if version else {}
    value = str(role.client("secretsmanager").get_secret_value(**which)["SecretString"])
    if not key:
        return value
    try:
        return str(json.loads(value)[key])
    except (ValueError, KeyError):  # AWS's wording is not published
        raise NoSuchValueError(f"the secret {which['SecretId']} has no JSON key {key}") from None
