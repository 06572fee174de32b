"""The table of what was survived."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.table import Table

from tests.chaos.fault import FAULTS, Outcome


def of(outcomes: Iterable[Outcome]) -> Table:
    """One row a fault; the whole story of one that failed is told below the table."""
    table = Table("fault", "times", "what must hold", "outcome", "s", box=box.SIMPLE_HEAD)
    table.columns[1].justify = table.columns[4].justify = "right"
    for outcome in outcomes:
        subject = FAULTS[outcome.fault]
        said = "" if outcome.held is False else outcome.said
        told = ": ".join(filter(None, [verdict(outcome), said])) if outcome.held else said
        table.add_row(
            subject.title,
            f"{outcome.times:,}" if outcome.times else "",
            subject.checked,
            told or verdict(outcome),
            f"{outcome.seconds:.0f}",
        )
    return table


def verdict(outcome: Outcome) -> str:
    """One word, or two."""
    if outcome.held is None:
        return "not possible here"
    return "held" if outcome.held else "FAILED"
