"""Where in a file a moment is: by bisection, so that a file of gigabytes costs a few reads."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, tzinfo

from fleetctl.logs.files import past_hole
from fleetctl.logs.forms import Forms
from fleetctl.logs.stamps import Clock
from fleetctl.logs.wanted import DISORDER

_PROBE = 8 << 10
_LONGEST_PROBE = 1 << 20
#: From here on it is read through: a probe would cost as much.
_NEAR = 32 << 10
_HOUR = 3600.0


def begin(descriptor: int, size: int, since: float, forms: Forms, clock: Clock) -> int:
    """Where a record begins before which none was made `since` (epoch seconds), or the start."""
    # Within the hour that comes twice, times fall: it is read from before it.
    since -= 2 * _HOUR if _repeats(since, forms.zone) else DISORDER
    return _around(descriptor, size, since, forms, clock)[0]


def end(descriptor: int, size: int, until: float, forms: Forms, clock: Clock) -> int:
    """Where a record begins from which on all were made after `until`, or the file's end."""
    until += 2 * _HOUR if _repeats(until, forms.zone) else DISORDER
    return _around(descriptor, size, until, forms, clock)[1]


def _around(
    descriptor: int, size: int, moment: float, forms: Forms, clock: Clock
) -> tuple[int, int]:
    """Two places near each other: up to the one all is earlier, from the other on nothing is."""
    low, high, after = 0, size, size
    while high - low > _NEAR:
        middle = (low + high) // 2
        found = _probe(descriptor, middle, high, forms, clock)
        if found is None:
            high = middle
        elif found[1] >= moment:
            high, after = middle, found[0]
        else:
            low = found[0]
    return low, after


def _probe(
    descriptor: int, offset: int, end: int, forms: Forms, clock: Clock
) -> tuple[int, float] | None:
    """The first record with a time that begins between: where, and when it was made."""
    offset, length = past_hole(descriptor, offset, end), _PROBE
    while offset < end:
        data = os.pread(descriptor, min(length, end - offset), offset)
        for found in forms.start.finditer(data):
            line, ended, _ = data[found.start() + 1 :].partition(b"\n")
            time = forms.time_of(found, line if ended else b"", clock)
            if time is not None:
                return offset + found.start() + 1, time
        if offset + length >= end or length >= _LONGEST_PROBE:
            return None
        length *= 8
    return None


def _repeats(moment: float, zone: tzinfo | None) -> bool:
    """Whether clocks are set back around then; not where no calendar reaches."""
    try:
        before, after = (_offset(moment + hours * _HOUR, zone) for hours in (-2, 2))
    except (ValueError, OverflowError, OSError):
        return False
    return before > after


def _offset(moment: float, zone: tzinfo | None) -> timedelta:
    return datetime.fromtimestamp(moment, zone).astimezone(zone).utcoffset() or timedelta()
