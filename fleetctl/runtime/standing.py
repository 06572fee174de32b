"""How a node stands by the word of its main thread: its phase, its broker, what made it leave."""

from dataclasses import replace
from typing import Optional

from . import native
from .formats import BOOTING, CONSUMING, DRAINING, Broker, Cause


class Standing:
    """What the main thread sets and the agent's thread reads; each change is one assignment."""

    def __init__(self) -> None:
        self.broker: Optional[Broker] = None
        self.cause: Optional[Cause] = None
        self.told: Optional[str] = None
        self.ready_at: Optional[float] = None
        self.enter(BOOTING)

    def enter(self, phase: str) -> None:
        """Begin a phase, now."""
        self.phase = phase
        self.phase_since = native.monotonic()
        self.phase_since_at = native.clock()

    def become_ready(self) -> None:
        """Consume for the first time."""
        self.ready_at = native.clock()
        self.enter(CONSUMING)

    def drain(self, told: str) -> bool:
        """Begin to drain; the first teller is the one that is remembered. Whether it is this."""
        if self.told is not None:
            return False
        self.told = told
        self.enter(DRAINING)
        return True

    def connect(self, url: str, connected: bool, error: Optional[str]) -> None:
        """The connection has come (with `connected`) or gone, or is gone still."""
        old = self.broker
        if old is not None and old.connected == connected:
            self.broker = replace(old, url=url, error=error or old.error)
        else:
            self.broker = Broker(url, connected, native.monotonic(), native.clock(), error)

    @property
    def is_connected(self) -> bool:
        return self.broker is not None and self.broker.connected
