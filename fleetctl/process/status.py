"""A node's true state: the words `status` shows and every operation decides by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fleetctl.process.pidfile import PidfileFacts
from fleetctl.runtime.formats import ActiveTask, Exit, Identity, Record, Snapshot


class State(str, Enum):
    """The states a node can be in (DESIGN: States)."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    DISCONNECTED = "disconnected"
    DRAINING = "draining"
    UNRESPONSIVE = "unresponsive"
    FAILED = "failed"
    CRASHED = "crashed"
    FOREIGN = "foreign"

    @property
    def running(self) -> bool:
        """Whether a process of the node's lives."""
        return self in RUNNING


RUNNING = frozenset(
    {State.STARTING, State.READY, State.DISCONNECTED, State.DRAINING, State.UNRESPONSIVE}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeStatus:
    """What is known of one node at one moment.

    ``since`` is epoch seconds; ``uptime`` seconds; ``target`` is the process a signal may be sent
    to, after comparing it again through a pidfd; ``orphans`` are pids of pool children that
    outlived their main process; ``changes`` is what has drifted, in words; ``adopted`` marks a
    worker proven to be started by `celery multi`, ``homeless`` one whose record is gone with its
    rundir, ``of_another_fleet`` a place that a node of a fleet with the same rundir has taken;
    ``stale`` is the pidfile as it was seen, where it is certain that no worker of this node's
    stands behind it: `start` removes it (`fleetctl.process.pidfile.remove_stale`), also where the
    state is ``foreign``.
    """

    name: str
    state: State
    reason: str | None = None
    since: float | None = None
    uptime: float | None = None
    target: Identity | None = None
    record: Record | None = None
    snapshot: Snapshot | None = None
    exit: Exit | None = None
    active: tuple[ActiveTask, ...] = ()
    drift: bool = False
    changes: tuple[str, ...] = ()
    in_fleet: bool = True
    adopted: bool = False
    homeless: bool = False
    of_another_fleet: bool = False
    orphans: tuple[int, ...] = ()
    stale: PidfileFacts | None = None

    @property
    def soft_shutdown_timeout(self) -> float:
        """Seconds that the app gives running tasks after a QUIT; 0: none, or not known."""
        return self.snapshot.soft_shutdown_timeout if self.snapshot else 0.0
