"""What every node is doing now: files and /proc, no broker asked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.fleet.model import Node
from fleetctl.operations.report import ExitReport, NodeReport, RunningTask
from fleetctl.process import journal, procfs, resources
from fleetctl.process.facts import observe
from fleetctl.process.procfs import ProcessTable
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.formats import Exit, Identity, Record, Snapshot
from fleetctl.runtime.node_files import NodeFiles


def report(rundir: Path, nodes: Mapping[str, Node | None]) -> list[NodeReport]:
    """One report a node, in the order given; None stands for a node that has left fleet.yaml.

    Of these only what isn't over and done with is reported: what runs, crashed or failed.
    """
    table = ProcessTable()
    seen = {name: observe(rundir, name, node, table) for name, node in nodes.items()}
    return [
        replace(
            _report(status, nodes[name], table), reason=status.reason or _told_by(rundir, status)
        )
        for name, status in seen.items()
        if status.in_fleet or status.state is not State.STOPPED or status.orphans
    ]


def all_running(reports: list[NodeReport]) -> bool:
    """Whether every node asked for is up: past its start, and its loop alive."""
    return all(map(is_up, reports))


def is_up(report: NodeReport) -> bool:
    """Whether a node is past its start, and its loop alive."""
    return report.state.running and report.state not in (State.STARTING, State.UNRESPONSIVE)


def _report(status: NodeStatus, node: Node | None, table: ProcessTable) -> NodeReport:
    row = _described(status, node)
    if not status.state.running:
        return replace(row, exit=_exit(status.exit), active=_active(status))
    if status.snapshot is not None:
        row = _as_told(row, status, status.snapshot)
    if status.target is not None:
        row = _as_measured(row, status.target, status.snapshot, table)
    return row


def _told_by(rundir: Path, status: NodeStatus) -> str | None:
    """Who stopped a worker that has no record of its own: `celery multi` had started it."""
    folder = Path(NodeFiles(str(rundir), status.name).directory)
    if status.state is not State.STOPPED or status.record is not None or not folder.exists():
        return None
    try:
        last = journal.read(rundir).entries([status.name], last=1)
    except FleetctlError:
        return None
    return f"stopped by {last[0].by.user}'s `{last[0].by.command}`" if last and last[0].by else None


def _described(status: NodeStatus, node: Node | None) -> NodeReport:
    """What it was started as; of one that doesn't run, what it would be started as."""
    spec: Node | Record | None = status.record if status.state.running else None
    spec = spec or node or status.record
    # What `celery multi` started it with is its own secret.
    known = not status.adopted
    return NodeReport(
        name=status.name,
        worker=spec.worker if spec else status.name,
        nodename=spec.nodename if spec else status.name,
        kind=spec.kind if spec else "worker",
        state=status.state,
        reason=status.reason,
        since=status.since,
        uptime=status.uptime,
        pool=spec.pool if spec and known else None,
        concurrency=spec.concurrency if spec and known else None,
        queues=tuple(spec.queues) if spec and known else None,
        drift=status.drift,
        changes=status.changes,
        pidfile=str(spec.pidfile) if spec else None,
        logfile=str(spec.logfile) if spec else None,
        in_fleet=status.in_fleet,
        adopted=status.adopted,
        orphans=status.orphans,
    )


def _as_told(row: NodeReport, status: NodeStatus, snapshot: Snapshot) -> NodeReport:
    """What its agent says beyond what it was started with."""
    return replace(
        row,
        pool=snapshot.pool or row.pool,
        concurrency=snapshot.concurrency or row.concurrency,
        queues=tuple(snapshot.queues) or row.queues,
        active=_active(status),
        processed=snapshot.processed,
        failed=snapshot.failed,
        broker=snapshot.broker.url if snapshot.broker else None,
    )


def _as_measured(
    row: NodeReport, target: Identity, snapshot: Snapshot | None, table: ProcessTable
) -> NodeReport:
    """What the kernel says of it and its children."""
    children = procfs.children(target, table)
    memory = resources.memory(target.pid, children)
    return replace(
        row,
        pid=target.pid,
        rss=memory.rss,
        pss=memory.pss,
        cpu_percent=_cpu_percent(row, snapshot),
    )


def _cpu_percent(row: NodeReport, snapshot: Snapshot | None) -> float | None:
    """The mean since the agent's previous sample; over its life while it has taken but one."""
    if snapshot is None:
        return None
    if snapshot.cpu_percent is not None or snapshot.cpu is None or not row.uptime:
        return snapshot.cpu_percent
    return 100.0 * snapshot.cpu / row.uptime


def _active(status: NodeStatus) -> tuple[RunningTask, ...]:
    """The tasks it runs, or ran when it was last heard of, the longest first."""
    now = time.monotonic() if status.state.running else _last_heard(status)
    tasks = [
        RunningTask(id=task.id, name=task.name, runtime=max(0.0, now - task.started))
        for task in status.active
    ]
    return tuple(sorted(tasks, key=lambda task: -task.runtime))


def _last_heard(status: NodeStatus) -> float:
    return status.snapshot.written if status.snapshot else time.monotonic()


def _exit(exit: Exit | None) -> ExitReport | None:
    return ExitReport(code=exit.code, signal=exit.signal, at=exit.at) if exit else None
