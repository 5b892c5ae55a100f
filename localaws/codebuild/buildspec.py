"""The buildspec: the commands of a build and its output artifacts.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from localaws.json_types import JsonObject

PHASES = ("install", "pre_build", "build", "post_build")

# The local AWS ignores these parts of a buildspec, because they do not change the outcome of a build.
_IGNORED = {"": {"cache", "reports", "proxy"}, "phases.install": {"runtime-versions"}}


class BuildspecError(Exception):
    """A buildspec that CodeBuild or the local AWS cannot run. The message names the place in it and the reason."""


@dataclass(frozen=True)
class Phase:
    """The commands of one phase. `on_failure` is ABORT, CONTINUE, or None for AWS's default."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    on_failure: str | None = None


@dataclass(frozen=True)
class Artifacts:
    """The files of the build that go into the output artifact."""

    files: tuple[str, ...]
    base_directory: str = "."
    discard_paths: bool = False


@dataclass(frozen=True)
class Buildspec:
    """A valid buildspec. In version 0.1, each command has its own shell. In version 0.2, all commands share a shell."""

    version: str
    shell: str
    variables: dict[str, str]
    parameter_store: dict[str, str]
    secrets_manager: dict[str, str]
    exported_variables: tuple[str, ...]
    phases: dict[str, Phase]
    artifacts: Artifacts | None


def is_inline(text: str) -> bool:
    """Return whether the text is a buildspec, and not the path of a buildspec file."""
    return "\n" in text.strip() or ":" in text or text.lstrip().startswith("{")


def parse(text: str) -> Buildspec:
    """Parse a buildspec in YAML or JSON.

    Raises:
        BuildspecError: The buildspec is invalid, or has a part that the local AWS cannot run.
    """
    try:
        # The base loader returns every scalar as text. Environment variables and commands must be text.
        loaded: object = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - creates only strings, lists and dicts
    except yaml.YAMLError as error:
        raise BuildspecError(f"the buildspec is neither YAML nor JSON: {error}") from None
    document = _mapping(loaded, "", {"version", "env", "phases", "artifacts"})
    version = document.get("version")
    if version not in ("0.1", "0.2"):
        raise BuildspecError(f"version: must be 0.1 or 0.2, got {version}")
    if not document.get("phases"):
        raise BuildspecError("phases: required")
    names = {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables"}
    env = _mapping(document.get("env") or {}, "env", names)
    if env.get("shell", "sh") not in ("sh", "bash"):
        raise BuildspecError(f"env.shell: must be sh or bash, got {env['shell']}")
    phases = _mapping(document["phases"], "phases", set(PHASES))
    return Buildspec(
        version=version,
        shell=env.get("shell", "sh"),
        variables=_variables(env, "variables"),
        parameter_store=_variables(env, "parameter-store"),
        secrets_manager=_variables(env, "secrets-manager"),
        exported_variables=_variable_names(_strings(env, "exported-variables", "env"), "env.exported-variables"),
        phases={name: _phase(phase or {}, f"phases.{name}") for name, phase in phases.items()},
        artifacts=_artifacts(document["artifacts"]) if "artifacts" in document else None,
    )


def _variables(env: JsonObject, name: str) -> dict[str, str]:
    variables = env.get(name) or {}
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise BuildspecError(f"env.{name}: must be a mapping of names to strings, got {variables!r}")
    _variable_names(variables, f"env.{name}")
    return variables


def _variable_names(names: Iterable[str], place: str) -> tuple[str, ...]:
    for name in names:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise BuildspecError(f"{place}: must be a variable name, got {name!r}")
    return tuple(names)


def _phase(value: object, place: str) -> Phase:
    phase = _mapping(value, place, {"commands", "finally", "on-failure"})
    on_failure = phase.get("on-failure")
    if on_failure not in (None, "ABORT", "CONTINUE"):
        raise BuildspecError(f"{place}.on-failure: must be ABORT or CONTINUE in the local AWS, got {on_failure}")
    return Phase(_strings(phase, "commands", place), _strings(phase, "finally", place), on_failure)


def _artifacts(value: object) -> Artifacts:
    artifacts = _mapping(value, "artifacts", {"files", "base-directory", "discard-paths", "name"})
    files = _strings(artifacts, "files", "artifacts")
    if not files:
        raise BuildspecError("artifacts.files: required")
    return Artifacts(files, artifacts.get("base-directory", "."), artifacts.get("discard-paths") in ("yes", "true"))


def _mapping(value: object, place: str, known: set[str]) -> JsonObject:
    """Return the value, or raise BuildspecError if it is not a mapping of known names."""
    if not isinstance(value, dict):
        raise BuildspecError(f"{place or 'the buildspec'}: must be a mapping, got {value!r}")
    for name in value.keys() - known - _IGNORED.get(place, set()):
        raise BuildspecError(
            f"{f'{place}.{name}'.lstrip('.')}: the local AWS does not support this part of a buildspec"
        )
    return value


def _strings(mapping: JsonObject, name: str, place: str) -> tuple[str, ...]:
    values = mapping.get(name) or []
    if not isinstance(values, list):
        raise BuildspecError(f"{place}.{name}: must be a list, got {values!r}")
    for index, value in enumerate(values):
        if not isinstance(value, str):
            raise BuildspecError(f"Expected {name.capitalize()}[{index}] to be of string type: found subkeys instead")
    return tuple(values)
