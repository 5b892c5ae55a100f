"""Environments as the stacks deploy them, with a repository, a pipeline and a service, but without Terraform."""

from dataclasses import dataclass, field
from typing import Any

from operations.images.repository import Repository
from rehearsal.images.image import push_image
from tests.support.localaws.aws_pipeline import System, clients


@dataclass
class Deployed(System):
    """An environment as the stacks deploy it, with one container."""

    service_name: str = field(default="", kw_only=True)
    architecture: str = "X86_64"
    tags: list[Any] = field(default_factory=lambda: ["latest"])

    def create(self) -> System:
        detail = {"action-type": ["PUSH"], "result": ["SUCCESS"], "image-tag": self.tags}
        self.pattern = {"source": ["aws.ecr"], "detail": detail | {"repository-name": [self.name]}}
        return super().create()

    def task(self) -> dict[str, Any]:
        task = super().task()
        return task | {"runtimePlatform": {"cpuArchitecture": self.architecture, "operatingSystemFamily": "LINUX"}}

    @property
    def repository(self) -> Repository:
        return Repository(self.aws.client("ecr"), self.name)

    def deliver(self, content: bytes, tag: str = "latest") -> str:
        """Push an image with its attestation, and wait until it is live."""
        pushed = push_image(self.aws.client("ecr"), self.name, tag, content)
        delivery = self.delivery(**{"image-digest": pushed, "image-tag": tag, "action-type": "PUSH"})
        assert self.over(delivery["targets"][0]["started"])["status"] == "Succeeded"
        return pushed

    def start_image(self, digest: str) -> str:
        """Start an execution with an image as its source, and return its id."""
        source = {"actionName": "Push", "revisionType": "IMAGE_DIGEST", "revisionValue": digest}
        return self.start(sourceRevisions=[source])

    def runs(self) -> str:
        image: str = self.task_definition()["containerDefinitions"][0]["image"]
        return image

    def started(self) -> list[tuple[str, str]]:
        """How each execution since the first one was started, and how it ended."""
        return [(each["trigger"]["triggerType"], each["status"]) for each in self.executions()[1:]]


def deployed(name: str, **how: Any) -> Deployed:
    """Deploy an environment, whose first execution has ended."""
    made = Deployed(clients(), name, by_digest=True, **{"service_name": name} | how)
    made.create()
    made.over(made.executions()[0]["pipelineExecutionId"])
    return made
