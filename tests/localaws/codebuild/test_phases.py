"""Which commands of a build run, in a real shell, and what their failures lead to.

https://docs.aws.amazon.com/codebuild/latest/userguide/view-build-details-phases.html
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from localaws.codebuild import buildspec
from localaws.codebuild import phases as commands
from localaws.codebuild.progress import Log, PhaseFailedError, Phases
from localaws.codebuild.shell import Shell
from tests.support.aws_pipeline import ECHO, until


def alive(pid: str) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout.strip()
    return state not in ("", "Z")


class Build:
    """A build in a folder, without the AWS around it."""

    def __init__(self, folder: Path) -> None:
        self.source = folder / "src"
        self.source.mkdir()
        self.folder = folder
        self.log = Log(folder / "log")
        self.phases = Phases()
        self.exported: dict[str, str] = {}
        self.environment = {"PATH": os.environ["PATH"], "CODEBUILD_BUILD_SUCCEEDING": "1"}

    def run(self, phases: dict[str, Any], *, time_is_up: str = "", **more: Any) -> dict[str, str]:
        """Run a buildspec, its time up when a file appears, and give the status of each phase that was entered."""
        spec = buildspec.parse(json.dumps({"version": "0.2", "phases": phases} | more))
        self.log.path.touch()
        shell = Shell(
            spec.shell, folder=self.folder, start_in=self.source, environment=self.environment, log=self.log.path
        )
        if time_is_up:
            threading.Thread(target=self._time_out, args=[shell, self.source / time_is_up]).start()
        try:
            commands.run(spec, shell, self.phases, self.log)
            self.exported = commands.exported(spec, shell, self.folder / "value")
        except PhaseFailedError:
            pass
        finally:
            shell.end()
        return {phase["phaseType"]: phase["phaseStatus"] for phase in self.phases.described}

    def _time_out(self, shell: Shell, appears: Path) -> None:
        until(appears.exists)
        shell.time_out()

    @property
    def output(self) -> list[str]:
        """Give what the commands themselves have written."""
        return [line for line in self.log.path.read_text().splitlines() if not line.startswith("[Container]")]

    @property
    def contexts(self) -> list[str]:
        return [
            "{statusCode}: {message}".format(**context)
            for phase in self.phases.described
            for context in phase["contexts"]
            if context["statusCode"]
        ]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


ALL_SUCCEED = dict.fromkeys(("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"), "SUCCEEDED")


def every_phase(**failing: Any) -> dict[str, Any]:
    """Give phases that each say their name, but for those that are given."""
    return {name: {"commands": [f"echo {name}"]} for name in buildspec.PHASES} | failing


def test_phases_run_in_the_order_of_codebuild_whatever_the_order_in_the_file(build: Build) -> None:
    assert build.run(dict(reversed(every_phase().items()))) == ALL_SUCCEED
    assert build.output == ["install", "pre_build", "build", "post_build"]


FAIL = {"commands": ["echo one", "exit 3", "echo two"]}
FAIL_AND_GO_ON = FAIL | {"on-failure": "CONTINUE"}
FAIL_AND_STOP = FAIL | {"on-failure": "ABORT"}
SUCCEEDING = {"commands": ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING"']}


@pytest.mark.parametrize(
    ("failing", "statuses", "output"),
    [
        ({"install": FAIL}, {"INSTALL": "FAILED"}, ["one"]),
        ({"pre_build": FAIL}, {"INSTALL": "SUCCEEDED", "PRE_BUILD": "FAILED"}, ["install", "one"]),
        (
            {"build": FAIL, "post_build": SUCCEEDING},
            ALL_SUCCEED | {"BUILD": "FAILED"},
            ["install", "pre_build", "one", "succeeding 0"],
        ),
        ({"post_build": FAIL}, ALL_SUCCEED | {"POST_BUILD": "FAILED"}, ["install", "pre_build", "build", "one"]),
        (
            {"install": FAIL_AND_GO_ON, "pre_build": SUCCEEDING},
            ALL_SUCCEED | {"INSTALL": "FAILED"},
            ["one", "succeeding 0", "build", "post_build"],
        ),
        (
            {"build": FAIL_AND_STOP},
            {"INSTALL": "SUCCEEDED", "PRE_BUILD": "SUCCEEDED", "BUILD": "FAILED"},
            ["install", "pre_build", "one"],
        ),
    ],
)
def test_a_failing_phase_ends_the_build_or_not(
    build: Build, failing: dict[str, Any], statuses: dict[str, str], output: list[str]
) -> None:
    assert build.run(every_phase(**failing)) == statuses
    assert build.output == output
    assert build.phases.status == "FAILED"
    assert build.contexts == ["COMMAND_EXECUTION_ERROR: Error while executing command: exit 3. Reason: exit status 3"]


def test_finally_runs_after_a_failure_too_and_the_first_failure_is_told(build: Build) -> None:
    phases = {"install": {"commands": ["false", "echo no"], "finally": ["echo tidy", "exit 4", "echo no"]}}
    assert build.run(phases) == {"INSTALL": "FAILED"}
    assert build.output == ["tidy"]
    assert build.contexts == ["COMMAND_EXECUTION_ERROR: Error while executing command: false. Reason: exit status 1"]


def test_a_failure_in_finally_fails_the_phase(build: Build) -> None:
    assert build.run({"install": {"commands": ["true"], "finally": ["exit 4"]}}) == {"INSTALL": "FAILED"}


def test_all_commands_share_one_shell(build: Build) -> None:
    build.run(
        {
            "install": {"commands": ["A=unexported", "export B=exported", "mkdir sub", "cd sub", "f() { echo f; }"]},
            "build": {"commands": ['echo "$A $B $(basename "$PWD")"', "f", "sh -c 'echo \"[$A] $B\"'"]},
        }
    )
    assert build.output == ["unexported exported sub", "f", "[] exported"]


def test_in_version_0_1_each_command_has_its_own_shell(build: Build) -> None:
    phases = {"build": {"commands": ["export A=1; cd /", 'echo "[$A] $(basename "$PWD")"']}}
    assert build.run(phases, version="0.1") == ALL_SUCCEED
    assert build.output == ["[] src"]


def test_a_command_that_ends_the_shell_does_not_end_the_build(build: Build) -> None:
    phases = {"build": {"commands": ["exit 0", "exec true", "echo on"]}, "post_build": {"commands": ["kill -9 $$"]}}
    assert build.run(phases) == ALL_SUCCEED | {"POST_BUILD": "FAILED"}
    assert build.output == ["on"]
    assert build.contexts == [
        "COMMAND_EXECUTION_ERROR: Error while executing command: kill -9 $$. Reason: exit status 137"
    ]


def test_a_syntax_error_fails_the_command(build: Build) -> None:
    assert build.run({"install": {"commands": ["if true; then"]}}) == {"INSTALL": "FAILED"}


def test_a_command_reads_nothing_and_may_leave_something_running(build: Build) -> None:
    assert build.run({"build": {"commands": ["read line", "echo no"]}, "post_build": {"commands": ["sleep 60 &"]}}) == (
        ALL_SUCCEED | {"BUILD": "FAILED"}
    )


def test_bash_is_used_when_it_is_asked_for(build: Build) -> None:
    spec = {"build": {"commands": ['words=(a b); echo "${words[1]} $BASH_VERSION" | cut -c 1-2']}}
    assert build.run(spec, env={"shell": "bash"}) == ALL_SUCCEED
    assert build.output == ["b "]


def test_when_the_time_is_up_the_build_ends_with_all_it_has_started(build: Build) -> None:
    sleep = "sleep 60 & echo $! > pid.new; mv pid.new pid; wait"
    phases = {"build": {"commands": [sleep]}, "post_build": {"commands": ["echo no"]}}
    assert build.run(phases, time_is_up="pid")["BUILD"] == "TIMED_OUT"
    assert build.contexts == ["BUILD_TIMED_OUT: Build has timed out."]
    assert build.output == []
    assert not alive((build.source / "pid").read_text().strip())


def test_variables_are_exported_as_the_commands_left_them(build: Build) -> None:
    phases = {"build": {"commands": ['TAG="a b"; export LINES_="1\n2"']}}
    build.run(phases, env={"exported-variables": ["TAG", "LINES_", "UNSET"]})
    assert build.exported == {"TAG": "a b", "LINES_": "1\n2", "UNSET": ""}


def test_the_log_tells_of_phases_and_commands_as_codebuild_does(build: Build) -> None:
    build.phases.log = build.log
    build.run({"install": {"commands": ["echo hello", "exit 3"]}})
    log = re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6}", "<time>", build.log.path.read_text())
    assert log.splitlines() == [
        "[Container] <time> Entering phase INSTALL",
        "[Container] <time> Running command echo hello",
        "hello",
        "[Container] <time> Running command exit 3",
        "[Container] <time> Command did not exit successfully exit 3 exit status 3",
        "[Container] <time> Phase complete: INSTALL State: FAILED",
        (
            "[Container] <time> Phase context status code: COMMAND_EXECUTION_ERROR "
            "Message: Error while executing command: exit 3. Reason: exit status 3"
        ),
    ]


@pytest.mark.parametrize(
    "value",
    [
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:latest",
        "a b  c",
        "it's",
        "$HOME ${HOME} $(echo no) `echo no`",
        "a;b|c&d>e<f*g?h[i]j{k}l~m#n!o%p",
        "",
        "-n",
        "größe",
    ],
)
def test_the_command_of_the_article_carries_any_value_that_json_needs_not_escape(build: Build, value: str) -> None:
    """The shell does not look again at what a variable holds: dollars, backticks and spaces arrive as they are."""
    build.environment |= {"CONTAINER_NAME": value, "REPOSITORY_URI": value}
    assert build.run({"build": {"commands": [ECHO]}}) == ALL_SUCCEED
    written = (build.source / "imagedefinitions.json").read_text()
    assert json.loads(written) == [{"name": value, "imageUri": value}]


def test_the_command_of_the_article_breaks_on_a_double_quote(build: Build) -> None:
    """`echo` writes the quote as it is, which ends the JSON string early: a name with one must be refused before."""
    build.environment |= {"CONTAINER_NAME": 'a"b', "REPOSITORY_URI": "u"}
    assert build.run({"build": {"commands": [ECHO]}}) == ALL_SUCCEED
    assert (build.source / "imagedefinitions.json").read_text() == '[{"name":"a"b","imageUri":"u"}]\n'


def test_the_command_of_the_article_changes_a_backslash(build: Build) -> None:
    r"""bash's `echo` leaves `\t` alone and JSON then reads it as a tab; the `echo` of dash writes the tab itself."""
    build.environment |= {"CONTAINER_NAME": "a\\tb", "REPOSITORY_URI": "u"}
    build.run({"build": {"commands": [ECHO]}}, env={"shell": "bash"})
    assert json.loads((build.source / "imagedefinitions.json").read_text()) == [{"name": "a\tb", "imageUri": "u"}]


