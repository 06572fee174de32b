"""What the runtime tells the journal of its nodes: pure, from what is known to an entry.

Every fact has one teller. The launcher tells of starts (it forks) and of ends (it is the
parent); the agent that its node is ready; the controller, elsewhere, what was signalled.
"""

from dataclasses import replace
from typing import Optional

from .ending import FORCE, cause_text, cut_off, cut_task, was_ready, was_told
from .entry import Entry
from .formats import Exit, Invoker, Record, Snapshot


def started(record: Record, previous: Optional[Record]) -> Entry:
    """That a node was forked; `previous` is the record it replaces."""
    return Entry(
        at=record.started_at,
        node=record.name,
        what="started",
        launch=record.launch,
        pid=record.identity.pid,
        by=record.started_by,
        drift=previous is not None and previous.digest != record.digest,
    )


def ready(record: Record, pid: int, at: float) -> Entry:
    """That a node consumes for the first time."""
    return Entry(at=at, node=record.name, what="ready", launch=record.launch, pid=pid)


def ended(record: Record, snapshot: Optional[Snapshot], end: Exit) -> Entry:
    """That a node has ended, as its parent saw it.

    The tasks that a QUIT or KILL of fleetctl's has cut off stand with that signal.
    """
    told = was_told(record, snapshot)
    failed = not told and not was_ready(snapshot)
    forced = any(asked.signal in FORCE for asked in record.asked)
    return Entry(
        at=end.at,
        node=record.name,
        what="failed" if failed else "exit",
        launch=record.launch,
        pid=record.identity.pid,
        by=_asker(record, end),
        signal=end.signal,
        code=end.code,
        reason=_cause(snapshot) if failed else _outsider(record, snapshot),
        tasks=[] if forced else [cut_task(task) for task in cut_off(snapshot)],
    )


def late(record: Record, snapshot: Optional[Snapshot], end: Exit) -> Entry:
    """That a node had ended before the one that runs in its place by now was started.

    Its record is the successor's, and what was asked of it is known to the journal alone.
    """
    entry = ended(record, snapshot, end)
    reason = entry.reason if entry.what == "failed" else "before its latest start; told late"
    return replace(entry, reason=reason)


def unseen(record: Record, snapshot: Optional[Snapshot], boot_id: str) -> Entry:
    """That a node has ended while its launcher wasn't there to see it; told by its successor's."""
    last_heard = snapshot.written_at if snapshot is not None else record.started_at
    rebooted = record.identity.boot_id != boot_id
    entry = ended(record, snapshot, Exit(record.launch, None, None, last_heard))
    reason = entry.reason or ("the machine was rebooted" if rebooted else None)
    return replace(entry, what="exit", reason=reason)


def _asker(record: Record, end: Exit) -> Optional[Invoker]:
    """Who asked for this end last; nobody of ours did, if it died of what no one has sent."""
    askers = [asked.by for asked in record.asked if end.signal in (None, asked.signal)]
    return askers[-1] if askers else None


def _cause(snapshot: Optional[Snapshot]) -> Optional[str]:
    return cause_text(snapshot.cause) if snapshot is not None and snapshot.cause else None


def _outsider(record: Record, snapshot: Optional[Snapshot]) -> Optional[str]:
    """Who told it to stop, if that wasn't fleetctl."""
    if record.asked or snapshot is None or snapshot.told is None:
        return None
    if snapshot.told == "shutdown":
        return "told to by remote control"
    return f"told to by a SIG{snapshot.told} that fleetctl didn't send"
