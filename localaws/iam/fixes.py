"""What IAM does and moto does not."""

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse as Response


def ends_the_list_of_instance_profiles() -> None:
    """ListInstanceProfilesForRole says whether there is more, as each list of IAM does; moto's does not.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
    """

    def list_instance_profiles_for_role(self: Response) -> ActionResult:
        profiles = self.backend.get_instance_profiles_for_role(role_name=self._get_param("RoleName"))
        return ActionResult({"InstanceProfiles": profiles, "IsTruncated": False})

    Response.list_instance_profiles_for_role = list_instance_profiles_for_role


FIXES = (ends_the_list_of_instance_profiles,)
