"""The program: ``fleetctl`` and ``python -m fleetctl``."""

from __future__ import annotations

import os
import signal
import sys


def main() -> None:
    """Run the command line of this process, and exit with the table's code."""
    if sys.platform == "win32":
        sys.exit("fleetctl: Windows is not supported: it has neither fork nor signals to drain by.")
    # Until an operation knows better, ^C is the end: no traceback out of an import.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    _open_standard_streams()
    from fleetctl.process import warmup

    try:
        warmup.begin(sys.argv[1:], os.environ, sys.executable)
        from fleetctl.cli.main import run

        sys.exit(run())
    finally:
        warmup.discard()


def _open_standard_streams() -> None:
    """Be whole where the caller has closed a stream (``>&-``): Python leaves None in its place.

    Else the next file opened would get its number, and the output.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


if __name__ == "__main__":
    main()
