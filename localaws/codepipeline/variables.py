"""Variables in the configuration of an action: `#{Namespace.Variable}`.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-variables.html
"""

import re

from localaws.codepipeline.execution import ActionFailedError

_REFERENCE = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)\}")


def resolve(action: str, configuration: dict[str, str], variables: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the configuration of an action. The values of the variables replace the references to them.

    Raises:
        ActionFailedError: A variable does not exist. The error has AWS's message, followed by the reference to it.
    """

    def value(reference: re.Match[str]) -> str:
        namespace, name = reference.groups()
        try:
            return variables[namespace][name]
        except KeyError:
            raise ActionFailedError(
                "ConfigurationError",
                "An action in this pipeline failed because one or more variables could not be resolved: "
                f"Action name={action}. Unresolved: {reference[0]}",
            ) from None

    return {key: _REFERENCE.sub(value, text) for key, text in configuration.items()}
