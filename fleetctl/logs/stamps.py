"""From the time a log line bears to epoch seconds, in the time zone of the node that wrote it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo

STAMP = rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)(?!\d))?"
"""The times understood: ISO 8601 and what Python's logging makes of it; without a zone, local."""

_STAMP = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    rb"(?: ?(?:(Z|UTC)|([+-])(\d\d):?(\d\d)))?$"
)
_MILLISECONDS = re.compile(rb"\d\d[.,]\d\d\d$")
_KEPT = 20_000
#: Processes that share a file don't write in the order of their clocks, but nearly.
_DISORDER = 60.0


def zone_of(name: str | None) -> tzinfo | None:
    """The time zone a TZ variable names; None for this machine's own, or for one unknown."""
    if not name:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name.removeprefix(":"))
    except (KeyError, ValueError, OSError):
        return None


class Clock(dict[bytes, float]):
    """Epoch seconds by stamp, for one file that is read in its order.

    The hour that comes twice when summer ends is told apart by what was read before it: a jump
    back is the second pass. Where nothing was, `not_after` (the file's last change, or now)
    decides: the later reading, if it isn't later than that. A stamp that is none (``2026-99-99``)
    counts as the one before it.
    """

    def __init__(self, zone: tzinfo | None = None, not_after: float = float("inf")) -> None:
        super().__init__()
        self._zone = zone
        self._not_after = not_after
        self._last: float | None = None
        self._minute: tuple[bytes, float] | None = None

    def live(self, now: float) -> None:
        """From here on, what is read has just been written."""
        self._not_after = now + _DISORDER
        self._last = None

    def __missing__(self, stamp: bytes) -> float:
        try:
            value, sure = self._parse(stamp)
        except (ValueError, OverflowError, OSError):
            return self._last or 0.0
        if sure:
            if len(self) >= _KEPT:
                self.clear()
            self[stamp] = value
        self._last = value
        return value

    def _parse(self, stamp: bytes) -> tuple[float, bool]:
        """The value, and whether it is so wherever the stamp stands."""
        minute = self._minute
        if minute is not None and stamp[:17] == minute[0] and _MILLISECONDS.match(stamp, 17):
            return minute[1] + int(stamp[17:19]) + int(stamp[20:23]) / 1000, True
        found = _STAMP.match(stamp)
        if found is None:
            return float(stamp), True
        year, month, day, hour, minutes, second, fraction, utc, sign, *ahead = found.groups()
        # A leap second is the next one.
        start = datetime(int(year), int(month), int(day), int(hour), int(minutes))  # noqa: DTZ001
        rest = int(second) + float(b"0." + (fraction or b"0"))
        if utc:
            return start.replace(tzinfo=timezone.utc).timestamp() + rest, True
        if sign:
            offset = timedelta(hours=int(ahead[0]), minutes=int(ahead[1]))
            zone = timezone(-offset if sign == b"-" else offset)
            return start.replace(tzinfo=zone).timestamp() + rest, True
        return self._local(start, rest, stamp[:17])

    def _local(self, start: datetime, rest: float, prefix: bytes) -> tuple[float, bool]:
        start = start.replace(tzinfo=self._zone)
        first, second = start.timestamp(), start.replace(fold=1).timestamp()
        # In the hour that is left out in spring the second is the earlier one.
        if second <= first:
            self._minute = (prefix, first)
            return first + rest, True
        if self._last is None:
            later = second + rest <= self._not_after
        else:
            later = first + rest < self._last - _DISORDER
        return (second if later else first) + rest, False
