"""Whether a signal that was noted was ever sent: fleetctl may die between the two."""

from __future__ import annotations

from fleetctl.runtime import formats
from fleetctl.runtime.formats import Asked, Record, Snapshot

#: How long a signal that was sent may take until its node says so; its loop answers within 3.6 s
#: even under a task that hogs the processor.
ARRIVAL_TIMEOUT = 5.0


def never_came(record: Record, snapshot: Snapshot | None) -> Asked | None:
    """The last signal noted in `record`, if its node goes on as if it had never been sent.

    Proof is that the main thread, which runs the signal handlers, has answered long after: that a
    snapshot was written is none, for another thread writes it while a task blocks the first.
    """
    if snapshot is None or not record.asked or not _untold(snapshot):
        return None
    last = record.asked[-1]
    if last.noted is None or snapshot.answered is None:
        return None
    # Both on the clock that nobody can set.
    return last if snapshot.answered > last.noted + ARRIVAL_TIMEOUT else None


def _untold(snapshot: Snapshot) -> bool:
    return snapshot.told is None and snapshot.phase in (formats.CONSUMING, formats.EXITED)
