"""The successor of cdktf."""

import re

from tests.support.synthesized import ROOT
from tools.bindings import successor


def test_the_successor_is_locked_by_version_and_hash() -> None:
    lines = (ROOT / "tools" / "successor" / "requirements.txt").read_text().splitlines()

    assert [re.sub(r"[0-9.]+(?= )|[0-9a-f]{64}", "", line) for line in lines] == [
        f"{name}== --hash=sha256:" for name in successor.NAMES.values() for name in [name.replace("_", "-")]
    ]
