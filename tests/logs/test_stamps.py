"""From stamps to seconds: zones, fractions, the hour that comes twice."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from fleetctl.logs.stamps import Clock, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
#: 2026-10-25: at 03:00 clocks are set back to 02:00.
FIRST = datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc).timestamp()
SECOND = FIRST + 3600


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (b"2026-11-22T20:15:00Z", "2026-11-22T20:15:00+00:00"),
        (b"2026-11-22 20:15:00 UTC", "2026-11-22T20:15:00+00:00"),
        (b"2026-11-22 20:15:00,123", "2026-11-22T19:15:00.123+00:00"),
        (b"2026-11-22 20:15:00.5", "2026-11-22T19:15:00.5+00:00"),
        (b"2026-11-22T20:15:00.123456+05:30", "2026-11-22T14:45:00.123456+00:00"),
        (b"2026-11-22 20:15:00 -0800", "2026-11-23T04:15:00+00:00"),
    ],
)
def test_a_stamp_is_of_its_zone_or_else_the_nodes(stamp: bytes, expected: str) -> None:
    assert Clock(BERLIN)[stamp] == pytest.approx(
        datetime.fromisoformat(_padded(expected)).timestamp()
    )


def _padded(text: str) -> str:
    head, _, fraction = text.partition(".")
    digits, zone = (fraction[:-6], fraction[-6:]) if fraction else ("", "")
    return f"{head}.{digits:0<6}{zone}" if fraction else head


def test_the_hour_that_comes_twice_is_told_apart_by_what_went_before() -> None:
    clock = Clock(BERLIN)
    stamps = [b"01:59:00", b"02:30:00", b"02:59:59", b"02:00:01", b"02:30:00", b"03:00:00"]
    values = [clock[b"2026-10-25 " + stamp] for stamp in stamps]
    assert values == sorted(values)
    assert (values[1], values[4]) == (FIRST, SECOND)


def test_without_anything_before_the_files_last_change_decides() -> None:
    assert Clock(BERLIN, not_after=FIRST + 60)[b"2026-10-25 02:30:00"] == FIRST
    assert Clock(BERLIN, not_after=SECOND + 60)[b"2026-10-25 02:30:00"] == SECOND


def test_what_has_just_been_written_is_of_now() -> None:
    clock = Clock(BERLIN)
    clock.live(FIRST)
    assert clock[b"2026-10-25 02:30:00"] == FIRST
    clock.live(SECOND)
    assert clock[b"2026-10-25 02:30:00"] == SECOND


def test_a_stamp_that_is_none_counts_as_the_one_before() -> None:
    clock = Clock(timezone.utc)
    assert clock[b"2026-99-99 20:15:00"] == 0
    before = clock[b"2026-11-22 20:15:00"]
    assert clock[b"2026-11-31 20:15:00"] == before


def test_the_hour_left_out_in_spring_and_a_leap_second_are_survived() -> None:
    clock = Clock(BERLIN)
    assert clock[b"2026-03-29 02:30:00"] > clock[b"2026-03-29 01:30:00"]
    assert clock[b"2026-03-29 23:59:60"] == clock[b"2026-03-30 00:00:00"]


@pytest.mark.parametrize("name", [None, "", "No/Such", "/etc/localtime", "../x"])
def test_a_zone_nobody_knows_is_this_machines(name: str | None) -> None:
    assert zone_of(name) is None
    assert zone_of(":Europe/Berlin") == BERLIN
