"""How a run of a node ended, judged from what it left behind: one judgement for both halves."""

from typing import Optional, Tuple

from .entry import CutTask
from .formats import DRAINING, EXITED, FAILED, ActiveTask, Cause, Record, Snapshot

FORCE = ("QUIT", "KILL")


def was_told(record: Record, snapshot: Optional[Snapshot]) -> bool:
    """Whether it was asked to end, by fleetctl or by anyone."""
    if record.asked:
        return True
    if snapshot is None or snapshot.phase == FAILED:
        # Celery shuts a worker down that can't boot, too.
        return False
    if snapshot.ready_at is not None and snapshot.cause is not None:
        # And one whose broker stays away for too long (broker_connection_max_retries).
        return False
    return snapshot.told is not None or snapshot.phase == DRAINING


def was_ready(snapshot: Optional[Snapshot]) -> bool:
    """Whether it ever consumed."""
    return snapshot is not None and snapshot.ready_at is not None and snapshot.phase != FAILED


def cut_off(snapshot: Optional[Snapshot]) -> Tuple[ActiveTask, ...]:
    """The tasks it was running when it was last heard of; none if it left in order."""
    if snapshot is None or snapshot.phase == EXITED:
        return ()
    return tuple(snapshot.active)


def surely_cuts(signal: str, soft_shutdown_timeout: float) -> bool:
    """Whether a signal ends running tasks; a soft shutdown gives them time (Celery 5.5)."""
    return signal in FORCE and not (signal == "QUIT" and soft_shutdown_timeout)


def cut_task(task: ActiveTask) -> CutTask:
    """What a task cut off comes to: the broker still has what is acknowledged late."""
    return CutTask(task.id, task.name, "requeued" if task.acks_late else "lost")


def cause_text(cause: Cause) -> str:
    """Why it never became ready, and where: one line."""
    place = cause.file if cause.line is None else f"{cause.file}:{cause.line}"
    return cause.message if place is None else f"{cause.message} at {place}"
