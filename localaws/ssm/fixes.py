"""What Systems Manager answers otherwise than moto."""

from collections.abc import Callable

from moto.ssm.models import Parameter

from localaws.json_types import JsonObject


def lists_no_policies() -> None:
    """List no policies of a parameter as an empty list. moto leaves the list out.

    https://docs.aws.amazon.com/cli/latest/reference/ssm/describe-parameters.html#examples
    """
    describe: Callable[..., JsonObject] = Parameter.describe_response_object

    def describe_response_object(self: Parameter, *args: object, **kwargs: object) -> JsonObject:
        return {"Policies": [], **describe(self, *args, **kwargs)}

    Parameter.describe_response_object = describe_response_object


FIXES = (lists_no_policies,)
