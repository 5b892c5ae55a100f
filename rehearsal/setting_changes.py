"""Changes of settings between pushes. Terraform deploys them, and must keep the image that the pipeline deployed."""

from dataclasses import dataclass

from operations.diff.plan import changes
from rehearsal import prerequisites
from rehearsal.deployment import Deployment
from rehearsal.system import CheckError, expect

VARIABLE = "REHEARSED"
"""The environment variable that the rehearsal gives to the container."""

MISSING = "REHEARSED_SECRET"
"""The environment variable for a secret that does not exist."""


@dataclass(frozen=True)
class SettingChanges:
    """Changes of a deployed environment's settings, each deployed and checked."""

    deployment: Deployment

    def set_variable(self, value: str) -> str:
        """Deploy another value of the variable, and return the revision that runs. The image must stay the same."""
        system = self.deployment.system
        image = system.container()["image"]
        if "@sha256:" not in image:
            raise CheckError(f"the service must run an image by its digest, runs {image}")
        environment = {**self.deployment.settings.service.environment, VARIABLE: value}
        self.deployment.change_settings("service", environment=environment)
        self.deployment.apply_changes()
        self.deployment.delivery.wait_for_deployment()
        expect("the image of the changed revision", system.container()["image"], image)
        return f"{self.expect_variable(value)} and the image that ran before"

    def expect_variable(self, value: str) -> str:
        """Return the revision that runs. Its variable must have the given value."""
        system = self.deployment.system
        variables = {item["name"]: item["value"] for item in system.container()["environment"]}
        expect(f"the container's {VARIABLE}", variables.get(VARIABLE), value)
        return f"{system.revision()} with {VARIABLE}={value}"

    def add_missing_secret(self) -> str:
        """Deploy a setting that refers to a missing secret. ECS must roll back to the previous revision."""
        system = self.deployment.system
        before = system.service()["taskDefinition"]
        missing = {MISSING: prerequisites.missing_secret(self.deployment.aws)}
        self.deployment.change_settings("service", secrets={**self.deployment.secrets, **missing})
        self.deployment.apply_changes()
        self.deployment.delivery.wait_for_deployment()
        expect("the revision that runs", system.service()["taskDefinition"], before)
        return f"rolled back to {system.revision()}"

    def expect_planned(self) -> str:
        """Plan the main stack, and return the changes. The plan must again add the missing secret to the service."""
        plan = changes(self.deployment.planner.plan(self.deployment.main))
        planned = [f"{change.verb} {change.address}" for change in plan]
        expected = "change aws_ecs_service.service"
        if expected not in planned:
            raise CheckError(f"a diff must show {expected}, because the service lacks {MISSING}; it shows {planned}")
        return ", ".join(planned)

    def remove_missing_secret(self) -> str:
        """Deploy the settings without the missing secret. The same revision must keep running."""
        system = self.deployment.system
        before = system.service()["taskDefinition"]
        self.deployment.change_settings("service", secrets=self.deployment.secrets)
        self.deployment.apply_changes()
        expect("the revision that runs", system.service()["taskDefinition"], before)
        return f"{system.revision()} runs as before"
