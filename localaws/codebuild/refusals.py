"""What CodeBuild refuses and moto takes."""

from moto.codebuild.exceptions import InvalidInputException
from moto.codebuild.responses import CodeBuildResponse as Response
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from localaws.iam.roles import CODEBUILD
from localaws.iam.service_principals import admits


def a_project_whose_role_does_not_trust_it() -> None:
    """A project whose role is not there, or does not trust CodeBuild.

    https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html
    """
    create = Response.create_project

    def create_project(self: Response) -> ActionResult:
        arn = str(self._get_param("serviceRole"))
        try:
            role = iam_backends[self.current_account][self.partition].get_role_by_arn(arn)
        except NotFoundException:
            role = None
        if role is None or not admits(role.assume_role_policy_document, CODEBUILD):
            raise InvalidInputException(f"CodeBuild is not authorized to perform: sts:AssumeRole on {arn}")
        return create(self)

    Response.create_project = create_project


REFUSALS = (a_project_whose_role_does_not_trust_it,)
