"""How long a TAB takes: node names of a fleet of 200, against celery's own bash completion.

Both are the whole process that the shell's script starts, in turns: ours answers names and states
from files, celery's answers its command names. Static words cost no process here: bash answers
them itself, which the tests make sure of.

    python -m tests.bench.completion --rounds 30
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fleetctl.runtime.identity import identity_of
from tests.completion.rundirs import put
from tests.support.fleets import FLEETCTL

NODES = 200
LIMIT = 1 / 6

_WORKER = "    pool: prefork\n    concurrency: 4\n    queues: [celery, images]\n"


def main() -> int:
    """Measure, print the table; 1 if the limit is broken."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rounds", type=int, default=30)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_fleet(folder)
        _check(folder)
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(_measure(_OURS, folder, {}))
            theirs.append(_measure([str(FLEETCTL.parent / "celery")], folder, _CELERY))
    return 0 if _print(ours, theirs) else 1


_OURS = [str(FLEETCTL), "_complete", "nodes", "stopped", "", ""]
_CELERY = {"_CELERY_COMPLETE": "bash_complete", "COMP_WORDS": "celery wor", "COMP_CWORD": "1"}


def _write_fleet(folder: Path) -> None:
    """A fleet whose nodes all run, as far as anyone can see: each with a record and a snapshot."""
    names = [f"node-{number:03}" for number in range(1, NODES + 1)]
    workers = "".join(f"  {name}:\n{_WORKER}" for name in names)
    (folder / "fleet.yaml").write_text(f"app: proj\nworkers:\n{workers}")
    for name in names:
        put(folder, name, identity_of(os.getpid()))


def _check(folder: Path) -> None:
    """What is measured must be an answer."""
    ours = subprocess.run(_OURS, cwd=folder, capture_output=True, text=True, check=True).stdout
    assert ours.count("\tready, prefork") == NODES, ours
    environ = {**os.environ, **_CELERY}
    theirs = subprocess.run(
        [FLEETCTL.parent / "celery"], cwd=folder, env=environ, capture_output=True, check=True
    ).stdout
    assert b"worker" in theirs, theirs


def _measure(command: list[str], folder: Path, environ: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env={**os.environ, **environ}, capture_output=True, check=True
    )
    return time.perf_counter() - began


def _print(ours: list[float], theirs: list[float]) -> bool:
    mine, other = statistics.median(ours), statistics.median(theirs)
    kept = mine / other <= LIMIT
    title = f"one TAB, {NODES} nodes, medians of {len(ours)}"
    table = Table("fleetctl, ms", "celery, ms", "ratio", "limit", "", title=title)
    verdict = "kept" if kept else "BROKEN"
    table.add_row(
        f"{mine * 1e3:.1f}", f"{other * 1e3:.1f}", f"{mine / other:.3f}", f"{LIMIT:.3f}", verdict
    )
    Console().print(table)
    return kept


if __name__ == "__main__":
    sys.exit(main())
