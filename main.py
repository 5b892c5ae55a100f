"""Composition root: settings in, stacks out."""

import tools.outside  # noqa: I001  # first: the other imports take a while, and can be interrupted
import tools.bindings  # noqa: F401  # then: puts its way of loading the provider bindings in force

import os
import sys
from pathlib import Path

from cdktf import App

from settings import Settings, SettingsError, load
from stacks.ci import CiStack
from stacks.dns import DnsStack
from stacks.main import MainStack
from stacks.registry import RegistryStack
from stacks.state import StateStack


def declare(app: App, settings: Settings, *, s3_use_path_style: bool = False) -> None:
    """Declare the three stacks of one environment, and a fourth for CI if it has any."""
    name = settings.environment
    registry = RegistryStack(app, f"{name}-registry", settings=settings, s3_use_path_style=s3_use_path_style)
    dns = DnsStack(app, f"{name}-dns", settings=settings, s3_use_path_style=s3_use_path_style)
    system = MainStack(
        app,
        f"{name}-main",
        settings=settings,
        repository=registry.repository,
        zone=dns.zone,
        s3_use_path_style=s3_use_path_style,
    )
    if settings.ci:
        CiStack(
            app,
            f"{name}-ci",
            settings=settings,
            ci=settings.ci,
            stacks=[registry, dns, system],
            s3_use_path_style=s3_use_path_style,
        )


def main(*, state_buckets: bool = False) -> None:
    """Synthesize every environment of the settings file into the folder that the cdktf command line names.

    Or the buckets of those whose state is in S3, and nothing else: they are made before all else, and once.
    """
    path = Path(os.environ.get("ENVIRONMENTS_FILE") or Path(__file__).with_name("environments.toml"))
    try:
        environments = load(path)
    except SettingsError as error:
        sys.exit(str(error))

    app = App()
    s3_use_path_style = "AWS_ENDPOINT_URL" in os.environ
    for settings in environments:
        if not state_buckets:
            declare(app, settings, s3_use_path_style=s3_use_path_style)
        elif settings.state.backend == "s3":
            StateStack(app, f"{settings.environment}-state", settings=settings, s3_use_path_style=s3_use_path_style)
    app.synth()


if __name__ == "__main__":
    main(state_buckets=sys.argv[1:] == ["state-bucket"])
