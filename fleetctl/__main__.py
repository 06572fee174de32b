"""The program: ``fleetctl`` and ``python -m fleetctl``."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command line of this process, and exit with the table's code."""
    if sys.platform == "win32":
        sys.exit("fleetctl: Windows is not supported: it has neither fork nor signals to drain by.")
    from fleetctl.process import warmup

    try:
        warmup.begin(sys.argv[1:], os.environ, _here(), sys.executable)
        from fleetctl.cli.main import run

        sys.exit(run())
    finally:
        warmup.discard()


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        sys.exit("error: the current directory doesn't exist any more")


if __name__ == "__main__":
    main()
