"""What happens to a log that is followed, in the few words of a quiet line."""

from __future__ import annotations

from pathlib import Path

from fleetctl.display.text import clean
from fleetctl.logs import events
from fleetctl.runtime.entry import Entry


def words(event: events.Happening, folder: Path) -> str:
    """One line, without whose it is; paths as seen from `folder`. It is clean."""
    return clean(_words(event, folder))


def _words(event: events.Happening, folder: Path) -> str:
    if isinstance(event, events.Joined):
        return "is in fleet.yaml now; followed"
    if isinstance(event, events.Reported):
        return _reported(event.entry)
    if isinstance(event, events.FleetInError):
        return f"fleet.yaml has changed and is in error: {event.message}"
    path = short(event.path, folder)
    if isinstance(event, events.JournalUnreadable):
        return f"cannot read {path}: {event.why}; starts and ends aren't told"
    if isinstance(event, events.Unreadable):
        return f"cannot read {path}: {event.why}"
    return {
        events.Rotated: f"{path} was rotated",
        events.Emptied: f"{path} was truncated",
        events.Removed: f"{path} was removed; waiting for a new one",
        events.Awaited: f"no log yet: {path}",
        events.Appeared: f"{path} is there now",
    }[type(event)]


def _reported(entry: Entry) -> str:
    """As `history` has it, and what it cost."""
    from fleetctl.display.history_words import details, what
    from fleetctl.operations.history import Told

    costs = [] if entry.what == "started" else details(entry, whole_ids=True, named=1)
    return "; ".join([what(Told(entry), brief=False), *costs])


def short(path: Path, folder: Path) -> str:
    """A path as seen from `folder`, where it is below."""
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)
