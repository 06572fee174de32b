"""That the benchmarks measure; how fast it is, no test says: machines differ, and so do days."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.bench import table
from tests.bench.__main__ import measure
from tests.bench.measures import Measure, Sizes, ratio

TINY = Sizes(rounds=1, nodes=2, solos=2, crowd=3, tasks=20, idle_seconds=0.5)


@pytest.mark.parametrize(("row", "lines"), [("status", 1), ("crowd", 5)])
def test_a_row_yields_numbers(row: str, lines: int) -> None:
    measures = measure([row], TINY)
    assert len(measures) == lines
    assert all(measured.ours[0].isdigit() for measured in measures)
    limited = [measured for measured in measures if measured.limit is not None]
    assert limited
    assert all(measured.value is not None and measured.value >= 0 for measured in limited)


def test_a_row_that_cannot_be_measured_breaks_its_limit_and_no_other_row(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(_: object) -> list[Measure]:
        raise AssertionError("waited 30 s for nothing")

    monkeypatch.setattr(
        "tests.bench.__main__.ROWS", {"one": breaks, "two": lambda _: [Measure("two", "2 s")]}
    )
    first, second = measure(["one", "two"], TINY)
    assert (first.work, first.kept, first.floor) == ("one", False, "waited 30 s for nothing")
    assert second.kept


def test_a_ratio_is_that_of_the_medians() -> None:
    measured = ratio("start", [1.0, 9.0, 2.0], [8.0, 4.0, 90.0], limit=0.25)
    assert (measured.ours, measured.against, measured.value) == ("2.00 s", "8.00 s", 0.25)
    assert measured.kept


@pytest.mark.parametrize(
    ("value", "at_least", "kept"),
    [(0.98, True, True), (0.97, True, False), (0.98, False, True), (0.99, False, False)],
)
def test_a_limit_may_be_the_least_or_the_most(value: float, at_least: bool, kept: bool) -> None:
    assert Measure("x", "1", value=value, limit=0.98, at_least=at_least).kept is kept


def test_the_table_says_what_is_kept_broken_and_only_told() -> None:
    shown = io.StringIO()
    table.show(
        Console(file=shown, width=100, color_system=None),
        ["2 x a processor"],
        [
            Measure("start", "1.00 s", "4.00 s", 0.25, 0.3),
            Measure("stop", "3.00 s", "4.00 s", 0.75, 0.3, floor="a node alone takes 2.90 s"),
            Measure("memory", "300 MB"),
            Measure("throughput", "99/s", "100/s", 0.99, 0.98, at_least=True),
        ],
    )
    assert [line.split() for line in shown.getvalue().splitlines() if line] == [
        ["2", "x", "a", "processor"],
        ["work", "fleetctl", "against", "value", "limit"],
        ["start", "1.00", "s", "4.00", "s", "0.25", "≤", "0.3", "kept"],
        ["stop", "3.00", "s", "4.00", "s", "0.75", "≤", "0.3", "BROKEN"],
        ["memory", "300", "MB", "told"],
        ["throughput", "99/s", "100/s", "0.99", "≥", "0.98", "kept"],
        ["stop:", "a", "node", "alone", "takes", "2.90", "s"],
    ]
