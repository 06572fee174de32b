from __future__ import annotations

import pytest

from fleetctl.display.summary import Tally
from fleetctl.operations import events
from fleetctl.operations.events import Event
from fleetctl.runtime.formats import Cause
from tests.display.histories import active, left

TASK = active("slow", 1.0)


def stopped(node: str, forced: str | None = None, lost: int = 0, requeued: int = 0) -> Event:
    return events.NodeStopped(
        node, 1, left(), 1.0, forced, lost=(TASK,) * lost, requeued=(TASK,) * requeued
    )


@pytest.mark.parametrize(
    ("history", "text"),
    [
        ([], ""),
        ([events.NodeSpawned("a", 1)], ""),
        ([events.NodeReady("a", 1, 1.0), events.NodeReady("b", 2, 1.0)], "2 started"),
        ([stopped("a"), events.NodeReady("a", 1, 1.0)], "1 restarted"),
        ([events.SignalSent("a", 1, "TERM")], "1 told to stop"),
        ([events.SignalSent("a", 1, "TERM"), stopped("a")], "1 stopped"),
        ([events.SignalSent("a", 1, "KILL")], "1 killed"),
        (
            [stopped("a"), stopped("b", "KILL", lost=2, requeued=1)],
            "1 stopped, 1 killed; 2 tasks lost, 1 requeued",
        ),
        ([events.SignalSent("a", 1, "QUIT", cut=(TASK,))], "1 told to stop"),
        (
            [events.SignalSent("a", 1, "QUIT", cut=(TASK,), fates=True), stopped("a", "QUIT", 1)],
            "1 stopped; 1 task lost",
        ),
        ([stopped("a", "QUIT", requeued=1)], "1 stopped; 1 task requeued"),
        (
            [
                events.NodeFailed("a", Cause("error", "x"), None, ()),
                events.NodeRefused("b", "x"),
                events.NodeLeftStarting("c", 1, 60.0, None),
                events.NodeStillStopping("d", 1, 60.0, ()),
                events.NodeNotRunning("e", "stopped", None),
                events.NodeAlreadyRunning("f", 1, "ready"),
            ],
            "1 already running, 1 not running, 1 still stopping, 1 still starting, "
            "1 refused, 1 failed",
        ),
    ],
)
def test_a_node_counts_once_by_what_became_of_it_last(history: list[Event], text: str) -> None:
    tally = Tally()
    for event in history:
        tally.apply(event)
    assert str(tally) == text
