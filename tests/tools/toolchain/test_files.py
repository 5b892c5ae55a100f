"""Files that other programs write."""

from pathlib import Path

import pytest

from tools.toolchain import files
from tools.toolchain.files import FileError


def test_a_valid_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text('{"name": "Zoë"}', encoding="utf-8")

    assert files.json_object(tmp_path / "file") == {"name": "Zoë"}


@pytest.mark.parametrize(
    ("held", "fault"),
    [
        (b'{"resources": [{"type"', "is not JSON (Expecting ':' delimiter: line 1 column 23 (char 22))"),
        (b"", "is not JSON (Expecting value: line 1 column 1 (char 0))"),
        (b"[1]", "must contain a JSON object, got a list"),
        (b"\xff\xfe", "is not UTF-8 text: byte 0 is 0xff"),
        (b"[" * 100_000, "is not JSON (it is nested too deep)"),
    ],
)
def test_a_broken_file_is_refused_by_name(held: bytes, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "terraform.dev-state.tfstate"
    file.write_bytes(held)

    with pytest.raises(FileError) as refused:
        files.json_object(file)

    assert str(refused.value).startswith(f"{file}: {fault}")


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.text(tmp_path / "none")
