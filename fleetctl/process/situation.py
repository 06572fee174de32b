"""The facts of one node at one moment, from which its state follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from fleetctl.process.foreign import Holder
from fleetctl.process.pidfile import PidfileFacts
from fleetctl.process.records import Unusable
from fleetctl.runtime.formats import Exit, Identity, Record, Snapshot

#: A node writes a snapshot once a second, or beats every three; a consumer's loop answers within
#: 2 s unless it is stuck (3.6 s was seen under a task that hogs the processor).
SILENCE_TIMEOUT = 6.0


class Presence(Enum):
    """Where the process of a record is."""

    UNRECORDED = "there is no record that counts"
    HERE = "it lives, within reach"
    ELSEWHERE = "it lives, in another pid namespace"
    GONE = "it has ended"
    EARLIER_BOOT = "it ended with an earlier boot"


@dataclass(frozen=True, slots=True)
class Now:
    """One moment on three clocks: seconds since the epoch, monotonic, and since boot."""

    epoch: float
    monotonic: float
    since_boot: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What was found.

    ``letter`` is the living process's state in proc(5), ``uid`` its real user. ``rundir`` is what
    keeps it from being written to (``full``, ``read-only``), looked at only for a silent node;
    ``holder`` the living process behind the pidfile, looked for only when the record's is gone.
    ``of_another_fleet``: its record is another node's, of a fleet that shares the rundir.
    ``homeless`` is its living process, where there is no record for it any more.
    ``in_fleet`` tells whether fleet.yaml has the node, ``digest`` what it looks like
    there and ``changes`` what is other than it was started as.
    """

    name: str
    euid: int
    in_fleet: bool = True
    digest: str | None = None
    changes: tuple[str, ...] = ()
    record: Record | Unusable | None = None
    of_another_fleet: bool = False
    homeless: Identity | None = None
    presence: Presence = Presence.UNRECORDED
    letter: str | None = None
    uid: int | None = None
    snapshot: Snapshot | Unusable | None = None
    rundir: str | None = None
    exit: Exit | Unusable | None = None
    pidfile: PidfileFacts | None = None
    holder: Holder | None = None
    orphans: tuple[int, ...] = ()

    @property
    def stale(self) -> PidfileFacts | None:
        """The pidfile, where it can be removed and no process that may be the node's has it."""
        if self.pidfile is None or self.pidfile.version is None:
            return None
        return self.pidfile if self.holder is None or self.holder.replaceable else None
