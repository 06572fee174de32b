"""What happens to a log that is followed, in the few words of a quiet line."""

from __future__ import annotations

from pathlib import Path

from fleetctl.display.text import clean
from fleetctl.logs import events


def words(event: events.Happening, folder: Path) -> str:
    """One line, without whose it is; paths as seen from `folder`. It is clean."""
    return clean(_words(event, folder))


def _words(event: events.Happening, folder: Path) -> str:
    if isinstance(event, events.Joined):
        return "is in fleet.yaml now; followed"
    if isinstance(event, events.Started):
        return f"started (pid {event.pid})"
    if isinstance(event, events.FleetInError):
        return f"fleet.yaml has changed and is in error: {event.message}"
    path = short(event.path, folder)
    if isinstance(event, events.Unreadable):
        return f"cannot read {path}: {event.why}"
    return {
        events.Rotated: f"{path} was rotated",
        events.Emptied: f"{path} was truncated",
        events.Removed: f"{path} was removed; waiting for a new one",
        events.Awaited: f"no log yet: {path}",
        events.Appeared: f"{path} is there now",
    }[type(event)]


def short(path: Path, folder: Path) -> str:
    """A path as seen from `folder`, where it is below."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
