"""The program that cdktf runs. It reads the settings, and declares the stacks of each environment."""

import tools.outside  # noqa: I001  # first, because it handles Ctrl-C during the other imports
import tools.bindings  # noqa: F401  # before cdktf, because it installs the loader of the bindings

import argparse
import os
import sys

from cdktf import App

from settings import Settings, SettingsError, find, load
from settings.location import settings_file
from stacks.ci import CiStack
from stacks.dns import DnsStack
from stacks.main import MainStack
from stacks.registry import RegistryStack
from stacks.stack import PATH_STYLE_S3
from stacks.state import StateStack


def declare(app: App, settings: Settings) -> None:
    """Declare the stacks of one environment, except the stack of the state bucket."""
    names = settings.stacks
    registry = RegistryStack(app, names.registry, settings=settings)
    dns = DnsStack(app, names.dns, settings=settings)
    system = MainStack(app, names.main, settings=settings, repository=registry.repository, zone=dns.zone)
    if settings.github:
        CiStack(
            app,
            names.ci,
            settings=settings,
            github=settings.github,
            repository=registry.repository,
            service=system.service,
            pipeline=system.pipeline,
            stacks=[registry, dns, system],
        )


def main(*, environment: str | None = None, state_buckets: bool = False) -> None:
    """Synthesize the stacks of the settings file into the folder that the variable CDKTF_OUTDIR names.

    Args:
        environment: The name of the only environment to synthesize. By default, every environment is synthesized.
        state_buckets: Whether to synthesize only the stacks of the state buckets. They are deployed before all others.
    """
    file = settings_file(os.environ)
    try:
        environments = load(file) if environment is None else [find(file, environment)]
    except SettingsError as error:
        sys.exit(str(error))

    app = App(context={PATH_STYLE_S3: True} if "AWS_ENDPOINT_URL" in os.environ else None)
    for settings in environments:
        if not state_buckets:
            declare(app, settings)
        elif settings.state.backend == "s3":
            StateStack(app, settings.stacks.state, settings=settings)
    app.synth()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python main.py", description=__doc__)
    parser.add_argument("--environment", help="synthesize only this environment")
    parser.add_argument("--state-buckets", action="store_true", help="synthesize only the stacks of the state buckets")
    main(**vars(parser.parse_args()))
