"""What IAM answers, our server too, and moto alone does not."""

from localaws.iam import fixes
from tests.support.localaws.fixes import Client, case


@case(fixes.ends_the_list_of_instance_profiles, in_aws=[[], False])
def test_the_instance_profiles_of_a_role(client: Client) -> object:
    client("iam").create_role(RoleName="listed", AssumeRolePolicyDocument="{}")
    listed = client("iam").list_instance_profiles_for_role(RoleName="listed")
    return [listed["InstanceProfiles"], listed.get("IsTruncated")]
