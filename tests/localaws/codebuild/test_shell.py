"""The shell of a build, which all commands share and which ends with the build."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.localaws.aws_pipeline import until
from tests.support.localaws.build_in_a_folder import Build, alive

ALL_SUCCEED = dict.fromkeys(("INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"), "SUCCEEDED")


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


def test_a_command_has_no_input_and_may_leave_processes(build: Build) -> None:
    assert build.run({"build": {"commands": ["read line", "echo no"]}, "post_build": {"commands": ["sleep 60 &"]}}) == (
        ALL_SUCCEED | {"BUILD": "FAILED"}
    )


def test_the_buildspec_can_choose_bash(build: Build) -> None:
    spec = {"build": {"commands": ['words=(a b); echo "${words[1]} $BASH_VERSION" | cut -c 1-2']}}
    assert build.run(spec, env={"shell": "bash"}) == ALL_SUCCEED
    assert build.output == ["b "]


def test_a_timeout_ends_the_build_and_its_processes(build: Build) -> None:
    sleep = "sleep 60 & echo $! > pid.new; mv pid.new pid; wait"
    phases = {"build": {"commands": [sleep]}, "post_build": {"commands": ["echo no"]}}
    assert build.run(phases, time_is_up="pid")["BUILD"] == "TIMED_OUT"
    assert build.contexts == ["BUILD_TIMED_OUT: Build has timed out."]
    assert build.output == []
    assert not alive((build.source / "pid").read_text().strip())


# The kernel takes some time to free the memory, so the process still exists for a moment after the kill.
SLOW_TO_DIE = """
import os, time
memory = b"x" * (256 << 20)
open("pid.new", "w").write(str(os.getpid()))
os.rename("pid.new", "pid")
time.sleep(600)
"""


def test_no_process_outlives_the_build(build: Build) -> None:
    """A background process could write into the folder of the build."""
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


def test_a_build_ends_when_the_local_aws_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "build"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", IN_A_SHELL, str(folder)]) as server:
        until(lambda: (folder / "pid").exists())
        pid = (folder / "pid").read_text().strip()
        assert alive(pid)
        server.send_signal(signal.SIGKILL)
    until(lambda: not alive(pid) and not folder.exists())