# Its memory takes the kernel a while to free: a process is not gone at once when it is killed.
SLOW_TO_DIE = """
import os, time
memory = b"x" * (256 << 20)
open("pid.new", "w").write(str(os.getpid()))
os.rename("pid.new", "pid")
time.sleep(600)
"""


def test_nothing_that_a_build_left_in_the_background_writes_into_its_folder_once_it_has_ended(build: Build) -> None:
    command = f"{sys.executable} -c '{SLOW_TO_DIE}' & while [ ! -e pid ]; do sleep 0.01; done"
    assert build.run({"build": {"commands": [command]}}) == ALL_SUCCEED
    assert not alive((build.source / "pid").read_text())


IN_A_SHELL = """
import os, sys
from pathlib import Path
from localaws.codebuild.shell import Shell

folder = Path(sys.argv[1])
Shell("sh", folder=folder, start_in=folder, environment=dict(os.environ), log=folder / "log").run(
    "sleep 60 & echo $! >pid.new; mv pid.new pid; wait"
)
"""


def test_a_build_does_not_outlive_the_local_aws_even_if_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "build"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", IN_A_SHELL, str(folder)]) as server:
        until(lambda: (folder / "pid").exists())
        pid = (folder / "pid").read_text().strip()
        assert alive(pid)
        server.send_signal(signal.SIGKILL)
    until(lambda: not alive(pid) and not folder.exists())
