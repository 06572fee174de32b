"""The inner half of `namespaces`: ``python -m tests.chaos.inside FAULT TIMES FOLDER ANSWER``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.chaos import faults  # noqa: F401 - enters them all
from tests.chaos.fault import FAULTS, attempt
from tests.chaos.ground import Ground
from tests.chaos.namespaces import hand_over


def main() -> None:
    """Do the fault here, and write its outcome where it is waited for."""
    if os.getpid() == 1:
        reap_as_init()
    name, times, folder, answer = sys.argv[1:]
    with Ground(Path(folder)) as ground:
        hand_over(attempt(FAULTS[name], ground, int(times)), Path(answer))


def reap_as_init() -> None:
    """Go on in a child; the parent, pid 1 of its namespace, buries whoever has no parent left."""
    child = os.fork()
    if not child:
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


if __name__ == "__main__":
    main()
