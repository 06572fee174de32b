"""What fleetctl adds where the nodes themselves are slow: to the slowest one's boot, and its exit.

One node imports for two seconds and takes two to shut down. What it needs by itself is measured on
a plain one, with nothing else running; fleetctl starts and stops it among the others.
"""

from __future__ import annotations

import statistics

from tests.bench.fleets import PREFORK, fleet_of, seconds
from tests.bench.measures import Ground, Measure
from tests.bench.plain import Life, life

LIMIT = 0.3
SLOW = {"env": {"IMPORT_SECONDS": "2", "SHUTDOWN_SECONDS": "2"}}


def added(ground: Ground) -> list[Measure]:
    """To the boot of the slowest of ten, and to its exit."""
    plain: list[Life] = []
    ours: list[Life] = []
    for _ in range(ground.sizes.rounds):
        with fleet_of(ground, 1, PREFORK, mingle=False, special={"w1": SLOW}) as fleet:
            plain.append(life(fleet, "w1"))
        with fleet_of(ground, ground.sizes.nodes, PREFORK, mingle=False, special={"w1": SLOW}) as f:
            ours.append(Life(boot=seconds(f, "start"), exit=seconds(f, "stopwait", "all")))
    return [
        _difference("boot", [one.boot for one in ours], [one.boot for one in plain]),
        _difference("exit", [one.exit for one in ours], [one.exit for one in plain]),
    ]


def _difference(what: str, ours: list[float], plain: list[float]) -> Measure:
    mine, own = statistics.median(ours), statistics.median(plain)
    return Measure(
        work=f"added to the slowest node's own {what}",
        ours=f"{mine:.2f} s",
        against=f"{own:.2f} s",
        value=mine - own,
        limit=LIMIT,
        unit=" s",
    )
