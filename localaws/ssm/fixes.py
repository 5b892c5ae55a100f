"""What Systems Manager does and moto does not."""

from typing import Any

from moto.ssm.models import Parameter


def lists_no_policies() -> None:
    """A parameter without policies has an empty list of them; moto's has none.

    https://docs.aws.amazon.com/cli/latest/reference/ssm/describe-parameters.html#examples
    """
    describe = Parameter.describe_response_object

    def describe_response_object(self: Parameter, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return {"Policies": [], **describe(self, *args, **kwargs)}

    Parameter.describe_response_object = describe_response_object


FIXES = (lists_no_policies,)
