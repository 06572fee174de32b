"""`status --json`: what scripts and dashboards build on, schema 1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from fleetctl.operations.report import ExitReport, NodeReport, RunningTask

SCHEMA = 1


def document(reports: Sequence[NodeReport], fleet: Path) -> dict[str, Any]:
    """The whole answer, ready for `json.dumps`. What is unknown is None."""
    return {"schema": SCHEMA, "fleet": str(fleet), "nodes": [_node(report) for report in reports]}


def timestamp(epoch: float | None) -> str | None:
    """ISO 8601 in UTC, with milliseconds: ``2026-11-22T20:15:00.123Z``.

    None for a time beyond the calendar, which a damaged file may hold.
    """
    if epoch is None:
        return None
    try:
        moment = datetime.fromtimestamp(epoch, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _node(report: NodeReport) -> dict[str, Any]:
    return {
        "name": report.name,
        "worker": report.worker,
        "nodename": report.nodename,
        "kind": report.kind,
        "state": report.state.value,
        "reason": report.reason,
        "since": timestamp(report.since),
        "pid": report.pid,
        "pool": report.pool,
        "concurrency": report.concurrency,
        "queues": None if report.queues is None else list(report.queues),
        "uptime": _rounded(report.uptime, 3),
        "cpu_percent": _rounded(report.cpu_percent, 1),
        "rss": report.rss,
        "pss": report.pss,
        "active": None if report.active is None else [_task(task) for task in report.active],
        "processed": report.processed,
        "failed": report.failed,
        "broker": report.broker,
        "exit": _exit(report.exit),
        "drift": report.drift,
        "pidfile": report.pidfile,
        "logfile": report.logfile,
    }


def _task(task: RunningTask) -> dict[str, Any]:
    return {"id": task.id, "name": task.name, "runtime": _rounded(task.runtime, 3)}


def _exit(left: ExitReport | None) -> dict[str, Any] | None:
    if left is None:
        return None
    return {"code": left.code, "signal": left.signal, "at": timestamp(left.at)}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
