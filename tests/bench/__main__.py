"""How fast fleetctl is: every limit measured, most of them against `celery multi`.

    python -m tests.bench --rounds 5 [--only ROW]...

Both sides run the same app with the same worker flags on the same private Redis, in turns; the
table has medians. A node is ready when its own ``worker_ready`` handler says so, and the clock
starts with the command. Exit code 1 if a limit is broken.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.bench import machine, table
from tests.bench.measures import Ground, Measure, Sizes
from tests.bench.rows import ROWS
from tests.support import brokers


def main() -> int:
    """Measure, and print the table; 1 if a limit is broken."""
    options = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("--rounds", type=int, default=Sizes.rounds, help="how often; default: 5")
    options.add_argument("--only", action="append", choices=list(ROWS), help="one row alone")
    chosen = options.parse_args()
    described = machine.describe()
    measures = measure(chosen.only or list(ROWS), Sizes(rounds=chosen.rounds))
    table.show(Console(), described, measures)
    return 0 if all(measure.kept for measure in measures) else 1


def measure(rows: Sequence[str], sizes: Sizes) -> list[Measure]:
    """Measure these rows, on a Redis of their own; says on stderr how it goes."""
    progress = Console(stderr=True, highlight=False)
    measures: list[Measure] = []
    with tempfile.TemporaryDirectory() as folder, brokers.redis_server(Path(folder)) as redis:
        ground = Ground(Path(folder), redis, sizes)
        for row in rows:
            began = time.monotonic()
            found = _measure(row, ground)
            measures += found
            progress.print(f"{row}: measured in {time.monotonic() - began:.0f} s")
            for each in found:
                progress.print(f"  {table.in_words(each)}", soft_wrap=True)
    return measures


def _measure(row: str, ground: Ground) -> list[Measure]:
    """One row; where it can't be measured, a line that says so, and not the end of the others."""
    try:
        return ROWS[row](ground)
    except AssertionError as error:
        return [Measure(row, ours="not measured", failed=True, floor=str(error))]


if __name__ == "__main__":
    sys.exit(main())
