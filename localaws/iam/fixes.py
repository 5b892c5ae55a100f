"""What IAM answers otherwise than moto."""

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse as Response


def ends_the_list_of_instance_profiles() -> None:
    """Answer IsTruncated to ListInstanceProfilesForRole, as every list of IAM does. moto leaves it out.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
    """

    def list_instance_profiles_for_role(self: Response) -> ActionResult:
        profiles = self.backend.get_instance_profiles_for_role(role_name=self._get_param("RoleName"))
        return ActionResult({"InstanceProfiles": profiles, "IsTruncated": False})

    Response.list_instance_profiles_for_role = list_instance_profiles_for_role


FIXES = (ends_the_list_of_instance_profiles,)
