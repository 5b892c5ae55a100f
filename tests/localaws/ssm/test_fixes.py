"""Answers of Systems Manager that the local AWS gives, and moto alone does not."""

from localaws.ssm import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.lists_no_policies, in_aws=[])
def test_the_policies_of_a_parameter_without_any(client: Client) -> object:
    ssm = client("ssm")
    ssm.put_parameter(Name="/service/plain", Value="text", Type="String")
    return ssm.describe_parameters()["Parameters"][0]["Policies"]
