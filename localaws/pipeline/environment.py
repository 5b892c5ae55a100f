"""The environment variables of a build, and nothing of the local AWS's own environment but PATH.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from .buildspec import Buildspec
from .phases import PhaseFailedError
from .roles import ActingRole


def variables(role: ActingRole, spec: Buildspec, *declared: list[dict[str, str]]) -> dict[str, str]:
    """Give the buildspec's variables, and over them those declared as CodeBuild's API has them; the later list wins.

    Those of type PARAMETER_STORE and SECRETS_MANAGER are read through their APIs for the build's role.
    """
    found = dict(spec.variables)
    typed = [
        *({"name": name, "value": value, "type": "PARAMETER_STORE"} for name, value in spec.parameter_store.items()),
        *({"name": name, "value": value, "type": "SECRETS_MANAGER"} for name, value in spec.secrets_manager.items()),
        *(variable for variables_ in declared for variable in variables_),
    ]
    for variable in typed:
        found[variable["name"]] = _value(role, variable)
    return found


def _value(role: ActingRole, variable: dict[str, str]) -> str:
    read = {"PARAMETER_STORE": _parameter, "SECRETS_MANAGER": _secret}.get(variable.get("type", "PLAINTEXT"))
    if not read:
        return variable["value"]
    try:
        return read(role, variable["value"])
    except ClientError as error:
        raise _undecrypted("{Code}: {Message}".format(**error.response["Error"])) from None


def _parameter(role: ActingRole, name: str) -> str:
    answer = role.client("ssm").get_parameters(Names=[name], WithDecryption=True)
    if not answer["Parameters"]:
        raise _undecrypted(f"parameter does not exist: {name}")
    return str(answer["Parameters"][0]["Value"])


def _secret(role: ActingRole, reference: str) -> str:
    """Read `secret-id:json-key:version-stage:version-id`, of which all but the first may be left out.

    https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env.secrets-manager
    """
    parts = reference.split(":")
    words_of_id = 7 if reference.startswith("arn:") else 1
    key, stage, version = (*parts[words_of_id:], "", "", "")[:3]
    which: dict[str, Any] = {"SecretId": ":".join(parts[:words_of_id])}
    which |= {"VersionStage": stage} if stage else {}
    which |= {"VersionId": version} if version else {}
    secret = str(role.client("secretsmanager").get_secret_value(**which)["SecretString"])
    if not key:
        return secret
    try:
        return str(json.loads(secret)[key])
    except (ValueError, KeyError):  # AWS's wording is not published
        raise _undecrypted(f"the secret {which['SecretId']} has no JSON key {key}") from None


def _undecrypted(message: str) -> PhaseFailedError:
    return PhaseFailedError("Decrypted Variables Error", message)
