"""Random settings, variables and interruptions: no traceback, no exit code 0 after an error, no process left.

`HYPOTHESIS_PROFILE=thorough make test` draws many more, for every program. Each failure that was found is an
`@example`.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
import tomli_w
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from settings import SettingsError, find
from tests.settings.test_properties import tables
from tests.support.profile import THOROUGH
from tests.support.synthesized import ROOT
from tools.toolchain.signals import SIGNALS
from tools.toolchain.variables import VariableError, filtered

pytestmark = [pytest.mark.slow, pytest.mark.provider, pytest.mark.usefixtures("provider")]

RUNS = 200 if THOROUGH else 1
SECONDS = 90
EARLIEST_SECONDS = 0.1
"""An earlier interruption hits the start of Python itself, which prints a traceback."""
CDKTF = str(ROOT / "tools" / "toolchain" / "cdktf")
PROGRAMS = {
    "main": [sys.executable, "main.py"],
    "synth": [CDKTF, "synth"],
    "cdktf deploy": [CDKTF, "deploy", "dev-dns", "--auto-approve"],
    "diff": [sys.executable, "-m", "operations.diff", "dev"],
    "apply": [sys.executable, "-m", "operations.diff", "dev", "--apply"],
    "status": [sys.executable, "-m", "operations", "status", "dev"],
    "outputs": [sys.executable, "-m", "operations", "outputs", "dev"],
    "deploy": [sys.executable, "-m", "operations.deploy", "dev"],
    "preflight": [sys.executable, "-m", "operations.preflight", "dev"],
    "state bucket": [sys.executable, "-m", "operations.state_bucket", "dev"],
}

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
FOLDER = st.sampled_from(["", "/dev/null", "/dev/null/none", "{folder}", "{folder}/file"])
VARIABLES: dict[str, st.SearchStrategy[str]] = {
    **dict.fromkeys(("HOME", "TMPDIR", "TF_PLUGIN_CACHE_DIR", "TF_DATA_DIR", "TF_LOG_PATH"), FOLDER),
    "CDKTF_OUTPUT": FOLDER.filter(bool),  # an empty value means the project's folder
    **dict.fromkeys(("TF_WORKSPACE", "AWS_PROFILE", "AWS_REGION", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"), TEXT),
    **dict.fromkeys(("COLUMNS", "LINES", "TERM", "NO_COLOR", "FORCE_COLOR", "CI"), TEXT),
    **dict.fromkeys(("TF_REATTACH_PROVIDERS", "TF_INPUT", "TF_VAR_x", "TF_CLI_CONFIG_FILE"), TEXT),
    **dict.fromkeys(
        ("TF_CLI_ARGS", "TF_CLI_ARGS_init", "TF_CLI_ARGS_plan", "TF_CLI_ARGS_apply"),
        st.sampled_from(["-target=x", "-json", "-out=x", "-no-color", "-lock-timeout 1s", "'", "-destroy"]) | TEXT,
    ),
    "ENVIRONMENTS_FILE": st.sampled_from(["{folder}", "{folder}/none", ""]),
    "AWS_ENDPOINT_URL": st.sampled_from(["http://127.0.0.1:1", "no address"]),
    "AWS_ACCESS_KEY_ID": st.just("key"),
    "AWS_SECRET_ACCESS_KEY": st.just("secret"),
    "TF_LOG": st.sampled_from(["TRACE", "x"]),
    "LC_ALL": st.sampled_from(["C", "en_US.ISO-8859-1", "none"]),
    "PYTHONUTF8": st.sampled_from(["0", "1"]),
    "PYTHONIOENCODING": st.sampled_from(["ascii", "latin-1"]),
    "PYTHONOPTIMIZE": st.sampled_from(["2", "x"]),
    "NODE_OPTIONS": st.just("--max-old-space-size=4096"),
    "JSII_DEBUG": st.just("1"),
}


HOLDS = b"""
[dev]
app = "shop"
region = "eu-central-1"
domain = "shop.example.com"
"""


@dataclass(frozen=True)
class Interruption:
    """A signal to the program, as `kill` sends it, or to all of its processes, as a terminal does."""

    number: signal.Signals
    after_seconds: float
    to_all: bool


interruptions = st.builds(
    Interruption,
    st.sampled_from(SIGNALS),
    st.floats(EARLIEST_SECONDS, 4),
    st.booleans(),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Draw a settings file: a valid one, one with mistakes, or one of these with random bytes in it."""
    content = tomli_w.dumps({"dev": draw(tables(mistakes=draw(st.booleans())))}).encode()
    if draw(st.booleans()):
        return content
    start = draw(st.integers(0, len(content)))
    return content[:start] + draw(st.binary(max_size=20)) + content[start + draw(st.integers(0, 20)) :]


@pytest.mark.parametrize("program", PROGRAMS if THOROUGH else ["main", "cdktf deploy", "diff"])
@example(content=HOLDS, variables={"HOME": "/dev/null", "TMPDIR": "/dev/null/none"}, interruption=None)
@example(content=HOLDS, variables={}, interruption=Interruption(signal.SIGINT, 0.3, to_all=True))
@given(
    content=files(),
    variables=st.fixed_dictionaries({}, optional=VARIABLES),
    interruption=st.none() | interruptions,
)
@settings(max_examples=RUNS, suppress_health_check=list(HealthCheck))
def test_one_message_and_no_process_left(
    program: str, content: bytes, variables: dict[str, str], interruption: Interruption | None
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").touch()
        file = Path(folder) / "environments.toml"
        file.write_bytes(content)
        own = {"ENVIRONMENTS_FILE": str(file), "CDKTF_OUTPUT": f"{folder}/cdktf.out", "CDKTF_OUTDIR": f"{folder}/out"}
        own["HOME"] = folder
        drawn = {name: value.replace("{folder}", folder) for name, value in variables.items()}

        code, output, left = run(PROGRAMS[program], {**own, **drawn}, interruption)

        assert "Traceback" not in output, output
        assert left == []
        if interruption is None and is_refused(program, Path({**own, **drawn}["ENVIRONMENTS_FILE"]), drawn):
            assert code != 0, output


def is_refused(program: str, file: Path, variables: dict[str, str]) -> bool:
    """Return whether the settings or the variables are refused."""
    try:
        if program != "main":
            filtered(variables)
        find(file, "dev")
    except (SettingsError, VariableError):
        return True
    return False


def run(
    command: list[str], variables: dict[str, str], interruption: Interruption | None
) -> tuple[int, str, list[psutil.Process]]:
    """Run the command, and return its exit code, its output and the processes that remain."""
    mark = uuid4().hex
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_EC2_METADATA_DISABLED": "true"}
    nobody = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **nowhere, **variables, **nobody, "FUZZED": mark},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if interruption:
                time.sleep(interruption.after_seconds)
                with suppress(ProcessLookupError):
                    (os.killpg if interruption.to_all else os.kill)(process.pid, interruption.number)
            code = process.wait(SECONDS)
        finally:
            process.kill()
        left = marked(mark)
        output.seek(0)
        return code, output.read().decode(errors="replace"), left


def marked(mark: str) -> list[psutil.Process]:
    """Return the processes with the mark in their environment that do not end within 5 seconds."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("FUZZED") == mark:
                found.append(process)
    return psutil.wait_procs(found, timeout=5)[1]
