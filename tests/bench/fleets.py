"""The fleets that are measured: their nodes write down when they are ready, by their own clock."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from tests.bench.measures import Ground
from tests.support.fleets import Fleet
from tests.support.waiting import wait_until

APP = """
import os, time
from celery import Celery
from celery.signals import worker_ready, worker_shutdown

app = Celery("bench")
app.conf.task_ignore_result = True
time.sleep(float(os.environ.get("IMPORT_SECONDS", "0")))

@app.task
def nothing():
    pass

@app.task
def nap(seconds):
    time.sleep(seconds)

@worker_ready.connect
def ready(sender, **_):
    with open(os.path.join("ready", sender.hostname), "w") as mark:
        mark.write(repr(time.time()))

@worker_shutdown.connect
def leave(**_):
    time.sleep(float(os.environ.get("SHUTDOWN_SECONDS", "0")))
"""

READY_TIMEOUT = 180.0

PREFORK: Mapping[str, Any] = {"pool": "prefork", "concurrency": 2, "queues": ["celery"]}
SOLO: Mapping[str, Any] = {"pool": "solo", "queues": ["celery"]}

_numbers = count(1)


def names(number: int) -> list[str]:
    """w1, w2, ..."""
    return [f"w{index}" for index in range(1, number + 1)]


@contextmanager
def fleet_of(
    ground: Ground,
    number: int,
    worker: Mapping[str, Any],
    *,
    mingle: bool = True,
    gossip: bool = True,
    special: Mapping[str, Mapping[str, Any]] | None = None,
) -> Iterator[Fleet]:
    """So many equal workers, none of them started, in a folder and a database of their own.

    `special` has keys for some workers alone. At the end whatever runs of it is killed.
    """
    serial = next(_numbers)
    domain = f"bench-{serial}"
    url = f"{ground.redis}/{serial}"
    fleet = Fleet(ground.folder / domain, domain=domain, environment={"CELERY_BROKER_URL": url})
    fleet.module("proj", APP)
    (fleet.folder / "ready").mkdir()
    workers = {name: {**worker, **(special or {}).get(name, {})} for name in names(number)}
    switches = {"without_mingle": not mingle, "without_gossip": not gossip}
    fleet.write(workers, app="proj:app", defaults=switches)
    try:
        yield fleet
    finally:
        fleet.kill_everything()


def broker(fleet: Fleet) -> str:
    """The URL of the fleet's own database."""
    return fleet.environment["CELERY_BROKER_URL"]


def forget_ready(fleet: Fleet) -> None:
    """Have `wait_ready` wait for who is ready from now on."""
    for mark in (fleet.folder / "ready").iterdir():
        mark.unlink()


def wait_ready(fleet: Fleet, nodes: Sequence[str]) -> float:
    """Wait until all are ready; when the last of them was, in seconds since the epoch."""
    marks = [fleet.folder / "ready" / f"{name}@{fleet.domain}" for name in nodes]

    def written() -> list[str]:
        texts = [mark.read_text() for mark in marks if mark.exists()]
        return texts if len(texts) == len(marks) and all(texts) else []

    return max(map(float, wait_until(written, timeout=READY_TIMEOUT, what="all to be ready")))


def seconds(fleet: Fleet, *arguments: str) -> float:
    """How long a command of fleetctl takes that must succeed."""
    began = time.monotonic()
    result = fleet.run(*arguments, timeout=READY_TIMEOUT)
    took = time.monotonic() - began
    assert result.code == 0, result
    return took
