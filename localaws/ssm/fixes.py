"""Fixes for Systems Manager where moto answers differently from AWS."""

from collections.abc import Callable

from moto.ssm.models import Parameter

from localaws.json_types import JsonObject


def lists_no_policies() -> None:
    """Return an empty list of policies for a parameter without policies.

    moto omits the list.

    https://docs.aws.amazon.com/cli/latest/reference/ssm/describe-parameters.html#examples
    """
    describe: Callable[..., JsonObject] = Parameter.describe_response_object

    def describe_response_object(self: Parameter, *args: object, **kwargs: object) -> JsonObject:
        return {"Policies": [], **describe(self, *args, **kwargs)}

    Parameter.describe_response_object = describe_response_object


FIXES = (lists_no_policies,)
