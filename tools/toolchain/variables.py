"""Which of a user's variables reach cdktf, Terraform and Python.

Whoever has variables for other projects in the shell must get the same plans as everybody: Terraform takes options from
variables too, and one of these makes it plan a part, or look for its state elsewhere.

https://developer.hashicorp.com/terraform/cli/config/environment-variables
https://docs.python.org/3/using/cmdline.html#environment-variables
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.outside import OutsideError

ARGUMENTS = "TF_CLI_ARGS"
"""Options for each command of Terraform; `TF_CLI_ARGS_plan` for one."""

ALLOWED = {
    "init": ("-lock-timeout", "-no-color"),
    "import": ("-lock-timeout", "-no-color", "-parallelism"),
    **dict.fromkeys(
        ("apply", "destroy", "plan", "refresh"), ("-compact-warnings", "-lock-timeout", "-no-color", "-parallelism")
    ),
}
"""By command, the options that change neither what is planned, nor where the state is, nor what is printed."""

OF_ANY_COMMAND = ("-no-color",)
"""The option that each of the other commands knows, and so what stands for all commands."""

MOVES_STATE = "-force-copy"
"""What has `terraform init` move the state without a question."""

ELSEWHERE = {
    "TF_WORKSPACE": "an environment is a table of environments.toml, and each stack has a state of its own",
    "TF_DATA_DIR": "each stack has a folder of its own below cdktf.out",
    "TF_REATTACH_PROVIDERS": "the AWS provider is the one that Terraform installs",
}
"""What would lead Terraform to another state or provider, and what there is instead."""

OF_CDKTF = frozenset(
    f"CDKTF_{name}"
    for name in (
        *("AUTO_APPROVE", "CONTEXT_JSON", "DISABLE_PLUGIN_CACHE_ENV", "DISABLE_STACK_TRACE", "HOME", "LOG_LEVEL"),
        *("OUTDIR", "OUTPUT", "PARALLELISM", "SKIP_PROVIDER_LOCK", "TERRAFORM_PARALLELISM"),
    )
)
"""The variables of cdktf that change nothing of what is synthesized and shown. It takes each of its options from one.

https://developer.hashicorp.com/terraform/cdktf/create-and-deploy/environment-variables
"""

WITHOUT = ("PYTHONHOME", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONSAFEPATH", "PYTHONWARNINGS")
"""What would have Python run the project otherwise than everywhere. The Makefile takes the same ones away."""


class VariableError(OutsideError):
    """A variable of the user's would have Terraform do something else than is shown; the message names it."""


def admitted(variables: Mapping[str, str], *, moves_state: bool = False) -> dict[str, str]:
    """Return the variables without those that the project does better without.

    Args:
        variables: The user's.
        moves_state: Whether the command is to move the state, so that an option of `terraform init` may say how.

    Raises:
        VariableError: One must be unset first. Nothing else is to be done without the user: it may be meant.
    """
    if faults := [*_elsewhere(variables), *_of_cdktf(variables), *_arguments(variables, moves_state=moves_state)]:
        raise VariableError("\n".join(faults))
    return {name: value for name, value in variables.items() if name not in WITHOUT}


def with_folders_of_our_own(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the variables, and in them `folder` as the place to write to where HOME or /tmp is none.

    A container's user often has neither. The Makefile does the same.
    """
    own: dict[str, str] = {}
    if not _is_writable(variables.get("HOME", "")):
        own |= {"npm_config_cache": str(folder / "npm"), "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(folder / "jsii")}
    if not _is_writable(variables.get("TMPDIR") or "/tmp"):  # noqa: S108 - where Python and Node look, too
        temporary = folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        return {**own, **variables, "TMPDIR": str(temporary)}
    return {**own, **variables}


def _is_writable(folder: str) -> bool:
    return Path(folder).is_dir() and os.access(folder, os.W_OK)


def _elsewhere(variables: Mapping[str, str]) -> Iterator[str]:
    for name, instead in ELSEWHERE.items():
        value = variables.get(name, "")
        if value and (name, value) != ("TF_WORKSPACE", "default"):
            yield f"{name}={value} would lead Terraform elsewhere. Unset it: {instead}."


def _of_cdktf(variables: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(variables):
        if name.startswith("CDKTF_") and name not in OF_CDKTF:
            yield f"{name} is an option of cdktf. Unset it: what is synthesized, shown and applied is a whole stack."


def _arguments(variables: Mapping[str, str], *, moves_state: bool) -> Iterator[str]:
    for name in sorted(variables):
        if name != ARGUMENTS and not name.startswith(f"{ARGUMENTS}_"):
            continue
        command = name.removeprefix(ARGUMENTS).removeprefix("_")
        allowed = ALLOWED.get(command, OF_ANY_COMMAND)
        if moves_state and command == "init":
            allowed = (*allowed, MOVES_STATE)
        try:
            words = _options(shlex.split(variables[name]))
            refused = [each for each in words if _normal(each).partition("=")[0] not in allowed]
        except ValueError as error:
            yield f"{name}: cannot be read as options: {error}."
            continue
        if refused:
            yield (
                f"{name}: {' '.join(refused)} may not be given here: what is planned, shown and applied is a whole "
                f"stack. Allowed: {', '.join(allowed)}."
            )


def _options(words: list[str]) -> Iterator[str]:
    """Yield the options, and what is none; not the value that follows an allowed option as a word of its own."""
    before = ""
    for word in words:
        is_value = not word.startswith("-") and before in ("-lock-timeout", "-parallelism")
        before = _normal(word)
        if not is_value:
            yield word


def _normal(word: str) -> str:
    """An option with one dash; Terraform takes two as well."""
    return word[1:] if word.startswith("--") else word
