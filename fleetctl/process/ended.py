"""The state of a node whose process is gone: was it told to, and had it been ready? Pure."""

from __future__ import annotations

from dataclasses import replace

from fleetctl.process.asking import never_came
from fleetctl.process.situation import Facts, Now, Presence
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime import formats
from fleetctl.runtime.formats import ActiveTask, Cause, Exit, Record, Snapshot


def derive(facts: Facts, record: Record, now: Now) -> NodeStatus:
    """The status of a process that has ended, of which `facts.record` is `record`."""
    if facts.presence is Presence.EARLIER_BOOT:
        booted_at = now.epoch - now.since_boot
        return NodeStatus(
            name=facts.name, state=State.STOPPED, reason="since reboot", since=booted_at
        )
    snapshot = facts.snapshot if isinstance(facts.snapshot, Snapshot) else None
    end = facts.exit if isinstance(facts.exit, Exit) else None
    if never_came(record, snapshot):
        record = replace(record, asked=[])
    state = _state(record, snapshot)
    return NodeStatus(
        name=facts.name,
        state=state,
        reason=_reason(state, record, snapshot, end),
        since=_ended_at(record, snapshot, end),
        active=cut_off(snapshot),
    )


def cut_off(snapshot: Snapshot | None) -> tuple[ActiveTask, ...]:
    """The tasks it was running when it was last heard of; none if it left in order."""
    if snapshot is None or snapshot.phase == formats.EXITED:
        return ()
    return tuple(snapshot.active)


def _state(record: Record, snapshot: Snapshot | None) -> State:
    if _was_told(record, snapshot) and not _gave_up(record, snapshot):
        return State.STOPPED
    if snapshot is None or snapshot.ready_at is None or snapshot.phase == formats.FAILED:
        return State.FAILED
    return State.CRASHED


def _was_told(record: Record, snapshot: Snapshot | None) -> bool:
    if record.asked:
        return True
    return snapshot is not None and (
        snapshot.told is not None or snapshot.phase == formats.DRAINING
    )


def _gave_up(record: Record, snapshot: Snapshot | None) -> bool:
    """Whether it left for a cause of its own.

    Celery shuts a worker down that can't boot, and one whose broker stays away for too long
    (``broker_connection_max_retries``), much as if it had been told to.
    """
    if record.asked or snapshot is None:
        return False
    return snapshot.phase == formats.FAILED or _failed_later(snapshot)


def _failed_later(snapshot: Snapshot) -> bool:
    return snapshot.ready_at is not None and snapshot.cause is not None


def _reason(
    state: State, record: Record, snapshot: Snapshot | None, end: Exit | None
) -> str | None:
    if state is State.FAILED:
        return _failure(snapshot, end)
    cut = cut_off(snapshot)
    if state is State.CRASHED:
        cause = snapshot.cause if snapshot else None
        why = _told(cause) if cause else _ending(end) or "gone, nobody saw how,"
        return _join(why, _while(cut))
    forced = end is not None and end.signal not in (None, "TERM", "INT")
    return _join(_forced_by(record, end) or (_ending(end) if forced else None), _while(cut))


def _forced_by(record: Record, end: Exit | None) -> str | None:
    """Who used force; where nobody saw how it ended, the last who did."""
    words = {"KILL": "killed by", "QUIT": "cut short (SIGQUIT) by"}
    for asked in reversed(record.asked):
        fits = asked.signal != "KILL" or end is None or end.signal == "KILL"
        if asked.signal in words and fits:
            return f"{words[asked.signal]} {asked.by.user}'s `{asked.by.command}`"
    return None


def _failure(snapshot: Snapshot | None, end: Exit | None) -> str:
    if snapshot is not None and snapshot.cause is not None:
        return _told(snapshot.cause)
    where = f", at {snapshot.place}" if snapshot is not None and snapshot.place else ""
    return f"{_ending(end) or 'gone'} before it was ready{where}"


def _told(cause: Cause) -> str:
    place = cause.file if cause.line is None else f"{cause.file}:{cause.line}"
    return cause.message if place is None else f"{cause.message} at {place}"


def _ending(end: Exit | None) -> str | None:
    if end is None:
        return None
    if end.signal is not None:
        return f"killed by SIG{end.signal}"
    return f"exited with code {end.code}"


def _while(cut: tuple[ActiveTask, ...]) -> str | None:
    if not cut:
        return None
    first = f"{cut[0].name}[{cut[0].id}]"
    return f"while running {first}" + (f" and {len(cut) - 1} more" if len(cut) > 1 else "")


def _join(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


def _ended_at(record: Record, snapshot: Snapshot | None, end: Exit | None) -> float:
    if end is not None:
        return end.at
    return snapshot.written_at if snapshot is not None else record.started_at
