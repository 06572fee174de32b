"""What was done to the fleet: the journal, as far as it was asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from fleetctl.process import journal
from fleetctl.process.journal import Journal
from fleetctl.runtime.entry import Entry


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that happened; ``after`` is how many seconds a ready node took from its start."""

    entry: Entry
    after: float | None = None


def read(rundir: Path) -> Journal:
    """The whole journal. Raises FleetctlError where it can't be read."""
    return journal.read(rundir)


def chosen(
    found: Journal, nodes: Collection[str], *, since: float | None, last: int | None
) -> tuple[list[Told], int]:
    """What it tells of `nodes` since then (epoch seconds), the `last` so many, newest last.

    And how many damaged lines were left out on the way.
    """
    starts = found.starts
    entries, damaged = found.judged(nodes, since=since, last=last)
    return [Told(entry, _after(entry, starts)) for entry in entries], found.damaged + damaged


def _after(entry: Entry, starts: Mapping[journal.Run, float]) -> float | None:
    begun = starts.get((entry.node, str(entry.launch)))
    if begun is None or entry.what != "ready":
        return None
    return max(0.0, entry.at - begun)
