"""Tasks for every mood of a fleet: fast, slow, failing, retrying, endless."""

from __future__ import annotations

import time

from celery import Task

from .application import app
from .ledger import LedgerTask

STEP = 0.5


@app.task(base=LedgerTask, name="sample.add")
def add(x: int, y: int) -> int:
    """The fast one."""
    return x + y


@app.task(base=LedgerTask, name="sample.slow", bind=True)
def slow(self: Task, seconds: float = 20.0) -> float:
    """Take `seconds`, telling the result backend how far it is every half second."""
    began = time.monotonic()
    while (done := time.monotonic() - began) < seconds:
        self.update_state(state="PROGRESS", meta={"done": round(done, 1), "of": seconds})
        time.sleep(min(STEP, seconds - done))
    return seconds


@app.task(base=LedgerTask, name="sample.fail")
def fail(message: str = "this task always fails") -> None:
    """Raise ValueError."""
    raise ValueError(message)


@app.task(base=LedgerTask, name="sample.retry", bind=True, max_retries=None)
def retry(self: Task, times: int = 3, countdown: float = 1.0) -> int:
    """Fail and be retried `times` times, `countdown` seconds apart, then succeed."""
    if self.request.retries < times:
        raise self.retry(countdown=countdown)
    return times


@app.task(base=LedgerTask, name="sample.endless")
def endless() -> None:
    """Outlast any drain budget: only a harder signal ends it."""
    while True:
        time.sleep(STEP)
