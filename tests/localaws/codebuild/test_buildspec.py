"""Valid and invalid buildspecs.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

import json

import pytest

from localaws.codebuild.buildspec import Artifacts, Buildspec, BuildspecError, Phase, is_inline, parse

FULL = """\
version: 0.2
env:
  shell: bash
  variables:
    PORT: 3000
    DEBUG: no
  parameter-store:
    LEVEL: /shop/level
  secrets-manager:
    PASSWORD: shop/db:password
  exported-variables:
    - TAG
phases:
  install:
    runtime-versions:
      python: 3.12
    commands:
      - pip install .
  build:
    on-failure: CONTINUE
    commands:
      - make
      - |
        if true; then
          echo yes
        fi
    finally:
      - make clean
artifacts:
  files:
    - '**/*.json'
  base-directory: out
  discard-paths: yes
cache:
  paths: [x]
"""
FULL_PARSED = Buildspec(  # noqa: S604 - `shell` is the name of a shell
    version="0.2",
    shell="bash",
    variables={"PORT": "3000", "DEBUG": "no"},
    parameter_store={"LEVEL": "/shop/level"},
    secrets_manager={"PASSWORD": "shop/db:password"},
    exported_variables=("TAG",),
    phases={
        "install": Phase(("pip install .",)),
        "build": Phase(("make", "if true; then\n  echo yes\nfi\n"), ("make clean",), "CONTINUE"),
    },
    artifacts=Artifacts(("**/*.json",), "out", discard_paths=True),
)


def test_every_supported_part_is_parsed() -> None:
    assert parse(FULL) == FULL_PARSED


def test_json_and_yaml_are_equivalent() -> None:
    text = json.dumps(
        {"version": 0.2, "phases": {"build": {"commands": ['a \\ "b" $c']}}, "artifacts": {"files": ["f"]}}
    )
    yaml = "version: '0.2'\nphases:\n  build:\n    commands:\n      - 'a \\ \"b\" $c'\nartifacts:\n  files: [f]\n"
    assert parse(text) == parse(yaml)
    assert parse(text) == Buildspec("0.2", "sh", {}, {}, {}, (), {"build": Phase(('a \\ "b" $c',))}, Artifacts(("f",)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version: [", "the buildspec is neither YAML nor JSON: while parsing"),
        ("hello", "the buildspec: must be a mapping, got 'hello'"),
        ("phases: {build: {commands: [a]}}", "version: must be 0.1 or 0.2, got None"),
        ("version: 0.3\nphases: {build: {commands: [a]}}", "version: must be 0.1 or 0.2, got 0.3"),
        ("version: 0.2", "phases: required"),
        ("version: 0.2\nphases: {deploy: {commands: [a]}}", "phases.deploy: the local AWS does not support this part"),
        ("version: 0.2\nphases: {build: {commands: a}}", "phases.build.commands: must be a list, got 'a'"),
        (
            "version: 0.2\nphases: {build: {commands: [a, {echo b: c}]}}",
            "Expected Commands[1] to be of string type: found subkeys instead",
        ),
        (
            "version: 0.2\nphases: {build: {on-failure: RETRY}}",
            "phases.build.on-failure: must be ABORT or CONTINUE in the local AWS, got RETRY",
        ),
        (
            "version: 0.2\nphases: {build: {run-as: me}}",
            "phases.build.run-as: the local AWS does not support this part",
        ),
        ("version: 0.2\nenv: {shell: zsh}\nphases: {build: {}}", "env.shell: must be sh or bash, got zsh"),
        (
            "version: 0.2\nenv: {exported-variables: [A, $B]}\nphases: {build: {}}",
            "env.exported-variables: must be a variable name, got '$B'",
        ),
        (
            "version: 0.2\nenv: {variables: {A-B: x}}\nphases: {build: {}}",
            "env.variables: must be a variable name, got 'A-B'",
        ),
        (
            "version: 0.2\nenv: {parameter-store: {A: [x]}}\nphases: {build: {}}",
            "env.parameter-store: must be a mapping of names to strings, got {'A': ['x']}",
        ),
        ("version: 0.2\nphases: {build: {}}\nartifacts: {}", "artifacts.files: required"),
        (
            "version: 0.2\nphases: {build: {}}\nartifacts: {files: [a], secondary-artifacts: {}}",
            "artifacts.secondary-artifacts: the local AWS does not support this part",
        ),
    ],
)
def test_an_invalid_part_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(BuildspecError) as refused:
        parse(text)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "inline"),
    [("version: 0.2\n", True), ('{"version": 0.2}', True), ("buildspec.yml", False), ("ci/build spec.yaml\n", False)],
)
def test_a_buildspec_is_distinguished_from_a_path(text: str, inline: bool) -> None:  # noqa: FBT001 - the expectation
    assert is_inline(text) is inline
