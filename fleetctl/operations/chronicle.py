"""What the controller tells the journal: the signals it sends, and what a start alone knows.

The nodes and their launchers tell the rest themselves (`fleetctl.runtime.entries`). A disk that is
full or read-only keeps nothing from being done: it is warned of.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.operations import startup
from fleetctl.operations.events import Event, NodeFailed, NodeLeftStarting, Sink, Warned
from fleetctl.process import journal as reading
from fleetctl.process import procfs
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime import journal
from fleetctl.runtime.ending import FORCE, cause_text, cut_task, surely_cuts
from fleetctl.runtime.entry import CutTask, Entry
from fleetctl.runtime.formats import Asked, Invoker
from fleetctl.runtime.node_files import NodeFiles

_LATELY = 10
_UNSEEN = "adopted: nobody saw its exit code"
_SHORT = 300


def tell(rundir: Path, entry: Entry, sink: Sink) -> None:
    """Put `entry` into the journal; where that fails, warn."""
    try:
        journal.append(str(rundir), entry, durable=entry.what == "signal")
    except OSError as error:
        sink(Warned(entry.node, f"not in the history: {_why(error)}", failed=True))


def warn_unless_writable(rundir: Path, sink: Sink) -> None:
    """Warn once, before nodes are started whose launchers can warn nobody."""
    try:
        journal.check(str(rundir))
    except OSError as error:
        message = f"what happens now won't be in the history: {_why(error)}"
        sink(Warned("", message, failed=True))


def signalled(status: NodeStatus, asked: Asked) -> Entry:
    """That a signal is about to be sent to a node, and the tasks that it cuts off."""
    return Entry(
        at=asked.at,
        node=status.name,
        what="signal",
        launch=status.record.launch if status.record else None,
        pid=status.target.pid if status.target else None,
        by=asked.by,
        signal=asked.signal,
        tasks=_cut_by(asked.signal, status),
    )


def orphans_killed(status: NodeStatus, by: Invoker, now: float) -> Entry:
    """That the pool children which outlived their main process are about to be killed."""
    entry = signalled(status, Asked(signal="KILL", at=now, by=by))
    pids = " ".join(map(str, status.orphans))
    return replace(entry, tasks=[], reason=f"to orphaned pool children: {pids}")


def refused(node: str, reason: str, by: Invoker) -> Entry:
    """That a node was to be restarted, and was left alone.

    Of the reason it is the first line: a whole fleet may have the same one, again and again.
    """
    first = reason.partition("\n")[0]
    short = first if len(first) <= _SHORT else first[:_SHORT] + "..."
    return Entry(at=time.time(), node=node, what="refused", by=by, reason=short)


def adopted_ended(status: NodeStatus, rundir: Path, sink: Sink) -> None:
    """That a worker has ended which has no launcher to tell it."""
    last = _last_of(status.name, rundir)
    pid = status.target.pid if status.target else None
    if last is None or (last.what, last.pid) != ("exit", pid):
        tell(rundir, _end(status.name, pid, last, _UNSEEN), sink)


def adopted_found_gone(status: NodeStatus, rundir: Path, sink: Sink) -> None:
    """The same of one that nobody watched to its end, if it isn't told yet."""
    folder = Path(NodeFiles(str(rundir), status.name).directory)
    if status.record is not None or status.state is not State.STOPPED or not folder.exists():
        return
    last = _last_of(status.name, rundir)
    untold = last is not None and last.launch is None and last.what in ("adopted", "signal")
    # Without its pidfile one that lives looks stopped, too.
    if last is not None and untold and last.pid is not None and not _lives(last.pid):
        tell(rundir, _end(status.name, last.pid, last, f"seen now; {_UNSEEN}"), sink)


def _lives(pid: int) -> bool:
    process = procfs.stat(pid)
    return process is not None and process.alive


def _end(name: str, pid: int | None, last: Entry | None, reason: str) -> Entry:
    """Whoever sent the `last` signal ended it, whoever watches."""
    asked = last if last is not None and last.what == "signal" else None
    killed = "KILL" if asked is not None and asked.signal == "KILL" else None
    return Entry(
        at=time.time(),
        node=name,
        what="exit",
        pid=pid,
        by=asked.by if asked else None,
        signal=killed,
        reason=None if killed else reason,
    )


def _last_of(name: str, rundir: Path) -> Entry | None:
    try:
        told = reading.read(rundir).entries([name], last=_LATELY)
    except FleetctlError:
        return None  # it is told by whoever wants to read it
    return next((each for each in reversed(told) if each.what != "refused"), None)


def of_start(rundir: Path, event: Event, fact: startup.Fact, by: Invoker, sink: Sink) -> None:
    """Tell what became of a start, where no process is there to tell it."""
    if isinstance(event, NodeFailed) and isinstance(fact, startup.Unspawned):
        reason = cause_text(event.cause)
        entry = Entry(at=time.time(), node=event.node, what="failed", by=by, reason=reason)
    elif isinstance(event, NodeLeftStarting) and event.waited:
        entry = Entry(
            at=time.time(), node=event.node, what="left", pid=event.pid, by=by, reason=event.text
        )
    else:
        return
    tell(rundir, entry, sink)


def _cut_by(signal: str, status: NodeStatus) -> list[CutTask]:
    if signal not in FORCE:
        return []
    if not surely_cuts(signal, status.soft_shutdown_timeout):
        return [CutTask(task.id, task.name, None) for task in status.active]
    return [cut_task(task) for task in status.active]


def _why(error: OSError) -> str:
    name = f"{error.filename}: " if error.filename else f"{journal.NAME}: "
    return name + (error.strerror or str(error)).lower()
