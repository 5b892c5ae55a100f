"""Tests of `make rehearse`: its output, its folder, its processes."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from localaws.server import LocalAws
from rehearsal.__main__ import main
from rehearsal.__main__ import rehearse as rehearse_in_process
from rehearsal.display import RehearsalError
from rehearsal.kept import FOLDER, keep
from rehearsal.steps import Rehearsal, Step
from rehearsal.system import CheckError
from settings import CiSettings, PushSettings, Settings, load
from tests.rehearsal.test_display import raising
from tests.support.localaws.aws_pipeline import policy, until
from tests.support.make import make
from tests.support.settings_files import ENVIRONMENTS
from tests.support.synthesized import PROD
from tools import toolchain
from tools.toolchain import processes
from tools.toolchain.cli import Cdktf
from tools.toolchain.commands import CommandError
from tools.toolchain.signals import SIGNALS


@pytest.mark.parametrize(
    ("how", "seen"),
    [
        ({}, {"s3_state": False, "as_ci": False, "keep": False}),
        ({"STATE": "S3", "AS": "CI", "KEEP": "Yes"}, {"s3_state": True, "as_ci": True, "keep": True}),
        ({"STATE": "local", "KEEP": "0"}, {"s3_state": False, "keep": False}),
    ],
    ids=str,
)
def test_the_variables_of_make_choose(
    how: dict[str, str], seen: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr("rehearsal.__main__.rehearse", lambda _, **given: asked.update(given))
    options = [f"--{name.lower()}={value}" for name, value in how.items()]
    monkeypatch.setattr(sys, "argv", ["rehearse", "dev", *options])

    assert main() == 0
    assert {name: asked[name] for name in seen} == seen


@pytest.mark.parametrize(
    ("variable", "choices"),
    [("STATE=S4", "local, s3"), ("AS=me", "ci"), ("KEEP=maybe", "0, no, false, off, 1, yes, true, on")],
)
def test_other_values_are_refused_before_anything_starts(variable: str, choices: str) -> None:
    process = make("rehearse", variable)

    assert (process.returncode, process.stdout) == (2, "")
    assert process.stderr.splitlines()[0] == f"✗ {variable}: must be one of {choices}"


@pytest.fixture
def rehearse() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "rehearsal", "dev"],
        cwd=toolchain.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    process.kill()
    process.wait()


def test_an_unknown_environment_is_refused() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "rehearsal", "nowhere"],
        cwd=toolchain.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert answer.stderr == f"✗ {ENVIRONMENTS}: unknown environment nowhere; known environments: dev, production\n"


def still_runs(process: psutil.Process) -> bool:
    """Whether a process runs: a zombie has ended, and who adopted it is late to take note."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def family_until(process: subprocess.Popen[str], name: str) -> list[psutil.Process]:
    """Return the descendants of a process as soon as one of them has a name."""
    while process.poll() is None:
        # Processes come and go while they are looked at.
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(process.pid).children(recursive=True)
            if any(member.name().startswith(name) for member in family):
                return family
    raise AssertionError(f"it ended before {name} ran: {process.communicate()[0]}")


@pytest.mark.slow
@pytest.mark.provider
@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize(
    ("number", "phase"),
    [(signal.SIGINT, "python"), (signal.SIGTERM, "node"), (signal.SIGINT, "terraform-provider")],
)
def test_an_interruption_leaves_no_process_and_no_folder(
    rehearse: subprocess.Popen[str], number: signal.Signals, phase: str
) -> None:
    folders = set(FOLDER.glob("*"))
    family = family_until(rehearse, phase)

    os.kill(rehearse.pid, number)
    output, _ = rehearse.communicate(timeout=60)

    assert rehearse.returncode == 130, output
    assert output.endswith("✗ interrupted\n")
    _, alive = psutil.wait_procs(family, timeout=5)
    assert [process for process in alive if still_runs(process)] == []
    assert set(FOLDER.glob("*")) <= folders


def test_a_failed_command_says_what_it_printed(tmp_path: Path) -> None:
    cdktf = Cdktf(
        tmp_path,
        variables=dict(os.environ) | {"ENVIRONMENTS_FILE": str(tmp_path / "none.toml")},
        on_progress=lambda _: None,
    )

    with pytest.raises(CommandError) as error:
        cdktf.synth()

    assert "none.toml: cannot be read: No such file or directory" in str(error.value)


