"""How long, and how long ago, in words short enough for a column."""

from __future__ import annotations

import math

_SHORTEST = 0.1
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def duration(seconds: float) -> str:
    """``0.8 s``, ``12 s``, ``3 m 05 s``, ``2 h 10 m``, ``5 d 3 h``: rounded down.

    Less than nothing (a clock was set back) counts as nothing.
    """
    if not math.isfinite(seconds):
        return "?"
    if seconds < 10:
        return f"{math.floor(max(seconds, 0) * 10) / 10:.1f} s"
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} m {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} m"
    if whole < 100 * _DAY:
        return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"
    return f"{whole // _DAY} d"


def took(seconds: float) -> str:
    """How long something took, as `duration`: ``0.8 s``; ``< 0.1 s`` where that is all to say."""
    return "< 0.1 s" if seconds < _SHORTEST else duration(seconds)


def age(seconds: float) -> str:
    """The largest unit alone: ``42 s``, ``3 m``, ``2 h``, ``5 d``."""
    if not math.isfinite(seconds):
        return "?"
    whole = max(int(seconds), 0)
    for unit, length in (("d", _DAY), ("h", _HOUR), ("m", _MINUTE)):
        if whole >= length:
            return f"{whole // length} {unit}"
    return f"{whole} s"


def ago(since: float, now: float) -> str:
    """``3 m ago``; both are seconds of the same clock."""
    return f"{age(now - since)} ago"
