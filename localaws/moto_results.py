"""The results of moto's API operations."""

from moto.core.responses import ActionResult

from localaws.json_types import JsonObject


def members(answer: ActionResult) -> JsonObject:
    """Return the members of an operation's result, which moto types as an object.

    Raises:
        TypeError: The result is not a dictionary.
    """
    if not isinstance(answer.result, dict):
        raise TypeError(f"the result of a moto operation must be a dictionary, got {answer.result!r}")
    return answer.result
