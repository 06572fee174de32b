"""Moments as people give them: so long ago, a time of day, a date."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from fleetctl.errors import UsageError

_DAY = 86400.0
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def moment(text: str, now: float, option: str) -> float:
    """Epoch seconds of ``2h`` ago, of the last ``14:05``, of an ISO date or date and time.

    Local, unless it names a zone; `now` is in epoch seconds. Raises UsageError naming the option.
    """
    ago = _ago(text)
    if ago is not None:
        return now - ago
    try:
        return _time_of_day(text, now) or _date(text)
    except (ValueError, OverflowError, OSError) as error:
        message = f"{option}: {text!r} is neither a duration, nor a time, nor a date and time"
        hint = "for example: 10m, 3d, 14:05, 2026-11-22T20:15, 2026-11-22T19:15Z"
        raise UsageError(message, hint=hint) from error


def _date(text: str) -> float:
    return datetime.fromisoformat(re.sub(r" ?(Z|UTC)$", "+00:00", text)).timestamp()


def _time_of_day(text: str, now: float) -> float | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = (int(part or 0) for part in found.groups())
    local = datetime.fromtimestamp(now)  # noqa: DTZ006 - a time of day is a local one
    today = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).timestamp()


def _ago(text: str) -> float | None:
    """Seconds of ``1d12h``; None for what is no duration."""
    from fleetctl.fleet.kinds import seconds

    days, rest = re.fullmatch(r"(?:(\d{1,6})d)?(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    try:
        return int(days or 0) * _DAY + (float(seconds(rest)) if rest or not days else 0.0)
    except ValueError:
        return None
