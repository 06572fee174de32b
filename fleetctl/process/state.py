"""From facts to a state: pure, total, and the only place that decides what a node is.

The order of the questions is the design: does its process live, is something else in its pidfile,
and only then how it ended.
"""

from __future__ import annotations

from dataclasses import replace

from fleetctl.process import ended, running
from fleetctl.process.foreign import Holder
from fleetctl.process.records import Damaged, ForeignOwner, Unusable
from fleetctl.process.situation import Facts, Now, Presence
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.formats import Exit, Identity, Record, Snapshot


def derive(facts: Facts, now: Now) -> NodeStatus:
    """The state of a node by everything that was found; never raises."""
    status = _with_files(_judge(facts, now), facts)
    return status if status.in_fleet else replace(status, reason=_join(status.reason, OUTSIDE))


OUTSIDE = "not in fleet.yaml"


def _judge(facts: Facts, now: Now) -> NodeStatus:
    record = facts.record
    if isinstance(record, Record) and facts.presence in (Presence.HERE, Presence.ELSEWHERE):
        if facts.of_another_fleet:
            return _anothers(facts, record)
        return running.derive(facts, record, now)
    if facts.homeless is not None:
        return _homeless(facts, facts.homeless)
    if isinstance(record, ForeignOwner):
        return NodeStatus(name=facts.name, state=State.FOREIGN, reason=str(record))
    if facts.holder and facts.holder.adopted:
        return _adopted(facts, facts.holder, now)
    if facts.holder and not _reused(record, facts.holder):
        return _foreign(facts, facts.holder, now)
    return _absent(facts, now)


def _with_files(status: NodeStatus, facts: Facts) -> NodeStatus:
    """Add what is reported whatever the state is."""
    record = facts.record if isinstance(facts.record, Record) else None
    drifted = bool(
        record
        and facts.in_fleet
        and status.state.running
        and not status.adopted
        and record.digest != facts.digest
    )
    return replace(
        status,
        record=None if status.adopted else record,
        snapshot=facts.snapshot
        if isinstance(facts.snapshot, Snapshot) and not status.adopted
        else None,
        exit=None if status.state.running or not isinstance(facts.exit, Exit) else facts.exit,
        in_fleet=facts.in_fleet,
        drift=drifted,
        changes=facts.changes if drifted else (),
        orphans=facts.orphans,
    )


def _anothers(facts: Facts, record: Record) -> NodeStatus:
    return NodeStatus(
        name=facts.name,
        state=State.FOREIGN,
        reason=f"its place in rundir is taken by {record.nodename} (pid {record.identity.pid}) "
        f"of {record.fleet}",
        since=record.started_at,
        of_another_fleet=True,
    )


def _homeless(facts: Facts, process: Identity) -> NodeStatus:
    return NodeStatus(
        name=facts.name,
        state=State.READY,
        reason="its rundir was deleted: only that it lives is known until it has put it back",
        target=process,
        homeless=True,
    )


def _adopted(facts: Facts, holder: Holder, now: Now) -> NodeStatus:
    paused = running.paused(holder.letter)
    return NodeStatus(
        name=facts.name,
        state=State.UNRESPONSIVE if paused else State.READY,
        reason=paused or _unknown(facts.record),
        since=now.epoch - holder.age,
        uptime=holder.age,
        target=holder.identity,
        adopted=True,
    )


def _unknown(record: Record | Unusable | None) -> str:
    if isinstance(record, Damaged):
        return f"{record}: only that it lives is known"
    return "adopted: its tasks and queues are known after its next restart"


def _foreign(facts: Facts, holder: Holder, now: Now) -> NodeStatus:
    return NodeStatus(
        name=facts.name,
        state=State.FOREIGN,
        reason=f"pid {holder.identity.pid} in its pidfile is {holder.description}",
        since=now.epoch - holder.age if holder.age else None,
        stale=facts.stale,
    )


def _reused(record: Record | Unusable | None, holder: Holder) -> bool:
    """Whether the pidfile is still that of our own dead process, and its pid is another's now."""
    return (
        isinstance(record, Record)
        and record.identity.pid == holder.identity.pid
        and holder.identity != record.identity
        and holder.replaceable
    )


def _absent(facts: Facts, now: Now) -> NodeStatus:
    record = facts.record
    if isinstance(record, Record):
        status = ended.derive(facts, record, now)
    else:
        status = NodeStatus(
            name=facts.name, state=State.STOPPED, reason=str(record) if record else None
        )
    return replace(status, reason=_join(status.reason, _trouble(facts)), stale=facts.stale)


def _trouble(facts: Facts) -> str | None:
    if facts.holder is not None:
        return f"its pid {facts.holder.identity.pid} is now {facts.holder.description}"
    if facts.pidfile is not None and facts.pidfile.problem is not None:
        return facts.pidfile.problem
    return None


def _join(*reasons: str | None) -> str | None:
    return "; ".join(reason for reason in reasons if reason) or None
