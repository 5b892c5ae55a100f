"""The limits of the container: user, capabilities, read-only files."""

import subprocess
from pathlib import Path

import pytest

from container import Start, image, refusal, start
from postgresql import Database

pytestmark = pytest.mark.skipif(bool(refusal()), reason=refusal())


def shell(command: str, folder: Path, *, limited: bool = True) -> tuple[int, str]:
    """Run a shell command under the limits, and return its exit code and its output."""
    run = start(["sh", "-c", command], folder, folder / "ca.pem", {}, limited=limited)
    output, _ = run.communicate()
    return run.returncode, output.decode()


def test_the_service_runs_under_the_limits(start: Start, database: Database) -> None:
    container = start(database).wait_until_ready()

    for process in (container.process.pid, *container.children()):
        status = dict(
            line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines() if ":\t" in line
        )
        assert {status[name] for name in ("CapEff", "CapPrm", "CapInh", "CapBnd", "CapAmb")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1"
        own = subprocess.run(["id", "--user"], capture_output=True, text=True, check=True).stdout.strip()
        assert status["Uid"].split() in ([image().user.partition(":")[0]] * 4, [own] * 4)
        mounts = [line.split() for line in Path(f"/proc/{process}/mountinfo").read_text().splitlines()]
        options = {mount[4]: mount[5] for mount in mounts}  # a later mount at the same path hides the earlier one
        writable = [path for path in options if options[path].startswith("rw")]
        assert writable == ["/tmp"]  # noqa: S108 - in the container
    assert container.client()("GET", "/notes").status == 200


def test_the_user_is_that_of_the_dockerfile(tmp_path: Path) -> None:
    assert shell("echo $(id --user):$(id --group) $(id --groups)", tmp_path) == (0, f"{image().user} 1000\n")


@pytest.mark.parametrize(
    "folder",
    ["/", "/app", "/app/notes", "/usr", "/etc", "/dev/shm", "$(dirname $(which python))"],  # noqa: S108 - in the container
)
def test_a_write_outside_tmp_is_refused(tmp_path: Path, folder: str) -> None:
    code, output = shell(f"touch {folder}/file", tmp_path)

    assert code == 1
    assert "Read-only file system" in output


def test_a_program_in_tmp_is_not_executed(tmp_path: Path) -> None:
    code, output = shell("cp /bin/true /tmp/program && test -x /tmp/program; /tmp/program", tmp_path)

    assert code == 126
    assert "Permission denied" in output


def test_a_program_of_root_gives_no_rights(tmp_path: Path) -> None:
    """`su` and `mount` run as root by their set-user-ID bit, which no_new_privs makes without effect."""
    code, output = shell("mount -t tmpfs tmpfs /tmp", tmp_path)

    assert code != 0
    assert "must be superuser" in output or "permission denied" in output


def test_without_the_limits_these_tests_would_fail(tmp_path: Path) -> None:
    code, _ = shell(
        f"touch {tmp_path}/file && cp /bin/true {tmp_path}/program && {tmp_path}/program", tmp_path, limited=False
    )

    assert code == 0
