"""Programs of the system's that a test needs: their absence skips it, and fails it in CI."""

from __future__ import annotations

import os
import shutil

import pytest


def need(program: str) -> None:
    """Skip the test where `program` isn't installed; in CI it goes on, to fail."""
    if shutil.which(program) is None and os.environ.get("CI") != "true":
        pytest.skip(f"{program} is not installed")
