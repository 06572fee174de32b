"""`stopwait` of idle nodes, and `restart --all-at-once` until ready: against `celery multi`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.bench.fleets import PREFORK, fleet_of, forget_ready, names, seconds, wait_ready
from tests.bench.measures import Ground, Measure, ratio
from tests.bench.plain import life
from tests.support.fleets import Fleet
from tests.support.multi import Multi


def stopwait(ground: Ground) -> list[Measure]:
    """Ten idle prefork nodes, until the command returns."""
    ours: list[float] = []
    theirs: list[float] = []
    nodes = names(ground.sizes.nodes)
    for _ in range(ground.sizes.rounds):
        with _two_fleets(ground) as (first, second):
            ours.append(seconds(first, "stopwait", "all"))
            theirs.append(_seconds_of_multi(second, "stopwait", nodes))
    with fleet_of(ground, 1, PREFORK) as fleet:
        own = life(fleet, "w1").exit
    return [
        ratio(
            f"stopwait of {len(nodes)} idle prefork x 2",
            ours,
            theirs,
            limit=0.32,
            floor=f"one plain idle node, alone, exits {own:.2f} s after its TERM",
        )
    ]


def restart(ground: Ground) -> list[Measure]:
    """All ten at once, from the command until the last is ready again; fleetctl preflights."""
    ours: list[float] = []
    theirs: list[float] = []
    nodes = names(ground.sizes.nodes)
    with _two_fleets(ground) as (first, second):
        for _ in range(ground.sizes.rounds):
            ours.append(_seconds_until_ready(first, nodes, by_fleetctl=True))
            theirs.append(_seconds_until_ready(second, nodes, by_fleetctl=False))
    with fleet_of(ground, 1, PREFORK) as fleet:
        own = life(fleet, "w1")
    return [
        ratio(
            f"restart --all-at-once of {len(nodes)} prefork x 2, until ready",
            ours,
            theirs,
            limit=0.3,
            floor=(
                f"one plain node alone exits in {own.exit:.2f} s "
                f"and is ready {own.boot:.2f} s after its command"
            ),
        )
    ]


@contextmanager
def _two_fleets(ground: Ground) -> Iterator[tuple[Fleet, Fleet]]:
    """Two running fleets of equal nodes, the first fleetctl's, the second started by multi."""
    nodes = names(ground.sizes.nodes)
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(fleet_of(ground, len(nodes), PREFORK)) for _ in range(2)
        )
        first.start()
        assert Multi(second).start_and_leave(*nodes).code == 0
        wait_ready(second, nodes)
        yield first, second


def _seconds_of_multi(fleet: Fleet, verb: str, nodes: list[str]) -> float:
    began = time.monotonic()
    multi = Multi(fleet)
    result = multi.stopwait(*nodes) if verb == "stopwait" else multi.restart(*nodes)
    assert result.code == 0, result
    return time.monotonic() - began


def _seconds_until_ready(fleet: Fleet, nodes: list[str], *, by_fleetctl: bool) -> float:
    forget_ready(fleet)
    began = time.time()
    if by_fleetctl:
        seconds(fleet, "restart", "all", "--all-at-once")
    else:
        _seconds_of_multi(fleet, "restart", nodes)
    return wait_ready(fleet, nodes) - began
