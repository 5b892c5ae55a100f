"""The move of a deployed environment's state from local files into a bucket."""

import sys
from dataclasses import dataclass

from rehearsal.deployment import Deployment
from rehearsal.system import expect
from tools import toolchain
from tools.toolchain import processes
from tools.toolchain.commands import CommandError


@dataclass(frozen=True)
class StateMove:
    """The bucket for the state of an environment, and the move into it."""

    deployment: Deployment

    @property
    def bucket(self) -> str:
        """The name of the bucket in the settings. If the settings have none, the rehearsal makes a name."""
        settings = self.deployment.settings
        return settings.state.bucket or f"{settings.name}-state"

    def make_bucket(self) -> str:
        """Run `make state-bucket`, and return what it printed."""
        self.deployment.change_settings("state", backend="s3", bucket=self.bucket)
        command = [sys.executable, "-m", "operations.state_bucket", self.deployment.settings.environment]
        code, output = processes.run(
            command, cwd=toolchain.ROOT, environment=self.deployment.cdktf.variables, on_line=lambda _: None
        )
        if code:
            raise CommandError("make state-bucket", code, output)
        return output.strip()

    def move(self) -> str:
        """Move the state of all stacks, and return the keys of the objects in the bucket."""
        expect("the content of the new bucket", self._keys(), [])
        self.deployment.cdktf.move_state(*self.deployment.stacks)
        return ", ".join(self._keys())

    def _keys(self) -> list[str]:
        listed = self.deployment.aws.client("s3").list_objects_v2(Bucket=self.bucket)
        return [item["Key"] for item in listed.get("Contents", [])]
