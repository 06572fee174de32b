"""The inner half of `namespaces`: ``python -m tests.chaos.inside FAULT TIMES FOLDER ANSWER``."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.chaos import faults  # noqa: F401 - enters them all
from tests.chaos.fault import FAULTS, attempt
from tests.chaos.ground import Ground
from tests.chaos.namespaces import hand_over


def main() -> None:
    """Do the fault here, and write its outcome where it is waited for."""
    name, times, folder, answer = sys.argv[1:]
    with Ground(Path(folder)) as ground:
        hand_over(attempt(FAULTS[name], ground, int(times)), Path(answer))


if __name__ == "__main__":
    main()
