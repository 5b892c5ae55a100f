"""Tests of kept rehearsals: the file to source, the instructions, and `make down`."""

import io
import json
import multiprocessing
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from localaws.server import LocalAws
from rehearsal.__main__ import _folder, rehearse
from rehearsal.kept import keep, kept, link_newest, take_down
from rehearsal.steps import Rehearsal, Step
from settings import Settings, load
from tests.support import operations_page
from tests.support.make import make
from tests.support.settings_files import ENVIRONMENTS
from tests.support.synthesized import PROD, ROOT
from tools.toolchain import clean


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the kept rehearsals."""
    folder = tmp_path / ".rehearsal"
    folder.mkdir()
    monkeypatch.setattr("rehearsal.kept.FOLDER", folder)
    monkeypatch.setattr("rehearsal.leftovers.listed", lambda _: set())
    return folder


def kept_rehearsal(folder: Path, name: str, settings: Settings = PROD) -> tuple[psutil.Process, str]:
    """Keep a rehearsal that has deployed nothing. Return the process of its local AWS, and the instructions."""
    (folder / name).mkdir(exist_ok=True)
    with LocalAws.start(folder / name / "aws.log", region=settings.region) as aws:
        rehearsal = Rehearsal(aws, folder / name, settings=settings, on_progress=lambda _: None)
        instructions = keep(rehearsal, settings)
        aws.stay()
        server = psutil.Process(aws.pid)
    return server, instructions


@pytest.fixture
def server(folder: Path) -> Iterator[psutil.Process]:
    """The local AWS of a kept rehearsal with the name `first`."""
    server, _ = kept_rehearsal(folder, "first")
    yield server
    if server.is_running():
        server.terminate()


@pytest.mark.usefixtures("server")
def test_only_the_owner_can_read_the_variables(folder: Path) -> None:
    assert (folder / "env").resolve() == folder / "first" / "env"
    assert (folder / "env").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "shell", [each for each in ("bash", "busybox", "dash", "ksh", "sh", "zsh") if shutil.which(each)]
)
def test_the_shell_keeps_no_other_variables_of_aws(folder: Path, shell: str) -> None:
    hosts = {"NO_PROXY": "example.com"}
    own = {"AWS_PROFILE": "work", "AWS_ENDPOINT_URL_S3": "https://s3.example.com", "AWS_USE_FIPS_ENDPOINT": "true\nA=b"}
    command = [shell, *(["sh"] if shell == "busybox" else []), "-eu", "-c", ". ./env && env"]

    said = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **own, **hosts},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    found = dict(line.partition("=")[::2] for line in said.splitlines())
    assert not own.keys() & found.keys()
    assert found["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert [found["NO_PROXY"], found["no_proxy"]] == ["example.com,127.0.0.1", "127.0.0.1"]


def test_down_ends_the_local_aws_and_deletes_the_folder(server: psutil.Process, folder: Path) -> None:
    assert take_down({}) == f"The local AWS and {folder / 'first'} are gone. Close the shells that use them."

    assert not server.is_running()
    assert list(folder.iterdir()) == []
    assert take_down({}) == "No rehearsal is kept. To keep one: make rehearse KEEP=1"


def test_down_deletes_a_rehearsal_after_a_restart_of_the_machine(server: psutil.Process, folder: Path) -> None:
    """Another process then has the process id of the local AWS."""
    known = json.loads((folder / "first" / "server.json").read_text())
    (folder / "first" / "server.json").write_text(json.dumps(known | {"port": known["port"] - 1}))

    take_down({})

    assert server.is_running()
    assert list(folder.iterdir()) == []


def test_a_late_interrupt_leaves_no_local_aws(folder: Path) -> None:
    """The interrupt arrives after the local AWS was told to stay, and before the end of the program."""
    servers: list[psutil.Process] = []

    def interrupted() -> None:
        with _folder("dev", keep=True) as made:
            servers.append(kept_rehearsal(folder, made.name)[0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert not servers[0].is_running()
    assert list(folder.iterdir()) == []


def test_down_takes_the_rehearsal_that_the_shell_uses(server: psutil.Process, folder: Path) -> None:
    second, _ = kept_rehearsal(folder, "second")
    assert (folder / "env").resolve() == folder / "second" / "env"

    used = {"ENVIRONMENTS_FILE": str(folder / "first" / "environments.toml")}
    assert take_down(used).endswith(
        f"\nKept rehearsals that still run: 1. `. .rehearsal/env` now uses {folder / 'second'}."
    )

    assert (server.is_running(), second.is_running()) == (False, True)
    assert [each.name for each in kept()] == ["second"]
    assert take_down(used) == (
        f"{folder / 'first'} is gone already. To take another rehearsal away, run make down in a new shell."
    )
    assert second.is_running()
    take_down({})
    assert not second.is_running()


def test_commands_can_change_the_link_at_the_same_time(folder: Path) -> None:
    def change(name: str) -> None:
        for _ in range(200):
            (folder / name).mkdir()
            (folder / name / "env").touch()
            link_newest()
            shutil.rmtree(folder / name)

    processes = [multiprocessing.get_context("fork").Process(target=change, args=(name,)) for name in "abc"]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    link_newest()

    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("server")
def test_clean_refuses_to_delete_a_kept_rehearsal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)

    assert clean.main() == 1
    assert capsys.readouterr().err == ("✗ nothing was removed, because KEEP=1 keeps a rehearsal; run make down first\n")
    assert (folder / "first").is_dir()


def test_the_instructions_name_the_environment_and_a_watched_tag(folder: Path) -> None:
    server, instructions = kept_rehearsal(folder, "first")
    server.terminate()

    settings, name = folder / "first" / "environments.toml", PROD.name
    assert f"They read the settings in\n{settings}\n" in instructions
    assert PROD.pipeline.watch == "release-*"
    assert re.findall(r"^    make push .*$", instructions, re.MULTILINE) == [
        "    make push ENV=prod TAG=release-1 IMAGE=your-image",
        "    make push ENV=prod TAG=release-1 IMAGE=.rehearsal/example-app",
    ]
    registry = re.findall(rf"^      docker://(127\.0\.0\.1:\d+)/{name}:release-1$", instructions, re.MULTILINE)
    assert f"docker push {registry[0]}/{name}:release-1" in instructions


def test_the_shell_uses_the_cdk_of_the_rehearsal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    successor, project = (str(ROOT / place / "bin") for place in (".tools/cdktn", ".venv"))
    monkeypatch.setattr("tools.toolchain.BIN", Path(successor))

    server, _ = kept_rehearsal(folder, "first")

    server.terminate()
    command = f". {folder / 'env'}\necho $CDK $PATH"
    environment = {"PATH": "/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"cdktn {successor}:{project}:/usr/bin:/bin\n"


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
def test_a_shell_with_the_variables_uses_the_local_aws(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        Rehearsal, "up", lambda self, **_: [Step("deploy the registry", partial(self.deployment.deploy, self.registry))]
    )

    rehearse("dev", keep=True, console=Console(file=io.StringIO()))

    def shell(command: str) -> str:
        sourced = f". {folder / 'env'}\n{command}"
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": os.environ["HOME"]}
        done = subprocess.run(
            ["sh", "-eu", "-c", sourced], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    named = shell("aws ecr describe-repositories --query 'repositories[].repositoryName' --output text")
    assert named == "example-app-dev\n"
    assert "No changes." in shell("cdktf diff dev-registry")
    server = psutil.Process(json.loads((kept()[-1] / "server.json").read_text())["pid"])
    take_down({})
    assert not server.is_running()
    assert list(folder.iterdir()) == []


def test_make_down_runs_the_program() -> None:
    assert make("--dry-run", "down").stdout == "python -m rehearsal.kept\n"


def test_the_aws_commands_to_try_are_those_that_a_test_runs(folder: Path) -> None:
    """`tests/system/test_rehearsal.py` runs the commands of docs/operations.md."""
    [dev] = [each for each in load(ENVIRONMENTS) if each.environment == "dev"]
    server, instructions = kept_rehearsal(folder, "first", dev)
    server.terminate()

    to_try = instructions.partition("things to try")[2].replace("\\\n", "")
    commands = [" ".join(line.split()) for line in to_try.splitlines() if line.startswith("    aws ")]
    assert commands
    assert set(commands) <= {command.strip() for command in operations_page.commands()}
