"""Virtualenvs other than the one the tests run in."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

OLDER = ["celery==5.3.*", "redis", "packaging"]


def older_virtualenv(folder: Path) -> Path:
    """The interpreter of a virtualenv with Celery 5.3, made once a test run."""
    folder.mkdir(parents=True, exist_ok=True)
    python = folder / "bin" / "python"
    complete = folder / "complete"
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
            pip = [str(python), "-m", "pip", "install", "-q", *OLDER]
            subprocess.run(pip, check=True, timeout=170, capture_output=True)
            complete.touch()
    return python
