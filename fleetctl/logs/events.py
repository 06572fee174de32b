"""What happens to logs while they are followed, beside growing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fleetctl.runtime.entry import Entry


@dataclass(frozen=True)
class OfFile:
    """Something about a log of the node `label`."""

    label: str
    path: Path


class Rotated(OfFile):
    """Another file stands at the path now; the old one was read to its end."""


class Emptied(OfFile):
    """The file was truncated; what its copy holds beyond what was read is read, too."""


class Removed(OfFile):
    """Nothing stands at the path; the file that did is read on, and a new one waited for."""


class Awaited(OfFile):
    """There is no log yet."""


class Appeared(OfFile):
    """A log is there that wasn't before."""


@dataclass(frozen=True)
class Unreadable(OfFile):
    """A log can't be read, and why."""

    why: str


@dataclass(frozen=True)
class Joined:
    """A node is followed from now on."""

    label: str


@dataclass(frozen=True)
class Reported:
    """A node was started or has ended, as the journal tells it."""

    entry: Entry

    @property
    def label(self) -> str:
        """Which node."""
        return self.entry.node


@dataclass(frozen=True)
class JournalUnreadable:
    """Nothing that the journal tells is reported any more, and why."""

    path: Path
    why: str


@dataclass(frozen=True)
class FleetInError:
    """fleet.yaml has changed and is in error; the nodes followed stay those that were."""

    message: str


Happening = (
    Rotated
    | Emptied
    | Removed
    | Awaited
    | Appeared
    | Unreadable
    | Joined
    | Reported
    | JournalUnreadable
    | FleetInError
)

Emit = Callable[[Happening], None]
"""Is told what happens."""
