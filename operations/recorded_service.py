"""The check that Terraform knows about the running service."""

from typing import TYPE_CHECKING

from operations import command
from operations.sessions import session
from operations.system.service import active_service
from settings import Settings
from settings.names import revision_parameter
from tools.outside import OutsideError

if TYPE_CHECKING:
    from types_boto3_ecs import ECSClient


def check(settings: Settings, session_name: str) -> None:
    """Check that an active service has its SSM parameter, which tells Terraform that the service exists.

    Without the parameter, Terraform would treat the service as new. It would deploy the image that has the watched tag,
    in place of the running image. The parameter is missing in three cases: the environment was last deployed with a
    version before 0.1.0, the first deployment or a `make destroy` was interrupted, or somebody deleted the parameter.

    Args:
        settings: The environment.
        session_name: The name of the role session, which CloudTrail shows.

    Raises:
        OutsideError: The service is active and the parameter is missing.
        ClientError: AWS refuses a request.
    """
    with command.aws_configuration():
        made = session(settings, session_name)
        ecs: ECSClient = made.client("ecs")
        ssm = made.client("ssm")
    if not active_service(ecs, settings):
        return
    parameter = revision_parameter(settings.name)
    try:
        ssm.get_parameter(Name=parameter)
    except ssm.exceptions.ParameterNotFound:
        raise OutsideError(
            f"{settings.environment}: the service {settings.name} is active, but the parameter {parameter} is missing, "
            "so a deployment would replace the image that runs; write the parameter as described in docs/upgrading.md, "
            '"Keep the image that runs"'
        ) from None
