"""How it went, over all nodes: ``5 started, 1 already running, 1 failed``."""

from __future__ import annotations

from collections import Counter

from fleetctl.display.words import plural
from fleetctl.operations import events

_OUTCOMES: dict[type[events.Event], str] = {
    events.NodeReady: "started",
    events.NodeAlreadyRunning: "already running",
    events.NodeStopped: "stopped",
    events.SignalSent: "told to stop",
    events.NodeNotRunning: "not running",
    events.NodeStillStopping: "still stopping",
    events.NodeLeftStarting: "still starting",
    events.NodeRefused: "refused",
    events.NodeFailed: "failed",
}
_ORDER = [
    "started",
    "restarted",
    "already running",
    "stopped",
    *("killed", "told to stop", "not running", "still stopping", "still starting"),
    *("refused", "failed"),
]


class Tally:
    """Counts each node once, by what became of it last."""

    def __init__(self) -> None:
        self._outcomes: dict[str, str] = {}
        self._stopped: set[str] = set()
        self._fates: dict[str, tuple[int, int]] = {}

    def apply(self, event: events.Event) -> None:
        """Take note of one event; those that decide nothing are passed over."""
        outcome = _OUTCOMES.get(type(event))
        if outcome is None:
            return
        if isinstance(event, events.NodeStopped):
            outcome = self._stop(event)
        elif isinstance(event, events.NodeReady) and event.node in self._stopped:
            outcome = "restarted"
        elif isinstance(event, events.SignalSent) and event.signal == "KILL":
            outcome = "killed"
        elif isinstance(event, events.SignalSent) and event.fates:
            late = sum(task.acks_late for task in event.cut)
            self._fates[event.node] = len(event.cut) - late, late
        self._outcomes[event.node] = outcome

    def _stop(self, event: events.NodeStopped) -> str:
        self._stopped.add(event.node)
        if event.lost or event.requeued:
            self._fates[event.node] = len(event.lost), len(event.requeued)
        return "killed" if event.forced == "KILL" else "stopped"

    def __str__(self) -> str:
        """``2 stopped, 1 killed; 1 task lost, 2 requeued``; empty where nothing was decided."""
        outcomes = Counter(self._outcomes.values())
        parts = [f"{outcomes[word]} {word}" for word in _ORDER if outcomes[word]]
        return "; ".join(filter(None, [", ".join(parts), self._cut()]))

    def _cut(self) -> str:
        lost = sum(fates[0] for fates in self._fates.values())
        requeued = sum(fates[1] for fates in self._fates.values())
        parts = [f"{plural(lost, 'task')} lost"] if lost else []
        if requeued:
            number = str(requeued) if parts else plural(requeued, "task")
            parts.append(f"{number} requeued")
        return ", ".join(parts)
