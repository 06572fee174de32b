"""Events as operations emit them, with the seconds at which they do."""

from __future__ import annotations

from fleetctl.operations.events import (
    Event,
    NodeAlreadyRunning,
    NodeFailed,
    NodeProgressed,
    NodeReady,
    NodeSpawned,
    NodeStopped,
    SignalSent,
    TasksRunning,
)
from fleetctl.runtime.formats import ActiveTask, Cause, Exit

UUID = "4be1c0de-9f3a-4b6e-8f62-0d1c2b3a4f5e"


def active(name: str, started: float, id: str = UUID) -> ActiveTask:
    """A task started at that moment of the fake clock."""
    return ActiveTask(id, f"proj.tasks.{name}", started)


def left(code: int | None = 0, signal: str | None = None) -> Exit:
    """How a process ended."""
    return Exit("launch", code, signal, at=1_800_000_000.0)


FAILED = NodeFailed(
    "crunch2",
    Cause("app-error", "ModuleNotFoundError: No module named 'psycopg3'", "/srv/proj/celery.py", 3),
    left(1),
    (
        "Traceback (most recent call last):",
        '  File "/srv/proj/celery.py", line 3, in <module>',
        "    import psycopg3",
        "ModuleNotFoundError: No module named 'psycopg3'",
    ),
)
START: list[tuple[float, Event]] = [
    (100.0, NodeSpawned("w1", 4711)),
    (100.0, NodeSpawned("io", 4712)),
    (100.1, NodeAlreadyRunning("crunch1", 4600, "ready")),
    (100.1, NodeSpawned("crunch2", 4713)),
    (100.2, NodeProgressed("w1", "importing proj.celery")),
    (100.8, NodeReady("w1", 4711, 0.8)),
    (101.0, FAILED),
    (101.1, NodeProgressed("io", "connecting to redis://cache-1:6379/0")),
]
TASKS = tuple(
    active(name, 100.0 - age, f"{number}be1c0de-9f3a")
    for number, (name, age) in enumerate(
        [("slow", 62), ("mail", 3), ("crunch", 190), ("slow", 12), ("a", 1), ("b", 2), ("c", 0)]
    )
)
DRAIN: list[tuple[float, Event]] = [
    (100.0, SignalSent("w1", 4711, "TERM", "QUIT", 60.0)),
    (100.0, SignalSent("io", 4712, "TERM")),
    (100.5, TasksRunning("w1", TASKS)),
    (100.5, TasksRunning("io", (active("mail", 98.0),))),
]
STOPPED = NodeStopped("w1", 4711, left(), 61.5, "QUIT", lost=TASKS[:1], requeued=TASKS[1:3])
