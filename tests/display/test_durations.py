from __future__ import annotations

import math

import pytest

from fleetctl.display.durations import age, ago, duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.99, "9.9 s"),
        (10, "10 s"),
        (59.9, "59 s"),
        (60, "1 m 00 s"),
        (185, "3 m 05 s"),
        (3599, "59 m 59 s"),
        (7800, "2 h 10 m"),
        (86399, "23 h 59 m"),
        (86400, "1 d 0 h"),
        (5 * 86400 + 3 * 3600, "5 d 3 h"),
        (412 * 86400, "412 d"),
        (-4, "0.0 s"),
        (math.inf, "?"),
        (math.nan, "?"),
    ],
)
def test_a_duration_has_two_units_at_most_and_is_rounded_down(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.9, "0 s"), (42, "42 s"), (185, "3 m"), (7800, "2 h"), (86400, "1 d"), (-1, "0 s")],
)
def test_an_age_is_its_largest_unit(seconds: float, text: str) -> None:
    assert age(seconds) == text


def test_ago_is_counted_from_now() -> None:
    assert ago(since=1000.0, now=1185.0) == "3 m ago"
