"""`history --json`: the entries as they are, times in UTC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fleetctl.display.status_json import timestamp
from fleetctl.operations.history import Told

SCHEMA = 1


def document(told: Sequence[Told], fleet: Path, damaged: int) -> dict[str, Any]:
    """The whole answer, ready for `json.dumps`; what isn't known or doesn't apply is None."""
    return {
        "schema": SCHEMA,
        "fleet": str(fleet),
        "entries": [_entry(each) for each in told],
        "damaged": damaged,
    }


def _entry(told: Told) -> dict[str, Any]:
    entry = told.entry
    return {
        "at": timestamp(entry.at),
        "node": entry.node,
        "launch": entry.launch,
        "what": entry.what,
        "pid": entry.pid,
        "by": asdict(entry.by) if entry.by else None,
        "signal": entry.signal,
        "code": entry.code,
        "seconds": None if told.after is None else round(told.after, 3),
        "reason": entry.reason,
        "drift": entry.drift if entry.what == "started" else None,
        "tasks": [asdict(task) for task in entry.tasks],
        "more_tasks": entry.more_tasks,
    }
