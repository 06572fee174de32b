"""Do every fault to real fleets and print one table: what held, and what did not.

python -m tests.chaos [--quick] [--rounds N] [--only NAME ...] [--markdown]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from tests.chaos import table
from tests.chaos.fault import FAULTS, Fault, Outcome
from tests.chaos.run import run


def main() -> int:
    """Run what was asked for; 0 only if all of it held."""
    options = _parser().parse_args()
    chosen = [FAULTS[name] for name in options.only or FAULTS]
    with tempfile.TemporaryDirectory(prefix="chaos-") as base:
        outcomes = [_one(subject, Path(base), options) for subject in chosen]
    if options.markdown:
        sys.stdout.write(table.markdown(outcomes))
    else:
        Console().print(table.of(outcomes))
    for outcome in outcomes:
        if outcome.held is False:
            sys.stdout.write(f"\n{outcome.fault}\n{outcome.said}\n")
    return 0 if all(outcome.held for outcome in outcomes) else 1


def _one(subject: Fault, base: Path, options: argparse.Namespace) -> Outcome:
    times = options.rounds or (subject.quick if options.quick else subject.times)
    folder = base / subject.name
    folder.mkdir()
    sys.stderr.write(f"{subject.name} … ")
    sys.stderr.flush()
    outcome = run(subject, folder, times)
    sys.stderr.write(f"{table.verdict(outcome)} ({outcome.seconds:.0f} s)\n")
    return outcome


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each as often as the suite does it")
    parser.add_argument("--markdown", action="store_true", help="print the table for the README")
    parser.add_argument("--rounds", type=int, metavar="N", help="each so many times")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", choices=FAULTS, help=f"of {', '.join(FAULTS)}"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
