"""The forms of records: where one begins, and what its header says.

Known by themselves are Celery's default worker, task and beat formats (celery/app/defaults.py),
lines that begin with an ISO time, and JSON lines; others are told by fleet.yaml's `log_format`
and `task_log_format`. What is of no known form belongs to the record before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from fleetctl.logs.record import ERROR, INFO, LEVELS, TRACEBACK, decoded
from fleetctl.logs.stamps import STAMP, Clock

if TYPE_CHECKING:
    from fleetctl.logs.parsed import Record

_COLOUR = rb"(?:\x1b\[[\d;]*m)?"
_LEVEL = rb"(?:%s)" % "|".join(sorted(LEVELS, key=len, reverse=True)).encode()
_BUILT_IN = _COLOUR + rb"\[?(" + STAMP + rb")[\]\s:,|]|\{\""

_CELERY = _COLOUR + rb"\[(?P<time>" + STAMP + rb"): (?P<level>\w+)/(?P<process>[^\]\n]*)\] ?"
_ISO = (
    _COLOUR
    + rb"\[?(?P<time>"
    + STAMP
    + rb")\]?[ :,|-]*(?:\[?(?P<level>(?i:"
    + _LEVEL
    + rb"))\b\s*\]?[ :,|-]*)?"
)
_TASK = r"(?:Task )?(?P<name>[\w.<>:/-]+)\[(?P<id>[^\]\s]+)\]"


def glimpsed(text: bytes, clock: Clock) -> float | None:
    """When a JSON record was made, at a glance; None for what is none or doesn't say."""
    if not text.startswith(b'{"'):
        return None
    # What few logs need isn't paid for by all.
    from fleetctl.logs.jsonlines import time_of

    return time_of(text, clock)


class Forms:
    """The forms of one node's records; `zone` is its time zone, None for this machine's.

    ``start`` matches the line feed before a record; its groups, of which at most one takes part,
    are the record's time. ``groups`` says how many there are.
    """

    def __init__(self, formats: Sequence[str] = (), zone: tzinfo | None = None) -> None:
        customs: list[tuple[bytes, bytes]] = []
        if formats:
            from fleetctl.logs.custom import patterns

            customs = [made for text in formats if (made := patterns(text)) is not None]
        starts = b"|".join([*(start for start, _ in customs), _BUILT_IN])
        self.start = re.compile(rb"\n(?=" + starts + rb")")
        self.groups = self.start.groups
        self.zone = zone
        self._places_tasks = any(b"(?P<task_" in header for _, header in customs)
        self._headers = [header for _, header in customs] + [_CELERY, _ISO]
        self._compiled: list[re.Pattern[bytes]] = []
        self._clock = Clock(zone)

    def known_in(self, data: bytes) -> bool:
        """Whether any record of a known form begins in `data`, which begins a line."""
        return self.start.search(b"\n" + data) is not None

    def level(self, text: bytes) -> int:
        """How much a record weighs. One without a level is INFO; with a traceback, ERROR."""
        name = self._level_name(text)
        if name is not None:
            return LEVELS.get(name, INFO)
        return ERROR if TRACEBACK.encode() in text else INFO

    def _level_name(self, text: bytes) -> str | None:
        if text.startswith(b'{"'):
            return self.parse(text).level
        found = self._header(text)
        level = found.groupdict().get("level") if found else None
        return decoded(level).upper() if level else None

    def places_tasks(self, text: bytes) -> bool:
        """Whether a record may tell its task otherwise than by ``name[id]``."""
        return self._places_tasks or text.startswith(b'{"')

    def time_of(self, found: re.Match[bytes], text: bytes, clock: Clock) -> float | None:
        """When a record was made, by what `start` found before it; None if it doesn't say."""
        stamp = next(filter(None, found.groups()), None)
        if stamp is not None:
            return clock[stamp]
        return glimpsed(text, clock)

    def parse(self, text: bytes, time: float | None = None) -> Record:
        """Take a record apart; `time` is what it was sorted by, if that is known already."""
        from fleetctl.logs.parsed import Record

        if text.startswith(b'{"'):
            from fleetctl.logs.jsonlines import parse

            record = parse(text, time)
            if record is not None:
                return record
        found = self._header(text)
        if found is None:
            message, *extra = decoded(text).split("\n")
            return Record(message=message, header=False, time=time, extra=tuple(extra))
        said = {name: decoded(value) for name, value in found.groupdict().items() if value}
        message, *extra = decoded(text[found.end() :]).split("\n")
        task = re.match(_TASK, message)
        if time is None and "time" in said:
            time = self._clock[said["time"].encode()]
        return Record(
            message=message,
            time=time,
            level=said["level"].upper() if "level" in said else None,
            process=said.get("process"),
            task_id=said.get("task_id") or (task.group("id") if task else None),
            task_name=said.get("task_name") or (task.group("name") if task else None),
            extra=tuple(extra),
        )

    def _header(self, text: bytes) -> re.Match[bytes] | None:
        if not self._compiled:
            self._compiled = [re.compile(header) for header in self._headers]
        for pattern in self._compiled:
            found = pattern.match(text)
            if found:
                return found
        return None


class Lines(Forms):
    """For a file in which nothing is of a known form: each line that isn't indented is a record."""

    def __init__(self, forms: Forms) -> None:
        super().__init__(zone=forms.zone)
        self.start = re.compile(rb"\n(?=" + _BUILT_IN + rb"|[^\s])")


def sniff(forms: Forms, head: bytes, tail: bytes) -> Forms:
    """What a file is to be read by, from its first and its last bytes."""
    if not (head or tail) or forms.known_in(head) or forms.known_in(tail):
        return forms
    return Lines(forms)
