"""The output artifact of a build.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.artifacts
"""

import glob
import os
from pathlib import Path

from localaws.codebuild.buildspec import Artifacts
from localaws.codebuild.progress import Log, PhaseFailedError


def collect(artifacts: Artifacts, source: Path, log: Log) -> dict[str, bytes]:
    """Return the files that match the patterns of the buildspec, by their names in the zip file.

    A pattern that matches no file is skipped, and a line in the log names the pattern.

    Raises:
        PhaseFailedError: No folder matches the base directory, or no pattern matches a file.
    """
    bases = [path for path in _matching(artifacts.base_directory, source) if path.is_dir()]
    if not bases:
        raise PhaseFailedError("CLIENT_ERROR", f"no matching base directory path found for {artifacts.base_directory}")
    files: dict[str, bytes] = {}
    for pattern in artifacts.files:
        log.write(f"Expanding {pattern}")
        found = {path: base for base in bases for path in _matching(pattern, base) if path.is_file()}
        if not found:
            log.write(f"Skipping invalid file path {pattern}")
        for path, base in found.items():
            files[path.name if artifacts.discard_paths else os.path.relpath(path, base)] = path.read_bytes()
    if not files:
        raise PhaseFailedError("CLIENT_ERROR", "no matching artifact paths found")
    return files


def _matching(pattern: str, base: Path) -> list[Path]:
    names = glob.glob(pattern, root_dir=base, recursive=True, include_hidden=True)  # noqa: PTH207 - Path.glob refuses "."
    return [base / name for name in sorted(names)]
