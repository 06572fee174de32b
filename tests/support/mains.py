"""An app whose main processes write down when they are up and when they are wholly gone."""

from __future__ import annotations

from typing import Any

from tests.support.fleets import Fleet
from tests.support.ledger import Ledger
from tests.support.waiting import wait_until

APP = """
import json, os, time
from celery import Celery
from celery.signals import worker_ready, worker_shutdown

app = Celery("proj")
app.conf.broker_connection_retry_on_startup = True

def note(event, **facts):
    line = json.dumps({"event": event, "pid": os.getpid(), **facts}) + "\\n"
    with open("mains", "a") as mains:
        mains.write(line)

@worker_ready.connect
def up(sender, **_):
    queues = sorted(sender.app.amqp.queues.consume_from)
    note("up", queues=queues, concurrency=sender.controller.concurrency)

@worker_shutdown.connect
def down(**_):
    time.sleep(float(os.environ.get("SHUTDOWN_SECONDS", "0")))
    note("down")
"""


class Mains:
    """What the fleet's main processes wrote."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        fleet.module("proj", APP)

    def entries(self) -> list[dict[str, Any]]:
        """Every line, oldest first."""
        return Ledger(self._fleet.folder / "mains").entries()

    def events(self) -> list[str]:
        """``up`` and ``down``, in order."""
        return [entry["event"] for entry in self.entries()]

    def wait_for_ups(self, number: int, timeout: float = 15) -> None:
        """Wait until so many main processes have been ready."""
        wait_until(
            lambda: self.events().count("up") >= number,
            timeout=timeout,
            what=f"{number} main processes to have been ready",
            detail=self.events,
        )
