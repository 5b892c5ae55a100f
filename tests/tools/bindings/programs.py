"""Programs that run in another Python process, because `tools.bindings` changes a process when it is imported."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.synthesized import ROOT
from tools.bindings import successor

CDK, AWS = ("cdktn", "cdktn_provider_aws") if successor.ACTIVE else ("cdktf", "cdktf_cdktf_provider_aws")

LIBRARY = f"@{CDK}/provider-aws/lib/"
"""The folder of the AWS bindings in Node."""


def python(*arguments: str, path: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the repository, with `path` at the start of the import path."""
    places = [str(place) for place in (path, ROOT) if place]
    process = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(places), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    return process
