"""What a line of the table says, and how big the fleets are that it is measured on."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Sizes:
    """How much is measured; ``idle_seconds`` is how long idle nodes are watched."""

    rounds: int = 5
    nodes: int = 10
    solos: int = 20
    crowd: int = 200
    tasks: int = 2_000
    idle_seconds: float = 20.0


@dataclass(frozen=True)
class Ground:
    """Where it is measured: a folder, and a Redis of its own (its URL without a database)."""

    folder: Path
    redis: str
    sizes: Sizes


@dataclass(frozen=True)
class Measure:
    """One line: `value` is held against `limit`; without a limit it is only told.

    `floor` says what keeps the value from being smaller, as far as it was measured.
    """

    work: str
    ours: str
    against: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    at_least: bool = False
    failed: bool = False
    floor: str = ""

    @property
    def kept(self) -> bool:
        """Whether the limit holds, if there is one."""
        if self.failed:
            return False
        if self.value is None or self.limit is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def ratio(
    work: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    limit: float,
    form: str = "{:.2f} s",
    floor: str = "",
) -> Measure:
    """The medians of both sides, and what part of theirs ours is."""
    mine, other = statistics.median(ours), statistics.median(theirs)
    return Measure(
        work=work,
        ours=form.format(mine),
        against=form.format(other),
        value=mine / other,
        limit=limit,
        floor=floor,
    )
