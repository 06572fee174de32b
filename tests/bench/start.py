"""From the command until all are ready, and what then stands in memory: against `celery multi`."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench import proc
from tests.bench.fleets import PREFORK, SOLO, fleet_of, names, wait_ready
from tests.bench.measures import MEBIBYTE, Ground, Measure, ratio
from tests.bench.plain import life
from tests.support.fleets import Fleet
from tests.support.multi import Multi

PSS_LIMIT = 0.45


@dataclass(frozen=True)
class Start:
    """Seconds from the command to the last ready; bytes of PSS, and CPU seconds, of all then."""

    seconds: float
    pss: int
    cpu: float


def prefork(ground: Ground) -> list[Measure]:
    """Ten prefork nodes of two children each, with and without mingle."""
    return [
        *_compare(ground, ground.sizes.nodes, PREFORK, "prefork x 2", mingle=True, limit=0.3),
        *_compare(ground, ground.sizes.nodes, PREFORK, "prefork x 2", mingle=False, limit=0.18),
    ]


def solo(ground: Ground) -> list[Measure]:
    """Twenty solo nodes, with and without mingle; their memory is told."""
    timed = [
        _compare(ground, ground.sizes.solos, SOLO, "solo", mingle=True, limit=0.25),
        _compare(ground, ground.sizes.solos, SOLO, "solo", mingle=False, limit=0.12),
    ]
    return [measures[0] for measures in timed]


def _compare(
    ground: Ground, number: int, worker: Mapping[str, Any], pool: str, *, mingle: bool, limit: float
) -> list[Measure]:
    ours: list[Start] = []
    theirs: list[Start] = []
    for _ in range(ground.sizes.rounds):
        ours.append(sample(ground, number, worker, by_fleetctl, mingle=mingle))
        theirs.append(sample(ground, number, worker, by_multi, mingle=mingle))
    which = f"{number} {pool}, mingle {'on' if mingle else 'off'}"
    return [
        ratio(
            f"start until ready: {which}",
            [start.seconds for start in ours],
            [start.seconds for start in theirs],
            limit=limit,
            floor=_floor(ground, number, worker, ours, mingle=mingle),
        ),
        ratio(
            f"PSS of {which}",
            [start.pss / MEBIBYTE for start in ours],
            [start.pss / MEBIBYTE for start in theirs],
            limit=PSS_LIMIT,
            form="{:.0f} MB",
        ),
    ]


def sample(
    ground: Ground, number: int, worker: Mapping[str, Any], tool: Any, *, mingle: bool
) -> Start:
    """Start a fleet with a tool, and measure it."""
    with fleet_of(ground, number, worker, mingle=mingle) as fleet:
        began = time.time()
        tool(fleet, names(number))
        last = wait_ready(fleet, names(number))
        pids = [process.pid for process in fleet.survivors()]
        return Start(last - began, proc.pss(pids), proc.cpu(pids))


def by_fleetctl(fleet: Fleet, nodes: list[str]) -> None:
    """Start all with fleetctl."""
    fleet.start(*nodes)


def by_multi(fleet: Fleet, nodes: list[str]) -> None:
    """Start all with `celery multi`, which doesn't wait for them."""
    result = Multi(fleet).start_and_leave(*nodes)
    assert result.stdout.count(": OK") == len(nodes), result


def _floor(
    ground: Ground, number: int, worker: Mapping[str, Any], ours: list[Start], *, mingle: bool
) -> str:
    with fleet_of(ground, 1, worker, mingle=mingle) as fleet:
        alone = life(fleet, "w1").boot
    used = min(start.cpu for start in ours)
    cores = os.cpu_count() or 1
    return (
        f"one plain node alone is ready after {alone:.2f} s; the launcher and the {number} nodes "
        f"then have used {used:.2f} s of CPU, which on {cores} cores take {used / cores:.2f} s"
    )
