"""Records that are JSON objects, one a line, as structlog and python-json-logger write them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fleetctl.logs.parsed import Record
from fleetctl.logs.record import decoded
from fleetctl.logs.stamps import Clock

_TIMES = ("timestamp", "@timestamp", "time", "asctime", "ts", "created", "datetime")
_LEVELS = ("level", "levelname", "severity", "log_level", "lvl")
_MESSAGES = ("event", "message", "msg")
_PROCESSES = ("processName", "process_name", "process")
_TASK_IDS = ("task_id", "celery_task_id")
_TASK_NAMES = ("task_name", "celery_task_name", "task")
_TRACES = ("exception", "exc_info", "exc_text", "traceback", "stack", "stack_info")

_TIME = re.compile(
    rb'"(?:' + "|".join(_TIMES).encode() + rb')"\s*:\s*(?:"([^"]{10,40})"|(\d+(?:\.\d+)?))'
)
#: Epoch milliseconds, not seconds, from here on.
_MILLISECONDS = 1e11


def time_of(text: bytes, clock: Clock) -> float | None:
    """When the record was made, as far as a glance tells."""
    found = _TIME.search(text)
    if found is None:
        return None
    if found.group(2):
        value = float(found.group(2))
        return value / 1000 if value >= _MILLISECONDS else value
    return clock[found.group(1)] or None


def parse(text: bytes, time: float | None = None) -> Record | None:
    """The record; None for what begins like JSON but isn't."""
    line, *extra = decoded(text).split("\n")
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    if time is None:
        time = time_of(text, Clock())
    level, process, task_id, task_name, message = (
        _take(said, names) for names in (_LEVELS, _PROCESSES, _TASK_IDS, _TASK_NAMES, _MESSAGES)
    )
    _take(said, _TIMES)
    first, *rest = (message or "").split("\n")
    return Record(
        message=first,
        time=time,
        level=level.upper() if level else None,
        process=process,
        task_id=task_id,
        task_name=task_name,
        extra=(*rest, *_traces(said), *extra),
        fields=said,
    )


def _take(said: dict[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if isinstance(said.get(name), str | int | float):
            return str(said.pop(name))
    return None


def _traces(said: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for name in _TRACES:
        value = said.get(name)
        if isinstance(value, str) and "\n" in value:
            lines += said.pop(name).rstrip("\n").split("\n")
    return lines


def pairs(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rest of a record, as ``name``, ``value`` to show beside its message."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, default=str))
        for name, value in fields.items()
    ]
