"""How many empty tasks a second a node does, with the agent in it and without.

The tasks are in Redis before the clock starts; renaming their list to the node's queue lets them
go. The two nodes take turns, and who begins changes with every round.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from celery import Celery
from redis import Redis

from tests.bench.fleets import broker, fleet_of
from tests.bench.measures import Ground, Measure
from tests.bench.plain import running
from tests.support.fleets import Fleet
from tests.support.waiting import wait_until

LIMIT = 0.98
ROUNDS = 4
"""Measured so many times for each round of other rows: the noise is larger than what is sought."""

POOLS: list[Mapping[str, Any]] = [
    {"pool": "prefork", "concurrency": 2, "queues": ["celery"]},
    {"pool": "threads", "concurrency": 4, "queues": ["celery"]},
]


def throughput(ground: Ground) -> list[Measure]:
    """On prefork and on threads."""
    return [_of_pool(ground, worker) for worker in POOLS]


def _of_pool(ground: Ground, worker: Mapping[str, Any]) -> Measure:
    with ExitStack() as stack:
        ours, plain = (stack.enter_context(fleet_of(ground, 1, worker)) for _ in range(2))
        ours.start()
        stack.enter_context(running(plain, "w1"))
        runs = [Run(fleet, ground.sizes.tasks) for fleet in (ours, plain)]
        for run in runs:
            run.rate()
        pairs = [
            _pair(runs, swapped=bool(turn % 2)) for turn in range(ROUNDS * ground.sizes.rounds)
        ]
    mine, other = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    return Measure(
        work=f"tasks a second with the agent, against without, on {worker['pool']}",
        ours=f"{mine:.0f}/s",
        against=f"{other:.0f}/s",
        value=statistics.median(first / second for first, second in pairs),
        limit=LIMIT,
        at_least=True,
    )


def _pair(runs: list[Run], *, swapped: bool) -> tuple[float, float]:
    if swapped:
        second = runs[1].rate()
        return runs[0].rate(), second
    return runs[0].rate(), runs[1].rate()


class Run:
    """A node, and a list of tasks that can be given to it again and again."""

    def __init__(self, fleet: Fleet, tasks: int) -> None:
        self._redis = Redis.from_url(broker(fleet))
        self._tasks = tasks
        with Celery("client", broker=broker(fleet), set_as_current=False) as app:
            app.conf.task_routes = {"proj.nothing": "parked"}
            for _ in range(tasks):
                app.send_task("proj.nothing", ignore_result=True)

    def rate(self) -> float:
        """Let it do all tasks once: how many it did a second."""
        self._redis.copy("parked", "fresh")
        began = time.monotonic()
        self._redis.rename("fresh", "celery")
        wait_until(self._is_done, timeout=300, what="all tasks to be done")
        return self._tasks / (time.monotonic() - began)

    def _is_done(self) -> bool:
        return not self._redis.exists("celery", "unacked")
