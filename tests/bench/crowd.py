"""Two hundred solo nodes: how long they take to start, what status and idling cost."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

from fleetctl.runtime.agent import IDLE_INTERVAL
from tests.bench import proc
from tests.bench.fleets import SOLO, fleet_of, seconds
from tests.bench.measures import MEBIBYTE, Ground, Measure
from tests.support.fleets import Fleet
from tests.support.waiting import wait_until

KILOBYTE = 1000


def crowd(ground: Ground) -> list[Measure]:
    """All started at once, without mingle and gossip; then left idle."""
    many, few = ground.sizes.crowd, ground.sizes.nodes
    with (
        fleet_of(ground, many, SOLO, mingle=False, gossip=False) as fleet,
        fleet_of(ground, few, SOLO, mingle=False, gossip=False) as small,
    ):
        took = seconds(fleet, "start", "--timeout", "150s")
        memory = proc.pss(process.pid for process in fleet.survivors())
        small.start()
        return [
            Measure(f"start of {many} solo, mingle and gossip off", ours=f"{took:.1f} s"),
            Measure(f"PSS of {many} solo", ours=f"{memory / MEBIBYTE:.0f} MB"),
            _status(ground, fleet, small),
            *_idle(ground, fleet),
        ]


def _status(ground: Ground, fleet: Fleet, small: Fleet) -> Measure:
    many: list[float] = []
    few: list[float] = []
    for _ in range(ground.sizes.rounds):
        many.append(seconds(fleet, "status"))
        few.append(seconds(small, "status"))
    of_many, of_few = statistics.median(many), statistics.median(few)
    return Measure(
        work=f"status of {ground.sizes.crowd} nodes, against status of {ground.sizes.nodes}",
        ours=f"{of_many:.2f} s",
        against=f"{of_few:.2f} s",
        value=of_many / of_few,
        limit=3.0,
    )


def _idle(ground: Ground, fleet: Fleet) -> list[Measure]:
    mains = [fleet.pid(name) for name in fleet.config["workers"]]
    duration = ground.sizes.idle_seconds
    _await_rest(fleet)
    agents, written = _used(mains, duration, _agents_cpu, _written)
    share = 100 * agents / duration
    return [
        Measure(
            work=f"CPU of the agents of {len(mains)} idle nodes",
            ours=f"{share:.2f} % of a core",
            value=share,
            limit=2.0,
            unit=" %",
        ),
        Measure(
            work=f"written to disk by {len(mains)} idle nodes",
            # What was dirty before, and was deleted meanwhile, counts as less than nothing.
            ours=f"{max(written, 0.0) / duration / KILOBYTE:.0f} kB/s",
        ),
    ]


def _await_rest(fleet: Fleet) -> None:
    """Wait until no node has had any news for a while: its last snapshot has got old."""
    snapshots = list(fleet.folder.glob("run/nodes/*/*.snapshot.json"))

    def written_last() -> bool:
        return max(path.stat().st_mtime for path in snapshots) < time.time() - 2 * IDLE_INTERVAL

    wait_until(written_last, timeout=60, what="the nodes to be idle")


def _used(
    mains: list[int], duration: float, *counters: Callable[[list[int]], float]
) -> list[float]:
    """By how much each counter grows in so many seconds."""
    before = [counter(mains) for counter in counters]
    time.sleep(duration)
    return [counter(mains) - start for counter, start in zip(counters, before, strict=True)]


def _agents_cpu(mains: list[int]) -> float:
    """Seconds of all threads but the main ones: a solo node has no other than its agent's."""
    return sum(
        proc.thread_cpu(pid, tid) for pid in mains for tid in proc.threads(pid) if tid != pid
    )


def _written(mains: list[int]) -> float:
    os.sync()
    return float(sum(map(proc.written, mains)))
