"""The environment variables of a build. A build inherits only PATH from the environment of the local AWS.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
"""

from botocore.exceptions import ClientError

from localaws.codebuild.buildspec import Buildspec
from localaws.codebuild.progress import PhaseFailedError
from localaws.iam.roles import AssumedRole
from localaws.secret_values import NoSuchValueError, parameter, secret


def variables(role: AssumedRole, spec: Buildspec, *declared: list[dict[str, str]]) -> dict[str, str]:
    """Return the environment variables of a build, with the values of parameters and secrets.

    Args:
        role: The role of the build, which reads the parameters and secrets.
        spec: The buildspec.
        declared: Lists of variables in the form of CodeBuild's API. A variable in a list overrides the variable with
            the same name in the buildspec and in earlier lists.
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


def _value(role: AssumedRole, variable: dict[str, str]) -> str:
    read = {"PARAMETER_STORE": parameter, "SECRETS_MANAGER": secret}.get(variable.get("type", "PLAINTEXT"))
    if not read:
        return variable["value"]
    try:
        return read(role, variable["value"])
    except ClientError as error:
        raise _undecrypted("{Code}: {Message}".format(**error.response["Error"])) from None
    except NoSuchValueError as error:
        raise _undecrypted(str(error)) from None


def _undecrypted(message: str) -> PhaseFailedError:
    return PhaseFailedError("Decrypted Variables Error", message)
