"""The benchmark: what it measures, what it refuses, and what an interruption leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import psutil
import pytest

from tests.support.synthesized import ROOT
from tools.bench import synth
from tools.bench.measure import Files, Memory, Run, declared, run
from tools.bench.synth import measure
from tools.bench.ways import OURS, STOCK, Case, Way
from tools.outside import OutsideError

BUSY = """
import subprocess, sys
memory = bytes(b"x" * 200_000_000)
spend = "import time\\nwhile time.process_time() < 0.3: pass"
subprocess.run([sys.executable, "-c", spend], check=True)
"""


def program(code: str) -> Way:
    """Return a program that writes nothing that cdktf would write."""
    return Way("another", lambda _: [sys.executable, "-c", code], "CDKTF_OUTDIR", "black")


def test_a_run_counts_the_time_and_memory_of_all_processes(tmp_path: Path) -> None:
    single, files = run(program(BUSY), Case(1, tmp_path), sampled=True)

    assert single.cpu_seconds >= 0.3
    assert single.seconds >= 0.3
    assert 200_000_000 < single.memory.largest < single.memory.tree
    assert files == {}


def test_the_output_of_a_failed_program_is_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"^cannot\nanother: exit code 3$"):
        run(program("import sys; print('cannot'); sys.exit(3)"), Case(1, tmp_path))


def test_the_settings_have_the_number_of_environments(tmp_path: Path) -> None:
    case = Case(2, tmp_path / "case")
    case.write_settings()

    _, files = run(OURS, case)

    stacks = [f"stacks/e{number}-{part}/cdk.tf.json" for number in (1, 2) for part in ("dns", "main", "registry")]
    assert sorted(declared(files)) == stacks


def test_each_program_runs_in_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each first run fills caches, and each last run samples the memory. The runs here only have a number."""
    sampled_runs: list[bool] = []
    order: list[tuple[str, int]] = []

    def numbered(_way: Way, _case: Case, *, sampled: bool = False) -> tuple[Run, Files]:
        sampled_runs.append(sampled)
        number = len(sampled_runs)
        return Run(number, number, Memory(tree=number)), {}

    monkeypatch.setattr(synth, "run", numbered)

    found = measure(
        [1, 2], 2, ways=[OURS, program("")], before_run=lambda way, number: order.append((way.name, number))
    )

    names = (OURS.name, "another")
    assert order == [(name, number) for number, rounds in ((1, 4), (2, 3)) for _ in range(rounds) for name in names]
    assert [number for number, sampled in enumerate(sampled_runs, 1) if sampled] == [8, 9, 15, 16]
    shown = [
        (each.runs[0].seconds, each.runs[1].seconds, each.memory.tree)
        for way in found.values()
        for each in way.values()
    ]
    assert shown == [(4, 6, 8), (5, 7, 9), (11, 13, 15), (12, 14, 16)]


def test_a_program_with_other_resources_is_refused() -> None:
    with pytest.raises(OutsideError, match=r"^another: these files differ from those of this project: stacks/e1-dns"):
        measure([1], 1, ways=[program("")], before_run=lambda *_: None)


@pytest.mark.parametrize(("way", "refused"), [(STOCK, True), (program(""), False)], ids=["stock", "another"])
def test_only_the_stock_import_must_write_the_same_metadata(
    way: Way,
    refused: bool,  # noqa: FBT001 - a parameter of the test
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def written(by: Way, _case: Case, *, sampled: bool = False) -> tuple[Run, Files]:
        content = json.dumps({"//": by.name, "resource": {}}).encode()
        return Run(1, 1, Memory(tree=sampled)), {"stacks/e1-dns/cdk.tf.json": content}

    monkeypatch.setattr(synth, "run", written)

    with pytest.raises(OutsideError) if refused else nullcontext():
        measure([1], 1, ways=[way], before_run=lambda *_: None)


def test_the_variables_of_a_kept_rehearsal_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("OTHER", "stays")

    variables = OURS.variables(Case(1, tmp_path), tmp_path / "out")

    assert (variables.get("AWS_ENDPOINT_URL"), variables["OTHER"]) == (None, "stays")
    assert variables["CDKTF_OUTDIR"] == str(tmp_path / "out")


@pytest.mark.parametrize(
    ("option", "numbers"),
    [("--environments", "1"), ("--environments", "1 1 2"), ("--environments", "0 1"), ("--rounds", "0")],
)
def test_numbers_without_a_result_are_refused_first(
    option: str, numbers: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["synth", option, *numbers.split()])

    with pytest.raises(SystemExit):
        synth.main()

    assert f"error: {option}: must be at least " in capsys.readouterr().err


def test_an_interruption_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.bench.synth", "--into", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        this = psutil.Process(process.pid)
        deadline = time.monotonic() + 20
        while not (children := this.children(recursive=True)) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)

    assert children
    assert (process.returncode, errors) == (130, "✗ interrupted\n")
    assert not any(child.is_running() for child in children)
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_replaced_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "bench.md").write_text("old")

    synth.replace(tmp_path / "bench.md", "new")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("bench.md", "new")]
