"""What CodeBuild refuses and moto takes."""

import json
from collections.abc import Callable

from moto.codebuild.exceptions import InvalidInputException
from moto.codebuild.responses import CodeBuildResponse as Response
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from localaws.codebuild.fixes import LAMBDA_COMPUTE
from localaws.iam.roles import CODEBUILD
from localaws.iam.service_principals import allows_service


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
        if role is None or not allows_service(role.assume_role_policy_document, CODEBUILD):
            raise InvalidInputException(f"CodeBuild is not authorized to perform: sts:AssumeRole on {arn}")
        return create(self)

    Response.create_project = create_project


def a_time_out_of_the_queue_on_lambda_compute() -> None:
    """A project on Lambda compute, made or changed, with a time-out of the queue.

    https://docs.aws.amazon.com/codebuild/latest/userguide/lambda.html#lambda.limitations
    https://github.com/hashicorp/terraform-provider-aws/issues/34376
    """

    def unless_queued_on_lambda(answer: Callable[[Response], ActionResult]) -> Callable[[Response], ActionResult]:
        def answered(self: Response) -> ActionResult:
            asked = json.loads(self.body)
            known = self.codebuild_backend.codebuild_projects.get(asked["name"].rpartition("/")[2])
            environment = asked.get("environment") or (known.project_metadata["environment"] if known else {})
            if "queuedTimeoutInMinutes" in asked and environment.get("type") in LAMBDA_COMPUTE:
                raise InvalidInputException("Cannot specify queuedTimeoutInMinutes for lambda compute")
            return answer(self)

        return answered

    Response.create_project = unless_queued_on_lambda(Response.create_project)
    Response.update_project = unless_queued_on_lambda(Response.update_project)


REFUSALS = (a_project_whose_role_does_not_trust_it, a_time_out_of_the_queue_on_lambda_compute)
