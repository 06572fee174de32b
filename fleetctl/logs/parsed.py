"""What a log says in one go: its time, level, process and task, the message, and lines under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record, taken apart. ``extra`` are the lines below the message; unknown values are None.

    ``header`` is whether the record began with anything of a known form. ``fields`` is what a JSON
    record has beside all that.
    """

    message: str
    header: bool = True
    time: float | None = None
    level: str | None = None
    process: str | None = None
    task_id: str | None = None
    task_name: str | None = None
    extra: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
