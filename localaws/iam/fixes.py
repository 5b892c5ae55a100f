"""Fixes for IAM where moto answers differently from AWS."""

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse as Response


def ends_the_list_of_instance_profiles() -> None:
    """Return `IsTruncated` from ListInstanceProfilesForRole, as all list operations of IAM do.

    moto omits this field.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html
    """

    def list_instance_profiles_for_role(self: Response) -> ActionResult:
        profiles = self.backend.get_instance_profiles_for_role(role_name=self._get_param("RoleName"))
        return ActionResult({"InstanceProfiles": profiles, "IsTruncated": False})

    Response.list_instance_profiles_for_role = list_instance_profiles_for_role


FIXES = (ends_the_list_of_instance_profiles,)