def test_a_rehearsal_makes_what_its_settings_refer_to(tmp_path: Path) -> None:
    given = {
        "hosted_zone_id": "Z0123456789",
        "role_arn": None,
        "ci": CiSettings(repository="acme/shop"),
        "push": PushSettings(repository="acme/app"),
    }
    settings = PROD.model_copy(update=given)

    with LocalAws.start(tmp_path / "aws.log", region=settings.region) as aws:
        rehearsal = Rehearsal(aws, tmp_path, settings=settings, on_progress=lambda _: None)
        [zone] = aws.client("route53").list_hosted_zones()["HostedZones"]
        [boundary] = aws.client("iam").list_policies(Scope="Local")["Policies"]
        [secret] = aws.client("secretsmanager").list_secrets()["SecretList"]
        value = json.loads(aws.client("secretsmanager").get_secret_value(SecretId=secret["ARN"])["SecretString"])
        parameter = aws.client("ssm").get_parameter(Name="/shop/dsn")["Parameter"]["ARN"]

    secrets = {"API_KEY": f"{secret['ARN']}:key::", "API_SALT": f"{secret['ARN']}:salt::", "DSN": parameter}
    begun = {
        "hosted_zone_id": zone["Id"].removeprefix("/hostedzone/"),
        "permissions_boundary_arn": boundary["Arn"],
        "ci": None,
        "push": None,
        "state": settings.state.model_copy(update={"backend": "local"}),
        "service": settings.service.model_copy(update={"secrets": secrets}),
    }
    assert value.keys() == {"key", "salt"}
    assert zone["Name"] == "shop.example.com."
    assert load(rehearsal.settings_file) == [settings.model_copy(update=begun)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the rehearsals in this process, which do not look for leftovers."""
    monkeypatch.setattr("rehearsal.leftovers.listed", lambda _: set())
    monkeypatch.setattr("rehearsal.kept.FOLDER", tmp_path / "rehearsals")
    return tmp_path / "rehearsals"


@pytest.mark.slow
def test_a_failed_rehearsal_keeps_its_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Rehearsal, "up", lambda _, **__: [raising(CheckError("no such thing"))])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["rehearse", "dev"])

    assert main() == 1

    [kept] = folder.iterdir()
    assert capsys.readouterr().err == (
        f"✗ deploy the system: no such thing\n"
        f"The logs, settings and state of this rehearsal stay in {kept} until `make clean`.\n"
    )
    assert {path.name for path in kept.iterdir()} >= {"aws.log", "environments.toml"}


def killed(rehearsal: Rehearsal) -> str:
    os.kill(rehearsal.aws.pid, signal.SIGKILL)
    return ""


def asked(rehearsal: Rehearsal) -> str:
    killed(rehearsal)
    return str(rehearsal.aws.decisions())


def waited_for(rehearsal: Rehearsal) -> str:
    killed(rehearsal)
    processes.run(["sleep", "600"], cwd=Path.cwd(), environment={}, on_line=print)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("step", [asked, waited_for])
def test_the_end_of_the_local_aws_ends_the_rehearsal(
    step: Callable[[Rehearsal], str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    for number in SIGNALS:
        request.addfinalizer(partial(signal.signal, number, signal.getsignal(number)))
    monkeypatch.setattr(Rehearsal, "up", lambda self, **_: [Step("deploy the system", partial(step, self))])
    monkeypatch.setattr(sys, "argv", ["rehearse", "dev"])

    assert main() == 1

    [kept] = folder.iterdir()
    assert capsys.readouterr().err == (
        "✗ the local AWS ended before the end of the rehearsal; aws.log has the reason\n"
        f"The logs, settings and state of this rehearsal stay in {kept} until `make clean`.\n"
    )


@pytest.mark.slow
def test_a_successful_rehearsal_leaves_no_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rehearsal, "up", lambda _, **__: [])
    monkeypatch.setattr(Rehearsal, "destroy", lambda _: [])

    rehearse_in_process("dev", keep=False, console=Console(file=io.StringIO()))

    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "told"), [(TimeoutError("it is not over"), ["sts:AssumeRole"]), (CheckError("it is another"), [])]
)
@pytest.mark.usefixtures("folder")
def test_a_time_out_shows_the_last_denial(error: Exception, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(rehearsal: Rehearsal) -> str:
        start_a_task_whose_role_trusts_nobody(rehearsal.aws)
        raise error

    monkeypatch.setattr(Rehearsal, "up", lambda self, **_: [Step("wait", partial(denied, self))])

    with pytest.raises(RehearsalError) as raised:
        rehearse_in_process("dev", keep=False, console=Console(file=io.StringIO()))

    *denials, _ = raised.value.__notes__
    assert [re.findall(r"^IAM's last denial: User: .* perform: (\S+) on", note) for note in denials] == [
        [action] for action in told
    ]


def start_a_task_whose_role_trusts_nobody(aws: LocalAws) -> None:
    trust = {"Effect": "Deny", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = aws.client("iam").create_role(RoleName="task", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="some")
    container = {"name": "app", "image": "app", "memory": 128}
    ecs.register_task_definition(family="some", taskRoleArn=role, containerDefinitions=[container])
    ecs.create_service(cluster="some", serviceName="some", taskDefinition="some", desiredCount=1)
    until(lambda: bool(aws.decisions()))


@pytest.mark.slow
def test_an_interrupt_of_the_instructions_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids = []

    def interrupted(rehearsal: Rehearsal, settings: Settings) -> str:
        keep(rehearsal, settings)
        pids.append(rehearsal.aws.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(Rehearsal, "up", lambda _, **__: [])
    monkeypatch.setattr("rehearsal.kept.keep", interrupted)

    with pytest.raises(KeyboardInterrupt):
        rehearse_in_process("dev", keep=True, console=Console(file=io.StringIO()))

    assert [psutil.pid_exists(pid) for pid in pids] == [False]
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_a_second_kept_rehearsal_is_announced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rehearsal, "up", lambda _, **__: [raising(CheckError("no such thing"))])
    (folder / "dev-first").mkdir(parents=True)
    (folder / "dev-first" / "env").touch()
    output = io.StringIO()

    with pytest.raises(RehearsalError):
        rehearse_in_process("dev", keep=True, console=Console(file=output))

    assert output.getvalue().startswith(f"A rehearsal is kept already: {folder / 'dev-first'}. After this run, ")
