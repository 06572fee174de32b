"""The table of what was survived."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table

from tests.chaos.fault import FAULTS, Outcome

COLUMNS = ("fault", "times", "what must hold", "outcome", "s")


def of(outcomes: Iterable[Outcome]) -> Table:
    """One row a fault; the whole story of one that failed is told below the table."""
    table = Table(*COLUMNS, box=box.SIMPLE_HEAD)
    table.columns[1].justify = table.columns[4].justify = "right"
    for outcome in outcomes:
        table.add_row(*_cells(outcome))
    return table


def markdown(outcomes: Iterable[Outcome]) -> str:
    """The same for the README."""
    rows = [COLUMNS, ("---", "---:", "---", "---", "---:"), *map(_cells, outcomes)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    subject = FAULTS[outcome.fault]
    times = f"{outcome.times:,}" if outcome.times else ""
    return subject.title, times, subject.checked, _told(outcome), f"{outcome.seconds:.0f}"


def _told(outcome: Outcome) -> str:
    if outcome.held is None:
        return outcome.said
    return ": ".join(filter(None, [verdict(outcome), outcome.said if outcome.held else ""]))


def verdict(outcome: Outcome) -> str:
    """One word, or three."""
    if outcome.held is None:
        return "not possible here"
    return "held" if outcome.held else "FAILED"
