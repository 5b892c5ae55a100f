"""CodeBuild's API with builds that run. In moto, each build succeeds at once with invented details."""

import json
from typing import ClassVar

from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from localaws.codebuild import views
from localaws.json_types import json_object
from localaws.runner import Runner


class CodeBuildApi(CodeBuildResponse):
    """The operations of CodeBuild.

    https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Operations.html
    """

    runner: ClassVar[Runner]

    def start_build(self) -> ActionResult:
        """Start a build. Only the ARN of the build and the refusal of an unknown project come from moto."""
        invented = json_object(super().start_build().result)
        build = self.runner.build(self.region, invented["build"]["arn"], json.loads(self.body))
        return ActionResult({"build": views.build(build)})

    def batch_get_builds(self) -> ActionResult:
        """Return builds, and the requested ids that no build has."""
        ids = self._get_param("ids")
        builds = [views.build(self.runner.builds[id_]) for id_ in ids if id_ in self.runner.builds]
        return ActionResult({"builds": builds, "buildsNotFound": [id_ for id_ in ids if id_ not in self.runner.builds]})
