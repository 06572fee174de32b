"""When a node speaks to whoever waits for it: what is worth saying gets through, and once."""

from typing import Dict

from .formats import DRAINING, Snapshot
from .notify import Notifier

MERGE_INTERVAL = 0.1
RETRY_INTERVAL = 0.05


class Voice:
    """Tells a Notifier how its node is: READY once and at once, STATUS as it changes.

    What doesn't fit the listener's queue is kept and tried again. A STATUS that
    changes within MERGE_INTERVAL seconds replaces the one before it.
    """

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        self._said = ""
        self._announced = False
        self._unsaid: Dict[str, str] = {}
        self._spoke = float("-inf")

    @property
    def has_more(self) -> bool:
        """Whether something waits to be said; `speak` again in RETRY_INTERVAL seconds."""
        return bool(self._unsaid)

    def think(self, snapshot: Snapshot, status: str) -> None:
        """Have `speak` say `status`, and with it what `snapshot` makes known for the first time."""
        variables = {"STATUS": status, "MAINPID": str(snapshot.pid)}
        if snapshot.ready_at is not None and not self._announced:
            variables["READY"] = "1"
        if snapshot.phase == DRAINING:
            variables["STOPPING"] = "1"
        changed = status != self._said or "READY" in variables
        self._unsaid = variables if changed else {}

    def speak(self, now: float, last: bool = False) -> None:
        """Say what is unsaid, unless it may change in a moment; the `last` words never will."""
        if not self._unsaid:
            return
        urgent = last or "READY" in self._unsaid
        if not urgent and now - self._spoke < MERGE_INTERVAL:
            return
        if self._notifier.send(**self._unsaid):
            self._said = self._unsaid["STATUS"]
            self._announced = self._announced or "READY" in self._unsaid
            self._spoke = now
            self._unsaid = {}
