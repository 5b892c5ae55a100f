"""What the programs of this room have in common: where they look, and how they end."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

import toolchain
from settings import Settings, SettingsError, find
from toolchain.cli import CommandError

CONSOLE = Console()
ERROR = 1
INTERRUPTED = 130


def look(environment: str) -> tuple[Settings, Path]:
    """The environment's settings, and cdktf's output folder: both where main.py and cdktf look, too."""
    settings_file = Path(os.environ.get("ENVIRONMENTS_FILE", toolchain.ROOT / "environments.toml"))
    output_folder = Path(os.environ.get("CDKTF_OUTPUT", toolchain.ROOT / "cdktf.out"))
    return find(settings_file, environment), output_folder


def run(program: Callable[[], int]) -> int:
    """Run a program to its exit code; what went wrong is told in one message."""
    # As Ctrl-C does, so that what was started is ended in an orderly way.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return program()
    except (SettingsError, CommandError, ClientError, BotoCoreError) as error:
        return refuse(str(error))
    except KeyboardInterrupt:
        return refuse("interrupted", code=INTERRUPTED)


def refuse(message: str, *, code: int = ERROR) -> int:
    """Say what is wrong; the exit code that goes with it."""
    Console(stderr=True).print(f"✗ {message}", soft_wrap=True, highlight=False, markup=False)
    return code
