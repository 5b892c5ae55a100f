"""Node, Terraform, the AWS provider and cdktf, as the project runs them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.toolchain import process_tree, provider, terraform
from tools.toolchain.variables import VariableError, filtered, with_absolute_paths, with_writable_folders

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.prefix) / "bin"
NODE = BIN / "node"

CDKTF = next(
    filter(Path.exists, (folder / "node_modules" / ".bin" / "cdktn" for folder in (Path(sys.prefix), ROOT))),
    ROOT / "node_modules" / ".bin" / "cdktf",
)
"""The command line of cdktf, or of its successor if this environment or the project has the successor."""

KEPT_REHEARSAL = ROOT / ".rehearsal" / "env"
"""The file with the variables of the newest kept rehearsal. It exists as long as a rehearsal is kept."""

PLAIN = {"CI": "true", "FORCE_COLOR": "0", "TTY_COMPATIBLE": "0"}
"""Variables that make cdktf write plain lines, without colors and spinners."""


def environment(base: Mapping[str, str] = os.environ, *, moves_state: bool = False) -> dict[str, str]:
    """Return the environment variables for cdktf and Terraform.

    They are the user's variables, and variables that select the project's tools.

    Args:
        base: The user's variables.
        moves_state: Whether the command moves the state to another backend.

    Raises:
        VariableError: One of the user's variables would change what Terraform does.
    """
    given = with_absolute_paths(filtered(base, moves_state=moves_state))
    variables = with_writable_folders(given, ROOT / ".tools" / "cache")
    variables["PATH"] = os.pathsep.join([str(BIN), str(CDKTF.parent), base.get("PATH", os.defpath)])
    variables["JSII_NODE"] = str(NODE)
    # Without this, Terraform and cdktf would report each run to HashiCorp's version service.
    variables["CHECKPOINT_DISABLE"] = "1"
    # Terraform and the provider live for seconds, with hundreds of MB of schemas: Go's default of 100 spends a fifth of
    # their CPU time on garbage collection. https://go.dev/doc/gc-guide#GOGC
    variables.setdefault("GOGC", "400")
    if named := variables.get("TERRAFORM_BINARY_NAME"):
        terraform.refuse_unless_it_runs(named, variables["PATH"])
    else:
        variables["TERRAFORM_BINARY_NAME"] = terraform.find(base)
    return provider.configure(variables, written_to=ROOT / ".tools" / "terraform.tfrc")


def output_folder(variables: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that cdktf writes to.

    Raises:
        VariableError: The folder contains the project.
    """
    folder = Path(variables.get("CDKTF_OUTPUT") or ROOT / "cdktf.out")
    if folder.resolve() in (ROOT, *ROOT.parents):
        raise VariableError(f"CDKTF_OUTPUT={folder} contains the project. Name a folder that is only for output.")
    return folder


def synthesis(*selection: str) -> list[str]:
    """Return the command that runs main.py with these options. It writes into the folder in CDKTF_OUTDIR.

    `cdktf synth` would delete the folders of all stacks that the options do not select, with their plans. It would also
    need two more seconds.
    """
    return [sys.executable, str(ROOT / "main.py"), *selection]


def of_environment(name: str) -> list[str]:
    """Return the options of main.py that select the stacks of one environment."""
    return [f"--environment={name}"]


def for_cdktf(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for cdktf. With them, cdktf runs Terraform through `terraform-for-cdktf`.

    The exit code of the script tells cdktf if Terraform was killed. cdktf calls the script in a shell. The path of the
    project may have spaces, so cdktf gets only the script's name, and finds the script on the PATH.
    """
    return {
        **variables,
        "PATH": os.pathsep.join([str(Path(__file__).parent), variables["PATH"]]),
        "TERRAFORM": variables["TERRAFORM_BINARY_NAME"],
        "TERRAFORM_BINARY_NAME": process_tree.FOR_CDKTF,
    }
