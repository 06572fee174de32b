"""`logs --json`: one object a record, a line each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fleetctl.display.status_json import timestamp
from fleetctl.logs.forms import Forms
from fleetctl.logs.parsed import Record
from fleetctl.logs.record import Entry


def render(entries: Sequence[Entry], forms: Mapping[str, Forms]) -> str:
    """The lines of these entries, ASCII only; `forms` are each node's."""
    return "".join(
        json.dumps(_document(name, forms[name].parse(text.strip(b"\n"), time))) + "\n"
        for time, name, text in entries
    )


def _document(name: str, record: Record) -> dict[str, Any]:
    task = {"id": record.task_id, "name": record.task_name}
    document = {
        "node": name,
        "time": _time(record.time),
        "level": record.level,
        "process": record.process,
        "task": task if any(task.values()) else None,
        "message": record.message,
        "extra": list(record.extra),
    }
    return {**document, "fields": dict(record.fields)} if record.fields else document


def _time(epoch: float | None) -> str | None:
    try:
        return timestamp(epoch)
    except (OverflowError, OSError, ValueError):
        return None
