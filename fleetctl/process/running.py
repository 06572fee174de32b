"""The state of a node whose process lives: what its agent says, and how old that is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fleetctl.process.asking import never_came
from fleetctl.process.identity import user_name
from fleetctl.process.situation import SILENCE_TIMEOUT, Facts, Now, Presence
from fleetctl.process.spans import span
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime import formats
from fleetctl.runtime.formats import ActiveTask, Asked, Record, Snapshot


@dataclass(frozen=True, slots=True)
class _Verdict:
    state: State
    since: float | None
    reason: str | None = None


def derive(facts: Facts, record: Record, now: Now) -> NodeStatus:
    """The status of a living process, of which `facts.record` is `record`."""
    snapshot = facts.snapshot if isinstance(facts.snapshot, Snapshot) else None
    verdict = _judge(facts, record, snapshot, now)
    ours = facts.uid is None or facts.uid == facts.euid
    here = facts.presence is Presence.HERE
    status = NodeStatus(
        name=facts.name,
        state=verdict.state,
        reason=verdict.reason,
        since=verdict.since,
        uptime=max(0.0, now.monotonic - record.started_monotonic),
        target=record.identity if here and ours else None,
        active=_goes_on(record, snapshot),
    )
    if not here:
        return _add(status, "it runs in another container, out of a signal's reach")
    if not ours:
        return _add(status, f"it runs as {user_name(facts.uid or 0)}: not ours to signal")
    return status


def _goes_on(record: Record, snapshot: Snapshot | None) -> tuple[ActiveTask, ...]:
    """What it is running, but for what a QUIT has cut off, of which the node may not tell yet."""
    cut = {task.id for asked in record.asked for task in asked.cut}
    return tuple(task for task in snapshot.active if task.id not in cut) if snapshot else ()


def paused(letter: str | None) -> str | None:
    """Why a process with this state letter (proc(5)) runs no code at all; None where it may."""
    if letter == "T":
        return "its process is stopped (SIGSTOP or SIGTSTP); SIGCONT lets it go on"
    if letter == "t":
        return "its process is stopped by a debugger"
    return None


def _judge(facts: Facts, record: Record, snapshot: Snapshot | None, now: Now) -> _Verdict:
    if why := paused(facts.letter):
        seen = snapshot.written_at if snapshot else record.started_at
        return _Verdict(State.UNRESPONSIVE, seen, why)
    if snapshot is None:
        return _unheard(facts, record, now)
    if now.monotonic - snapshot.written > SILENCE_TIMEOUT:
        return _silent(facts, snapshot, now)
    if snapshot.phase in (formats.DRAINING, formats.EXITED, formats.FAILED):
        return _leaving(record, snapshot)
    if lost := never_came(record, snapshot):
        return _undisturbed(lost, _consuming(record, snapshot, now))
    if record.asked:
        return _asked(record.asked)
    if snapshot.phase == formats.CONSUMING:
        return _consuming(record, snapshot, now)
    return _Verdict(State.STARTING, record.started_at, _progress(record, snapshot))


def _unheard(facts: Facts, record: Record, now: Now) -> _Verdict:
    waited = now.monotonic - record.started_monotonic
    if record.asked:
        return _Verdict(State.DRAINING, record.asked[-1].at, _told(record.asked[-1]))
    if facts.snapshot is not None:
        reason = str(facts.snapshot)
    elif waited > SILENCE_TIMEOUT:
        why = f"its rundir is {facts.rundir}" if facts.rundir else "can it write to its rundir?"
        reason = f"nothing heard of it for {span(waited)}: {why}"
    else:
        reason = "its process has begun"
    return _Verdict(State.STARTING, record.started_at, reason)


def _silent(facts: Facts, snapshot: Snapshot, now: Now) -> _Verdict:
    silence = now.monotonic - snapshot.written
    reason = f"nothing heard of it for {span(silence)}"
    if facts.rundir:
        reason += f": its rundir is {facts.rundir}"
    elif facts.letter == "D":
        reason += ": its process waits for a disk or a network file system (state D)"
    elif snapshot.phase == formats.EXITED:
        reason += ": it hangs on its way out"
    elif snapshot.phase == formats.DRAINING:
        reason += ", while it was draining"
    return _Verdict(State.UNRESPONSIVE, snapshot.written_at, reason)


def _leaving(record: Record, snapshot: Snapshot) -> _Verdict:
    if snapshot.phase == formats.FAILED:
        cause = snapshot.cause.message if snapshot.cause else "of an unknown cause"
        reason = f"failed and is leaving: {cause}"
    elif record.asked and record.asked[-1].cut:
        reason = _told(record.asked[-1])
    elif snapshot.phase == formats.EXITED or not snapshot.active:
        reason = "no task left, it is leaving"
    else:
        reason = f"finishing {_tasks(len(snapshot.active))}"
    return _Verdict(State.DRAINING, snapshot.phase_since_at, reason)


def _asked(asked: list[Asked]) -> _Verdict:
    # The signal is on its way, or waits until the main thread runs Python code again.
    return _Verdict(State.DRAINING, asked[-1].at, _told(asked[-1]))


def _undisturbed(lost: Asked, verdict: _Verdict) -> _Verdict:
    note = f"was to be stopped (SIG{lost.signal}) by {lost.by.user}, but the signal never came"
    return replace(verdict, reason=f"{verdict.reason}; {note}" if verdict.reason else note)


def _consuming(record: Record, snapshot: Snapshot, now: Now) -> _Verdict:
    broker = snapshot.broker
    if broker is not None and not broker.connected:
        return _Verdict(State.DISCONNECTED, broker.since_at, _unreachable(snapshot))
    # Without its broker it stood in no loop: what counts begins when it had one again.
    answered = now.monotonic if snapshot.answered is None else snapshot.answered
    unanswered = now.monotonic - max(answered, broker.since if broker else answered)
    since = max(snapshot.ready_at or snapshot.phase_since_at, broker.since_at if broker else 0.0)
    if unanswered <= SILENCE_TIMEOUT:
        return _Verdict(State.READY, since)
    if (snapshot.pool or record.pool) == "solo" and snapshot.active:
        return _Verdict(State.READY, since, f"busy with {snapshot.active[0].name}")
    reason = f"its loop hasn't answered for {span(unanswered)}"
    return _Verdict(State.UNRESPONSIVE, now.epoch - unanswered, reason)


def _progress(record: Record, snapshot: Snapshot) -> str:
    if snapshot.phase == formats.CONNECTING:
        return _unreachable(snapshot)
    if snapshot.place:
        return f"importing {record.app}, at {snapshot.place}"
    return f"importing {record.app}"


def _unreachable(snapshot: Snapshot) -> str:
    broker = snapshot.broker
    if broker is None:
        return "connecting to its broker"
    if broker.error:
        return f"cannot reach {broker.url}: {broker.error.rstrip('.')}; retrying"
    if snapshot.phase == formats.CONSUMING:
        return f"lost its connection to {broker.url}; retrying"
    return f"connecting to {broker.url}"


def _told(asked: Asked) -> str:
    told = f"told to stop (SIG{asked.signal}) by {asked.by.user}"
    return f"{told}, which cuts off {_tasks(len(asked.cut))}" if asked.cut else told


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _add(status: NodeStatus, reason: str) -> NodeStatus:
    return replace(status, reason=f"{status.reason}; {reason}" if status.reason else reason)
