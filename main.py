"""Composition root: settings in, stacks out."""

import tools.outside  # noqa: I001  # first, so that an interruption during the other imports is handled
import tools.bindings  # noqa: F401  # before cdktf: installs the loader of the provider bindings

import os
import sys
from pathlib import Path

from cdktf import App

from settings import Settings, SettingsError, load
from stacks.ci import CiStack
from stacks.dns import DnsStack
from stacks.main import MainStack
from stacks.registry import RegistryStack
from stacks.stack import PATH_STYLE_S3
from stacks.state import StateStack


def declare(app: App, settings: Settings) -> None:
    """Declare the stacks of one environment."""
    name = settings.environment
    registry = RegistryStack(app, f"{name}-registry", settings=settings)
    dns = DnsStack(app, f"{name}-dns", settings=settings)
    system = MainStack(app, f"{name}-main", settings=settings, repository=registry.repository, zone=dns.zone)
    if settings.ci:
        CiStack(app, f"{name}-ci", settings=settings, ci=settings.ci, stacks=[registry, dns, system])


def main(*, state_buckets: bool = False) -> None:
    """Synthesize every environment of the settings file into the folder that the cdktf command line names.

    Args:
        state_buckets: Whether to synthesize only the state buckets, which are deployed before all other stacks.
    """
    path = Path(os.environ.get("ENVIRONMENTS_FILE") or Path(__file__).with_name("environments.toml"))
    try:
        environments = load(path)
    except SettingsError as error:
        sys.exit(str(error))

    app = App(context={PATH_STYLE_S3: True} if "AWS_ENDPOINT_URL" in os.environ else None)
    for settings in environments:
        if not state_buckets:
            declare(app, settings)
        elif settings.state.backend == "s3":
            StateStack(app, f"{settings.environment}-state", settings=settings)
    app.synth()


if __name__ == "__main__":
    main(state_buckets=sys.argv[1:] == ["state-bucket"])
