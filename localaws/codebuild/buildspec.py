"""The buildspec: what a build runs, and what it keeps.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

from localaws.json_types import JsonObject

PHASES = ("install", "pre_build", "build", "post_build")

# What does not change the outcome of a build may stand in a buildspec, and is passed over.
_PASSED_OVER = {"": {"cache", "reports", "proxy"}, "phases.install": {"runtime-versions"}}


class BuildspecError(Exception):
    """A buildspec that CodeBuild, or the local AWS, cannot run; the message says where and why."""


@dataclass(frozen=True)
class Phase:
    """The commands of one phase. `on_failure` is ABORT, CONTINUE, or None for what AWS does by itself."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str | None = None


@dataclass(frozen=True)
class Artifacts:
    """Which files of the build to keep."""

    files: tuple[str, ...]
    base_directory: str = "."
    discard_paths: bool = False


@dataclass(frozen=True)
class Buildspec:
    """A buildspec that can be run. In version 0.1 each command gets a shell of its own, in 0.2 all share one."""

    version: str
    shell: str
    variables: dict[str, str]
    parameter_store: dict[str, str]
    secrets_manager: dict[str, str]
    exported_variables: tuple[str, ...]
    phases: dict[str, Phase]
    artifacts: Artifacts | None


def is_inline(text: str) -> bool:
    """Tell a buildspec from the path of one."""
    return "\n" in text.strip() or ":" in text or text.lstrip().startswith("{")


def parse(text: str) -> Buildspec:
    """Read a buildspec in YAML or JSON. What the local AWS cannot run is refused, never passed over in silence."""
    try:
        # Every scalar stays the text that was written, as environment variables and commands need it
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but texts, lists and mappings
    except yaml.YAMLError as error:
        raise BuildspecError(f"the buildspec is neither YAML nor JSON: {error}") from None
    _check(document, "", {"version", "env", "phases", "artifacts"})
    version, env = document.get("version"), document.get("env") or {}
    if version not in ("0.1", "0.2"):
        raise BuildspecError(f"version: must be 0.1 or 0.2, got {version}")
    if not document.get("phases"):
        raise BuildspecError("phases: required")
    _check(env, "env", {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables"})
    if env.get("shell", "sh") not in ("sh", "bash"):
        raise BuildspecError(f"env.shell: must be sh or bash, got {env['shell']}")
    _check(document["phases"], "phases", set(PHASES))
    return Buildspec(
        version=version,
        shell=env.get("shell", "sh"),
        variables=_variables(env, "variables"),
        parameter_store=_variables(env, "parameter-store"),
        secrets_manager=_variables(env, "secrets-manager"),
        exported_variables=_names(_texts(env, "exported-variables", "env"), "env.exported-variables"),
        phases={name: _phase(phase or {}, f"phases.{name}") for name, phase in document["phases"].items()},
        artifacts=_artifacts(document["artifacts"]) if "artifacts" in document else None,
    )


def _variables(env: JsonObject, name: str) -> dict[str, str]:
    variables = env.get(name) or {}
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise BuildspecError(f"env.{name}: must be a mapping of names to texts, got {variables!r}")
    _names(variables, f"env.{name}")
    return variables


def _names(names: Iterable[str], place: str) -> tuple[str, ...]:
    for name in names:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise BuildspecError(f"{place}: not the name of a variable: {name!r}")
    return tuple(names)


def _phase(phase: Any, place: str) -> Phase:
    _check(phase, place, {"commands", "finally", "on-failure"})
    on_failure = phase.get("on-failure")
    if on_failure not in (None, "ABORT", "CONTINUE"):
        raise BuildspecError(f"{place}.on-failure: the local AWS knows ABORT and CONTINUE, got {on_failure}")
    return Phase(_texts(phase, "commands", place), _texts(phase, "finally", place), on_failure)


def _artifacts(artifacts: Any) -> Artifacts:
    _check(artifacts, "artifacts", {"files", "base-directory", "discard-paths", "name"})
    files = _texts(artifacts, "files", "artifacts")
    if not files:
        raise BuildspecError("artifacts.files: required")
    return Artifacts(files, artifacts.get("base-directory", "."), artifacts.get("discard-paths") in ("yes", "true"))


def _check(value: Any, place: str, known: set[str]) -> None:
    if not isinstance(value, dict):
        raise BuildspecError(f"{place or 'the buildspec'}: must be a mapping, got {value!r}")
    for name in value.keys() - known - _PASSED_OVER.get(place, set()):
        raise BuildspecError(f"{f'{place}.{name}'.lstrip('.')}: the local AWS does not run this part of a buildspec")


def _texts(mapping: JsonObject, name: str, place: str) -> tuple[str, ...]:
    values = mapping.get(name) or []
    if not isinstance(values, list):
        raise BuildspecError(f"{place}.{name}: must be a list, got {values!r}")
    for index, value in enumerate(values):
        if not isinstance(value, str):
            raise BuildspecError(f"Expected {name.capitalize()}[{index}] to be of string type: found subkeys instead")
    return tuple(values)
