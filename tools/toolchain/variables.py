"""Filter of the user's environment variables for cdktf, Terraform and Python.

Terraform also reads options from variables. A variable that was set for another project could make Terraform plan only
a part of a stack, or use another state. All users must get the same plans.

https://developer.hashicorp.com/terraform/cli/config/environment-variables
https://docs.python.org/3/using/cmdline.html#environment-variables
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.outside import OutsideError

ARGUMENTS = "TF_CLI_ARGS"
"""The variable with options for every Terraform command. `TF_CLI_ARGS_plan` has options for `plan` only."""

ALLOWED = {
    "init": ("-lock-timeout", "-no-color"),
    "import": ("-lock-timeout", "-no-color", "-parallelism"),
    **dict.fromkeys(
        ("apply", "destroy", "plan", "refresh"), ("-compact-warnings", "-lock-timeout", "-no-color", "-parallelism")
    ),
}
"""Options by command that change neither the plan, nor the location of the state, nor the format of the output."""

ALLOWED_FOR_ALL = ("-no-color",)
"""The option that every command accepts. `TF_CLI_ARGS` may have no other option."""

MOVES_STATE = "-force-copy"
"""The option that makes `terraform init` move the state without asking."""

REDIRECTING = {
    "TF_WORKSPACE": "an environment is a table of environments.toml, and each stack has its own state",
    "TF_DATA_DIR": "each stack has its own folder below cdktf.out",
    "TF_REATTACH_PROVIDERS": "Terraform installs the AWS provider",
}
"""Variables that select another state or provider, and what this project uses instead."""

ALLOWED_OF_CDKTF = frozenset(
    f"CDKTF_{name}"
    for name in (
        *("AUTO_APPROVE", "CONTEXT_JSON", "DISABLE_PLUGIN_CACHE_ENV", "DISABLE_STACK_TRACE", "HOME", "LOG_LEVEL"),
        *("OUTDIR", "OUTPUT", "PARALLELISM", "SKIP_PROVIDER_LOCK", "TERRAFORM_PARALLELISM"),
    )
)
"""The variables of cdktf that do not change what is synthesized and shown. Each option of cdktf has a variable.

https://developer.hashicorp.com/terraform/cdktf/create-and-deploy/environment-variables
"""

PATHS = (
    *("AWS_CA_BUNDLE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    *("JSII_RUNTIME_PACKAGE_CACHE_ROOT", "NODE_EXTRA_CA_CERTS", "SSL_CERT_DIR", "SSL_CERT_FILE", "TERRAFORM_CONFIG"),
    *("TF_CLI_CONFIG_FILE", "TF_LOG_PATH", "TF_PLUGIN_CACHE_DIR", "TMPDIR"),
)
"""Variables with one path. A relative path counts from the user's folder, but Terraform runs in a stack's folder."""

DEFAULT_TMPDIR = "/tmp"  # noqa: S108 - the default of Python and Node
LONGEST_TMPDIR = 76
"""The limit of bytes in TMPDIR. Terraform and its providers talk through Unix sockets in this folder.

processes.py adds 12 bytes, and a provider 18. The path of a Unix socket has at most 107 bytes.
https://man7.org/linux/man-pages/man7/unix.7.html
"""

REMOVED = ("PYTHONHOME", "PYTHONINSPECT", "PYTHONOPTIMIZE", "PYTHONSAFEPATH", "PYTHONWARNINGS")
"""Variables that change how Python runs the project. The Makefile removes the same variables."""


class VariableError(OutsideError):
    """One of the user's variables would change what Terraform does. The message names the variable."""


def filtered(variables: Mapping[str, str], *, moves_state: bool = False) -> dict[str, str]:
    """Return the variables without those in `REMOVED`.

    Args:
        variables: The user's variables.
        moves_state: Whether the command moves the state, which allows the option `-force-copy` of `terraform init`.

    Raises:
        VariableError: The user must unset a variable. The variable is not ignored, because the user may rely on it.
    """
    if faults := [*_redirecting(variables), *_of_cdktf(variables), *_arguments(variables, moves_state=moves_state)]:
        raise VariableError("\n".join(faults))
    return {name: value for name, value in variables.items() if name not in REMOVED}


def with_absolute_paths(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables, with the relative paths of `PATHS` as absolute paths. AWS's tools replace a leading `~`."""
    named = {name: variables[name] for name in PATHS if not (variables.get(name) or "~").startswith("~")}
    absolute = {name: os.path.abspath(path) for name, path in named.items()}  # noqa: PTH100 - Path.absolute keeps ".."
    return {**variables, **absolute}


def with_writable_folders(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the variables, with `folder` for caches and temporary files if HOME or /tmp is not writable.

    The user of a container often has no writable HOME or /tmp. The Makefile sets the same variables. If the path in
    TMPDIR is too long for Terraform, /tmp is used.
    """
    own: dict[str, str] = {}
    if not _is_writable(variables.get("HOME", "")):
        caches = {"npm_config_cache": str(folder / "npm"), "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(folder / "jsii")}
        own |= {name: path for name, path in caches.items() if name not in variables}
    temporary = variables.get("TMPDIR") or DEFAULT_TMPDIR
    if len(os.fsencode(temporary)) > LONGEST_TMPDIR:
        temporary = own["TMPDIR"] = DEFAULT_TMPDIR
    if not _is_writable(temporary):
        own["TMPDIR"] = str(folder / "tmp")
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
    return {**variables, **own}


def _is_writable(folder: str) -> bool:
    return Path(folder).is_dir() and os.access(folder, os.W_OK)


def _redirecting(variables: Mapping[str, str]) -> Iterator[str]:
    for name, instead in REDIRECTING.items():
        value = variables.get(name, "")
        if value and (name, value) != ("TF_WORKSPACE", "default"):
            yield f"{name}={value} selects another state or provider. Unset it, because {instead}."


def _of_cdktf(variables: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(variables):
        if name.startswith("CDKTF_") and name not in ALLOWED_OF_CDKTF:
            yield (
                f"{name} is an option of cdktf. Unset it, because each command synthesizes, plans and applies "
                "whole stacks."
            )


def _arguments(variables: Mapping[str, str], *, moves_state: bool) -> Iterator[str]:
    for name in sorted(variables):
        if name != ARGUMENTS and not name.startswith(f"{ARGUMENTS}_"):
            continue
        command = name.removeprefix(ARGUMENTS).removeprefix("_")
        allowed = ALLOWED.get(command, ALLOWED_FOR_ALL)
        if moves_state and command == "init":
            allowed = (*allowed, MOVES_STATE)
        try:
            words = _options(shlex.split(variables[name]))
            refused = [each for each in words if _with_one_dash(each).partition("=")[0] not in allowed]
        except ValueError as error:
            yield f"{name}: cannot be read as options: {error}."
            continue
        if refused:
            yield (
                f"{name}: {' '.join(refused)} is not allowed, because each command plans and applies whole stacks. "
                f"Allowed: {', '.join(allowed)}."
            )


def _options(words: list[str]) -> Iterator[str]:
    """Yield all words, except the value that follows an allowed option as a separate word."""
    before = ""
    for word in words:
        is_value = not word.startswith("-") and before in ("-lock-timeout", "-parallelism")
        before = _with_one_dash(word)
        if not is_value:
            yield word


def _with_one_dash(word: str) -> str:
    """Return an option with one dash. Terraform also accepts two dashes."""
    return word[1:] if word.startswith("--") else word
