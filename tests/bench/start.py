"""From the command until all are ready, and what then stands in memory: against `celery multi`."""

from __future__ import annotations

import os
import resource
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
MINGLE = 1.0
"""Seconds that a node listens for others after the last that it heard (Celery's Mingle)."""


@dataclass(frozen=True)
class Start:
    """Seconds from the command to the last ready; bytes of PSS of all then; what it took."""

    seconds: float
    pss: int
    profile: Profile


@dataclass(frozen=True)
class Profile:
    """CPU seconds: of the command, the nodes' parent, all nodes, and all their pool processes."""

    command: float
    launcher: float
    nodes: float
    children: float

    @property
    def total(self) -> float:
        return self.command + self.launcher + self.nodes + self.children


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
        began, used = time.time(), _children_cpu()
        tool(fleet, names(number))
        used = _children_cpu() - used
        last = wait_ready(fleet, names(number))
        pids = {process.pid for process in fleet.survivors()}
        return Start(last - began, proc.pss(pids), _profile(used, pids))


def _children_cpu() -> float:
    """CPU seconds of all processes that this one has waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _profile(command: float, pids: set[int]) -> Profile:
    depths = {pid: _depth(pid, pids) for pid in pids}

    def used_at(depth: int) -> float:
        return proc.cpu(pid for pid in pids if depths[pid] == depth)

    return Profile(command, launcher=used_at(0), nodes=used_at(1), children=used_at(2))


def _depth(pid: int, pids: set[int]) -> int:
    parent = proc.parent(pid)
    return 1 + _depth(parent, pids) if parent in pids else 0


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
    """The profile of the thriftiest start, and how long that much takes at the very least."""
    with fleet_of(ground, 1, worker, mingle=mingle) as fleet:
        alone = life(fleet, "w1").boot
    least = min((start.profile for start in ours), key=lambda profile: profile.total)
    cores = os.cpu_count() or 1
    floor = least.total / cores + (MINGLE if mingle else 0.0)
    waiting = f", and mingle waits {MINGLE:g} s in each node" if mingle else ""
    return (
        f"CPU used: fleetctl {least.command:.2f} s, launcher {least.launcher:.2f} s, "
        f"{number} nodes {least.nodes:.2f} s, pool processes {least.children:.2f} s; "
        f"on {cores} cores that takes {least.total / cores:.2f} s{waiting}: the floor is "
        f"{floor:.2f} s. One plain node alone is ready after {alone:.2f} s"
    )
