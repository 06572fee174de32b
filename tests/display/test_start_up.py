from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["lines", "status_json", "errors", "show", "problems", "board"])
def test_what_needs_no_rich_does_not_wait_for_its_import(module: str) -> None:
    reveal = f"import sys, fleetctl.display.{module}; print('rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", reveal], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "False\n"
