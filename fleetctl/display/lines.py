"""Events as plain lines, for where no board can be redrawn: one an event, in stable words."""

from __future__ import annotations

from fleetctl.display.phrases import Phrase, phrase
from fleetctl.display.summary import Tally
from fleetctl.display.text import clean
from fleetctl.operations.events import Event, NodeProgressed, TasksRunning

REPEAT_INTERVAL = 30.0
"""A drain that takes hours says so twice a minute, not ten times a second."""


class Lines:
    """Turns events into lines; `now` is monotonic, as in the events."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._said: dict[str, str] = {}
        self._told_tasks: dict[str, float] = {}

    def apply(self, event: Event, now: float) -> list[str]:
        """The lines to write for one event; none for progress that was told a moment ago."""
        self._tally.apply(event)
        words = phrase(event, now)
        if self._repeats(event, words, now):
            return []
        self._said[event.node] = words.text
        subject = f"{clean(event.node)}: " if event.node else ""
        return [subject + words.text, *(f"{subject}  {detail}" for detail in words.details)]

    def _repeats(self, event: Event, words: Phrase, now: float) -> bool:
        if isinstance(event, TasksRunning):
            told = self._told_tasks.get(event.node)
            if told is not None and now - told < REPEAT_INTERVAL:
                return True
            self._told_tasks[event.node] = now
        return isinstance(event, NodeProgressed) and self._said.get(event.node) == words.text

    def summary(self) -> str:
        """The last line, from all that was seen; may be empty."""
        return str(self._tally)
