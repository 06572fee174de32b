"""How long until ten prefork nodes work, and what they weigh: fleetctl against `celery multi`.

Both run the same app with the same worker flags on the same Redis, in turns. A node is ready when
its own ``worker_ready`` handler says so; the clock starts with the command. The weight is the
proportional set size of everything the tool left running.

    python -m tests.bench.start_to_ready --rounds 5
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.support import brokers
from tests.support.fleets import Fleet
from tests.support.multi import Multi
from tests.support.waiting import wait_until

NODES = [f"w{number}" for number in range(1, 11)]
MEBIBYTE = 1 << 20
TIME_LIMITS = {True: 0.35, False: 0.2}
PSS_LIMIT = 0.5

APP = """
import os, time
from celery import Celery
from celery.signals import worker_ready

app = Celery("bench")

@worker_ready.connect
def ready(sender, **_):
    with open(os.path.join("ready", sender.hostname), "w") as mark:
        mark.write(repr(time.time()))
"""

Tool = Callable[[Fleet], None]


@dataclass(frozen=True)
class Sample:
    """One start: seconds from the command to the last node's ready, and bytes of PSS."""

    seconds: float
    pss: int


def main() -> int:
    """Measure, print the table; 1 if a limit is broken."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, brokers.redis_server(Path(folder)) as redis:
        urls = (f"{redis}/{number}" for number in count())
        kept = [_compare(Path(folder), urls, rounds, mingle=mingle) for mingle in (True, False)]
    return 0 if all(kept) else 1


def _compare(folder: Path, urls: Iterator[str], rounds: int, *, mingle: bool) -> bool:
    ours: list[Sample] = []
    theirs: list[Sample] = []
    for _ in range(rounds):
        ours.append(_measure(_start_by_fleetctl, folder, next(urls), mingle=mingle))
        theirs.append(_measure(_start_by_multi, folder, next(urls), mingle=mingle))
    return _print(ours, theirs, mingle=mingle)


def _start_by_fleetctl(fleet: Fleet) -> None:
    fleet.start()


def _start_by_multi(fleet: Fleet) -> None:
    result = Multi(fleet).start_and_leave(*NODES)
    assert result.stdout.count(": OK") == len(NODES), result


def _measure(start: Tool, folder: Path, url: str, *, mingle: bool) -> Sample:
    fleet = _make_fleet(folder, url, mingle=mingle)
    ready = fleet.folder / "ready"
    try:
        began = time.time()
        start(fleet)
        wait_until(
            lambda: len(list(ready.iterdir())) == len(NODES), timeout=120, what="all to be ready"
        )
        last = max(float(mark.read_text()) for mark in ready.iterdir())
        return Sample(last - began, sum(_pss(process.pid) for process in fleet.survivors()))
    finally:
        fleet.kill_everything()


def _make_fleet(folder: Path, url: str, *, mingle: bool) -> Fleet:
    domain = f"bench-{url.rpartition('/')[2]}-{'mingle' if mingle else 'alone'}"
    fleet = Fleet(folder / domain, domain=domain, environment={"CELERY_BROKER_URL": url})
    fleet.module("proj", APP)
    (fleet.folder / "ready").mkdir()
    worker = {"pool": "prefork", "concurrency": 2, "queues": ["celery"]}
    switches = {"without_mingle": not mingle, "without_gossip": False}
    return fleet.write(dict.fromkeys(NODES, worker), app="proj:app", defaults=switches)


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"no Pss of {pid}")


def _print(ours: list[Sample], theirs: list[Sample], *, mingle: bool) -> bool:
    title = f"ten prefork x 2 nodes, {'with' if mingle else 'without'} mingle"
    table = Table("median", "fleetctl", "celery multi", "ratio", "limit", "", title=title)
    rows = [
        ("start to ready, s", _seconds, TIME_LIMITS[mingle]),
        ("PSS, MB", _mebibytes, PSS_LIMIT),
    ]
    kept = True
    for name, measure, limit in rows:
        mine, other = (statistics.median(map(measure, samples)) for samples in (ours, theirs))
        ratio = mine / other
        kept = kept and ratio <= limit
        verdict = "kept" if ratio <= limit else "BROKEN"
        table.add_row(name, f"{mine:.2f}", f"{other:.2f}", f"{ratio:.2f}", f"{limit:.2f}", verdict)
    Console().print(table)
    return kept


def _seconds(sample: Sample) -> float:
    return sample.seconds


def _mebibytes(sample: Sample) -> float:
    return sample.pss / MEBIBYTE


if __name__ == "__main__":
    sys.exit(main())
