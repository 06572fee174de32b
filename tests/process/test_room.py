from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleetctl.process.room import lacking

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

MOUNTED = """
set -e
mount -t tmpfs -o "$2" none "$1"
exec "$3" -c "from fleetctl.process.room import lacking; print(lacking('$1'))"
"""


@as_root
@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ("size=1m", "None"),
        ("size=16k", "full"),
        ("size=1m,nr_inodes=1", "full"),
        ("size=1m,nr_inodes=0", "None"),
        ("size=1m,ro", "read-only"),
    ],
)
def test_a_file_system_that_takes_no_file_is_recognised(
    tmp_path: Path, options: str, answer: str
) -> None:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", tmp_path, options, sys.executable],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == f"{answer}\n"


def test_of_a_folder_that_is_gone_nothing_is_said(tmp_path: Path) -> None:
    assert lacking(str(tmp_path / "gone")) is None


def test_a_file_system_without_blocks_or_inodes_is_not_called_full() -> None:
    assert lacking("/proc/self") is None
