"""`status` of nodes at work, against `celery status` of the same nodes."""

from __future__ import annotations

import sys
import time

from celery import Celery

from tests.bench.fleets import PREFORK, broker, fleet_of, names, seconds
from tests.bench.measures import Ground, Measure, ratio
from tests.support.fleets import Fleet
from tests.support.waiting import wait_until

NAP = 3600


def status(ground: Ground) -> list[Measure]:
    """Ten nodes, two tasks running on each."""
    number = ground.sizes.nodes
    bare: list[float] = []
    ours: list[float] = []
    theirs: list[float] = []
    own_queue = {name: {"queues": [name]} for name in names(number)}
    with fleet_of(ground, number, PREFORK, special=own_queue) as fleet:
        fleet.start()
        _make_busy(fleet, number)
        for _ in range(ground.sizes.rounds):
            bare.append(seconds(fleet, "names"))
            ours.append(seconds(fleet, "status"))
            theirs.append(_seconds_of_celery(fleet, number))
    return [
        ratio(
            f"status of {number} nodes with {2 * number} tasks running",
            ours,
            theirs,
            limit=0.17,
            form="{:.3f} s",
            floor=f"fleetctl names, which only reads fleet.yaml, takes {min(bare):.3f} s",
        )
    ]


def _make_busy(fleet: Fleet, number: int) -> None:
    """Two tasks on each; from queues of their own, or one node would prefetch for another."""
    with Celery("client", broker=broker(fleet), set_as_current=False) as app:
        for name in 2 * names(number):
            app.send_task("proj.nap", [NAP], queue=name, ignore_result=True)

    def running() -> int:
        return sum(len(row["active"]) for row in fleet.status().values())

    wait_until(
        lambda: running() == 2 * number, timeout=30, what="all to be at work", detail=running
    )


def _seconds_of_celery(fleet: Fleet, number: int) -> float:
    command = [sys.executable, "-m", "celery", "--app=proj:app", "status"]
    began = time.monotonic()
    result = fleet.command(command)
    took = time.monotonic() - began
    assert f"{number} nodes online" in result.stdout, result
    return took
