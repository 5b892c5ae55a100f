"""Answers of IAM that the local AWS gives, and moto alone does not."""

from localaws.iam import fixes
from tests.support.localaws.fixes import Client, case
from tests.support.localaws.roles import role


@case(fixes.ends_the_list_of_instance_profiles, in_aws=[[], False])
def test_the_instance_profiles_of_a_role(client: Client) -> object:
    role(client, "listed", "ecs-tasks.amazonaws.com")
    listed = client("iam").list_instance_profiles_for_role(RoleName="listed")
    return [listed["InstanceProfiles"], listed.get("IsTruncated")]
