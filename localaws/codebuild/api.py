"""Builds behind the API of CodeBuild: moto succeeds with each at once, and invents what it says of one."""

import json
from typing import Any, ClassVar

from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from localaws.codebuild import views
from localaws.runner import Runner


class CodeBuildApi(CodeBuildResponse):
    """https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Operations.html"""

    runner: ClassVar[Runner]

    def start_build(self) -> ActionResult:
        """moto refuses an unknown project and chooses the id; what it then pretends to have built is not shown."""
        pretended: Any = super().start_build().result
        build = self.runner.build(self.region, pretended["build"]["arn"], json.loads(self.body))
        return ActionResult({"build": views.build(build)})

    def batch_get_builds(self) -> ActionResult:
        ids = self._get_param("ids")
        builds = [views.build(self.runner.builds[id_]) for id_ in ids if id_ in self.runner.builds]
        return ActionResult({"builds": builds, "buildsNotFound": [id_ for id_ in ids if id_ not in self.runner.builds]})
