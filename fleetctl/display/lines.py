"""Events as plain lines, for where no board can be redrawn: one an event, in stable words."""

from __future__ import annotations

from fleetctl.display.ink import Tone
from fleetctl.display.phrases import phrase
from fleetctl.display.summary import Tally
from fleetctl.display.text import clean
from fleetctl.operations.events import (
    Event,
    NodeAlreadyRunning,
    NodeFailed,
    NodeLeftStarting,
    NodeProgressed,
    NodeStopped,
    SignalSent,
    TasksRunning,
    Warned,
)

REPEAT_INTERVAL = 30.0
"""A drain that takes hours says so twice a minute, not ten times a second."""

PROGRESS_PATIENCE = 2.0
"""Most nodes are ready before anyone could read what they were doing on the way."""


class Lines:
    """Turns events into lines; `now` is monotonic, as in the events.

    With `only_trouble` nothing is told of what goes as it was asked for.
    """

    def __init__(self, *, only_trouble: bool = False) -> None:
        self._only_trouble = only_trouble
        self._tally = Tally()
        self._progress: dict[str, tuple[float, NodeProgressed]] = {}
        self._draining: dict[str, tuple[float, TasksRunning]] = {}
        self._said: dict[str, str] = {}
        self._failed: dict[str, str] = {}

    def apply(self, event: Event, now: float) -> list[str]:
        """The lines to write for one event; what may soon be outdated is left to `due`."""
        self._tally.apply(event)
        if isinstance(event, NodeProgressed):
            self._progress[event.node] = (now + PROGRESS_PATIENCE, event)
            return []
        if isinstance(event, TasksRunning):
            return self._tasks(event, now)
        if not isinstance(event, Warned):
            self._progress.pop(event.node, None)
        if not isinstance(event, (Warned, SignalSent)):
            self._draining.pop(event.node, None)
        return self._lines(event, now)

    def due(self, now: float) -> list[str]:
        """What goes on without news: a start that takes its time, a drain that still runs tasks."""
        lines = []
        for node, (when, event) in list(self._progress.items()):
            if when <= now:
                del self._progress[node]
                lines += self._progressed(event, now)
        for node, (when, running) in list(self._draining.items()):
            if when <= now and running.active:
                self._draining[node] = (now + REPEAT_INTERVAL, running)
                lines += self._lines(running, now)
        return lines

    def summary(self) -> str:
        """The last line, from all that was seen; may be empty."""
        return "" if self._only_trouble else str(self._tally)

    def _tasks(self, event: TasksRunning, now: float) -> list[str]:
        when, _ = self._draining.get(event.node, (now, event))
        if when > now:
            self._draining[event.node] = (when, event)
            return []
        self._draining[event.node] = (now + REPEAT_INTERVAL, event)
        return self._lines(event, now)

    def _progressed(self, event: NodeProgressed, now: float) -> list[str]:
        if self._said.get(event.node) == event.text:
            return []
        self._said[event.node] = event.text
        return self._lines(event, now)

    def _alike(self, event: NodeFailed, now: float) -> str | None:
        """The node that has failed before for the same reason, which needn't be told again."""
        first = self._failed.setdefault(phrase(event, now).text, event.node)
        return None if first == event.node else first

    def _lines(self, event: Event, now: float) -> list[str]:
        if isinstance(event, NodeFailed) and (other := self._alike(event, now)):
            return [f"{clean(event.node)}: failed, as {clean(other)}"]
        words = phrase(event, now)
        if self._only_trouble and not _went_wrong(event, words.tone):
            return []
        subject = f"{clean(event.node)}: " if event.node else ""
        return [subject + words.text, *(f"{subject}  {detail}" for detail in words.details)]


def _went_wrong(event: Event, tone: Tone) -> bool:
    """Whether it tells of a failure: what was asked for is none, whatever it costs."""
    match event:
        case NodeStopped():
            return event.amiss
        case Warned():
            return event.failed
        case NodeAlreadyRunning():
            return event.state != "ready"
        case NodeLeftStarting():
            return event.waited > 0
        case SignalSent():
            return False  # its end tells what that cost
    return tone in (Tone.BAD, Tone.WARN)
