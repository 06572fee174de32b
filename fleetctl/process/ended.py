"""The state of a node whose process is gone: was it told to, and had it been ready? Pure."""

from __future__ import annotations

from dataclasses import replace

from fleetctl.process.asking import never_came
from fleetctl.process.situation import Facts, Now, Presence
from fleetctl.process.spans import span
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.ending import cause_text, cut_off, was_ready, was_told
from fleetctl.runtime.formats import ActiveTask, Asked, Exit, Record, Snapshot

_FORCED = {"KILL": "killed by", "QUIT": "cut short (SIGQUIT) by"}
_LONG_DRAIN = 60.0
"""Seconds from which on it matters that the end came later than the order."""


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
        active=_cut(record, snapshot, end),
    )


def _cut(record: Record, snapshot: Snapshot | None, end: Exit | None) -> tuple[ActiveTask, ...]:
    """What it was running at its end: by its own account, or by that of who cut it short."""
    forcing = _forcing(record, end)
    return cut_off(snapshot) or tuple(forcing.cut if forcing else ())


def _state(record: Record, snapshot: Snapshot | None) -> State:
    if was_told(record, snapshot):
        return State.STOPPED
    return State.CRASHED if was_ready(snapshot) else State.FAILED


def _reason(
    state: State, record: Record, snapshot: Snapshot | None, end: Exit | None
) -> str | None:
    if state is State.FAILED:
        return _failure(snapshot, end)
    cut = _cut(record, snapshot, end)
    if state is State.CRASHED:
        cause = snapshot.cause if snapshot else None
        unseen = "gone, nobody saw how" + "," * bool(cut)
        why = cause_text(cause) if cause else _ending(end) or unseen
        return _join(why, _while(cut))
    forced = end is not None and end.signal not in (None, "TERM", "INT")
    how = _forced_by(record, end) or (_ending(end) if forced else None) or _stopper(record, end)
    return _join(how, _while(cut))


def _forced_by(record: Record, end: Exit | None) -> str | None:
    """Who used force; where nobody saw how it ended, the last who did."""
    forcing = _forcing(record, end)
    if forcing is None:
        return None
    return f"{_FORCED[forcing.signal]} {forcing.by.user}'s `{forcing.by.command}`"


def _forcing(record: Record, end: Exit | None) -> Asked | None:
    """The last force that fits how it ended."""
    for asked in reversed(record.asked):
        fits = asked.signal != "KILL" or end is None or end.signal == "KILL"
        if asked.signal in _FORCED and fits:
            return asked
    return None


def _stopper(record: Record, end: Exit | None) -> str | None:
    """Who told it to stop, and for how long it then finished its tasks."""
    if not record.asked:
        return None
    first = record.asked[0]
    drained = end.at - first.at if end is not None else 0.0
    after = f", {span(drained)} before it ended" if drained >= _LONG_DRAIN else ""
    return f"stopped by {first.by.user}'s `{first.by.command}`{after}"


def _failure(snapshot: Snapshot | None, end: Exit | None) -> str:
    if snapshot is not None and snapshot.cause is not None:
        return cause_text(snapshot.cause)
    where = f", at {snapshot.place}" if snapshot is not None and snapshot.place else ""
    return f"{_ending(end) or 'gone'} before it was ready{where}"


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
