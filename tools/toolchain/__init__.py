"""The tools that the project runs on: which Node, Terraform and AWS provider, and how cdktf is told."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.toolchain import processes, provider, terraform
from tools.toolchain.variables import VariableError, admitted, with_folders_of_our_own

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.prefix) / "bin"
NODE = BIN / "node"
CDKTF = ROOT / "node_modules" / ".bin" / "cdktf"

PLAIN = {"CI": "true", "FORCE_COLOR": "0", "TTY_COMPATIBLE": "0"}
"""What makes cdktf write plain lines, without a terminal's colors and spinners."""


def environment(base: Mapping[str, str] = os.environ, *, moves_state: bool = False) -> dict[str, str]:
    """The variables under which cdktf and Terraform run: those of `base`, and what leads to the project's own tools.

    Args:
        base: The user's variables.
        moves_state: Whether the command is to move the state.

    Raises:
        VariableError: One of `base` would have Terraform do something else than is shown.
    """
    variables = with_folders_of_our_own(admitted(base, moves_state=moves_state), ROOT / ".tools" / "cache")
    variables["PATH"] = os.pathsep.join([str(BIN), str(CDKTF.parent), base.get("PATH", os.defpath)])
    variables["JSII_NODE"] = str(NODE)
    # Nobody's laptop or CI job reports to HashiCorp's version service.
    variables["CHECKPOINT_DISABLE"] = "1"
    if named := variables.get("TERRAFORM_BINARY_NAME"):
        terraform.refuse_unless_it_runs(named, variables["PATH"])
    else:
        variables["TERRAFORM_BINARY_NAME"] = terraform.find(base)
    return provider.configure(variables, written_to=ROOT / ".tools" / "terraform.tfrc")


def output_folder(variables: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that cdktf writes to.

    Raises:
        VariableError: It is the project's own, or one above that.
    """
    folder = Path(variables.get("CDKTF_OUTPUT") or ROOT / "cdktf.out")
    if folder.resolve() in (ROOT, *ROOT.parents):
        raise VariableError(f"CDKTF_OUTPUT={folder} is a folder with the project in it. Name one for output alone.")
    return folder


def for_cdktf(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with a Terraform that tells cdktf when it was killed.

    cdktf asks for its version through a shell, so it gets a name without the project's path, which may have spaces.
    """
    return {
        **variables,
        "PATH": os.pathsep.join([str(Path(__file__).parent), variables["PATH"]]),
        "TERRAFORM": variables["TERRAFORM_BINARY_NAME"],
        "TERRAFORM_BINARY_NAME": processes.FOR_CDKTF,
    }
