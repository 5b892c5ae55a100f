"""The programs that `make bench` measures. Each of them synthesizes a number of environments."""

import os
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from settings.location import FILE_VARIABLE
from tools import toolchain

PUBLISHED = toolchain.ROOT / "tests" / "support" / "environments.toml"
"""The settings with which the project is published. Its environment `dev` is the system of the article."""

INSTALLED = toolchain.ROOT / ".tools" / "bench"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """A number of environments, and a folder with their settings file and their synthesized stacks."""

    environments: int
    folder: Path

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "environments.toml"

    @property
    def synthesized(self) -> Path:
        """The stacks that this project synthesizes from the settings file."""
        return self.folder / "cdktf.out"

    def write(self, synthesized: Mapping[str, bytes]) -> None:
        """Write the stacks that this project has synthesized."""
        for path, content in synthesized.items():
            (self.synthesized / path).parent.mkdir(parents=True, exist_ok=True)
            (self.synthesized / path).write_bytes(content)

    def write_settings(self) -> None:
        """Create the folder, and write the settings file: copies of the article's system, each with its own domain."""
        self.folder.mkdir()
        published = tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))
        copies = {
            f"e{number}": {**published["dev"], "domain": f"e{number}.example.com"}
            for number in range(1, self.environments + 1)
        }
        self.settings.write_text(tomli_w.dumps({"defaults": published["defaults"], **copies}), encoding="utf-8")


@dataclass(frozen=True)
class Way:
    """A program that synthesizes a case.

    Args:
        name: The name in tables.
        command: Returns the command line for a case.
        output: The environment variable that names the output folder.
        color: The color in the plot.
    """

    name: str
    command: Callable[[Case], list[str]]
    output: str
    color: str

    def variables(self, case: Case, output: Path) -> dict[str, str]:
        """Return the environment variables of the program. All programs use the Node of this project."""
        path = os.pathsep.join([str(toolchain.BIN), os.environ["PATH"]])
        return {**_neutral(os.environ), "PATH": path, FILE_VARIABLE: str(case.settings), self.output: str(output)}


def _neutral(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without those of a kept rehearsal, which change what is synthesized."""
    return {name: value for name, value in variables.items() if not name.startswith("AWS_")}


OURS = Way("this project", lambda _: [sys.executable, "main.py"], "CDKTF_OUTDIR", "#0969da")
STOCK = Way("stock import", lambda _: [sys.executable, "-m", "tools.bench.stock"], "CDKTF_OUTDIR", "#8250df")
AWS_CDK = Way(
    "AWS CDK for Python",
    lambda case: [
        str(INSTALLED / "aws_cdk" / "bin" / "python"),
        str(HERE / "aws_cdk" / "app.py"),
        str(case.environments),
    ],
    "CDK_OUTDIR",
    "#bc4c00",
)
NODE = Way(
    "cdktf for Node",
    lambda case: [
        str(toolchain.NODE),
        "--preserve-symlinks-main",  # the link is next to the packages
        str(INSTALLED / "node" / "app.js"),
        str(case.synthesized),
    ],
    "CDKTF_OUTDIR",
    "#1a7f37",
)
WAYS = (OURS, NODE, AWS_CDK, STOCK)
