"""Stops and rolling restarts under load: every task is done once, and its result is there."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.fault import Evidence, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.truth import Truth, check_end
from tests.support.fleets import Fleet
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

POOLS = ("prefork", "threads", "gevent", "eventlet", "solo")
GIVING_BACK = ("prefork",)
"""Pools of which Celery itself runs a task twice now and then (`_given_back`)."""

IN_FLIGHT = 300
SECONDS = 0.005

ROUND = (("restart", "all"), ("stopwait", "w1"), ("start", "w1"))
CHECKED = (
    "every task done, its result SUCCESS; none twice, but what Celery's prefork gave back; no force"
)


@fault(
    "stopwait and rolling restarts under load, Redis, each pool",
    checked=CHECKED,
    times=10_000,
    quick=250,
)
def load_on_redis(ground: Ground, times: int) -> Evidence:
    return _load(ground, ground.redis, times)


@fault(
    "stopwait and rolling restarts under load, RabbitMQ, each pool",
    checked=CHECKED,
    times=10_000,
    quick=250,
)
def load_on_rabbitmq(ground: Ground, times: int) -> Evidence:
    return _load(ground, ground.rabbitmq, times)


@dataclass
class Feed:
    """Sends tasks as fast as they are done, from a thread of its own."""

    tasks: Tasks
    truth: Truth
    number: int
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether all are sent."""
        return not self._thread.is_alive()

    def _run(self) -> None:
        while len(self.sent) < self.number:
            wait_until(
                lambda: len(self.sent) - self.truth.ends() < IN_FLIGHT, timeout=60, what="progress"
            )
            for _ in range(min(20, self.number - len(self.sent))):
                self.sent.append(self.tasks.call("chaos.take", SECONDS))


def _load(ground: Ground, broker: Callable[[], str], number: int) -> Evidence:
    each = number // len(POOLS)
    stops = {}
    for pool in POOLS:
        with explained(pool):
            stops[pool] = _load_pool(ground, broker(), pool, each)
    told = ", ".join(f"{pool} {count}" for pool, count in stops.items())
    return each * len(POOLS), f"{each:,} a pool; {told}"


def _load_pool(ground: Ground, broker: str, pool: str, number: int) -> str:
    """How many nodes were stopped while the tasks flowed, and what Celery did then."""
    slots = {} if pool == "solo" else {"concurrency": 4 if pool != "prefork" else 2}
    workers = {name: {**SOLO, "pool": pool, **slots} for name in ("w1", "w2")}
    with (
        ground.fleet(workers, broker=broker, backend=ground.redis()) as (fleet, truth),
        ground.tasks(fleet) as tasks,
    ):
        fleet.start()
        feed = Feed(tasks, truth, number)
        stops = _disturb(fleet, feed)
        wait_until(
            lambda: truth.ends() >= number,
            timeout=60,
            what=f"{number} tasks to end",
            detail=lambda: _tally(truth, feed.sent),
        )
        check_end(fleet, truth)
        again = _given_back(truth) if pool in GIVING_BACK else set()
        assert len(again) <= number / 100, _tally(truth, feed.sent)
        for times in (truth.started(), truth.ended()):
            assert set(times) == set(feed.sent), _tally(truth, feed.sent)
            assert {task for task, count in times.items() if count > 1} <= again, times
        results = Counter(map(tasks.state, feed.sent))
        assert results == {"SUCCESS": number}, results
        return f"{stops} stops" + (f" ({len(again)} tasks given back and run again)" * bool(again))


def _given_back(truth: Truth) -> set[str]:
    """The tasks that ran twice because Celery itself gave them back to its broker.

    On TERM its prefork pool closes the consumer, which returns what isn't acknowledged, before it
    has heard from its children what they have begun. The message then says that it was redelivered.
    """
    begun = [entry for entry in truth.ledger.entries() if entry["event"] == "start"]
    twice = {task for task, count in truth.started().items() if count > 1}
    return {entry["id"] for entry in begun if entry["again"]} & twice


def _disturb(fleet: Fleet, feed: Feed) -> int:
    stops = 0
    while not feed.over or not stops:
        for command in ROUND:
            result = fleet.run(*command)
            assert (result.code, "KILL" in result.output) == (0, False), result
            stops += result.output.count("stopped in")
    return stops


def _tally(truth: Truth, sent: list[str]) -> str:
    started, ended = truth.started(), truth.ended()
    lost = [task for task in sent if not started[task]]
    cut = [task for task in sent if started[task] and not ended[task]]
    twice = [task for task in sent if started[task] > 1 or ended[task] > 1]
    return (
        f"of {len(sent)} tasks {len(lost)} never began, {len(cut)} never ended, "
        f"{len(twice)} ran twice: {[*lost, *cut, *twice][:3]}"
    )
