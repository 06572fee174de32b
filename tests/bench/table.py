"""The measures as a table: facts in, text out."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.bench.measures import Measure


def show(console: Console, machine: Sequence[str], measures: Sequence[Measure]) -> None:
    """Print the table, the machine, and for each broken limit what stands in its way."""
    table = Table("work", box=None, pad_edge=False, header_style="bold")
    for heading in ("fleetctl", "against", "value", "limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for measure in measures:
        table.add_row(*_row(measure))
    for line in machine:
        console.print(line, highlight=False)
    console.print()
    console.print(table)
    for measure in measures:
        if not measure.kept and measure.floor:
            console.print(f"\n{measure.work}: {measure.floor}", highlight=False)


def in_words(measure: Measure) -> str:
    """One measure in a line."""
    cells = [str(cell) for cell in _row(measure)]
    return "  ".join(cell for cell in cells if cell)


def _row(measure: Measure) -> list[Text | str]:
    if measure.failed:
        return [measure.work, measure.ours, "", "", "", Text("BROKEN", "bold red")]
    if measure.value is None or measure.limit is None:
        return [measure.work, measure.ours, measure.against, "", "", "told"]
    verdict = Text("kept", "green") if measure.kept else Text("BROKEN", "bold red")
    sign = "≥" if measure.at_least else "≤"
    return [
        measure.work,
        measure.ours,
        measure.against,
        f"{measure.value:.2f}{measure.unit}",
        f"{sign} {measure.limit:g}{measure.unit}",
        verdict,
    ]
