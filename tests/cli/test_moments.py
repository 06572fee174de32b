"""Moments, as people give them."""

from __future__ import annotations

from datetime import datetime

import pytest

from fleetctl.cli.moments import moment
from fleetctl.errors import UsageError

NOW = datetime(2026, 11, 22, 14, 0).timestamp()  # noqa: DTZ001 - people mean their own clock


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10m", "2026-11-22T13:50"),
        ("1h30m", "2026-11-22T12:30"),
        ("1d12h", "2026-11-21T02:00"),
        ("2d", "2026-11-20T14:00"),
        ("13:59", "2026-11-22T13:59"),
        ("9:05:07", "2026-11-22T09:05:07"),
        ("14:05", "2026-11-21T14:05"),
        ("2026-11-22", "2026-11-22T00:00"),
        ("2026-11-22 13:00", "2026-11-22T13:00"),
    ],
)
def test_a_moment_is_so_long_ago_or_a_time_gone_by_or_a_date(text: str, expected: str) -> None:
    assert moment(text, NOW, "--since") == datetime.fromisoformat(expected).timestamp()


@pytest.mark.parametrize(
    "text", ["2026-11-22T13:00Z", "2026-11-22T14:00+01:00", "2026-11-22 13:00 UTC"]
)
def test_a_zone_is_heeded(text: str) -> None:
    assert (
        moment(text, NOW, "--since") == datetime.fromisoformat("2026-11-22T13:00+00:00").timestamp()
    )


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2x", "24:00", "12:60", "2026-13-01", "9" * 30 + "d"]
)
def test_what_is_none_is_refused_with_the_options_name(text: str) -> None:
    with pytest.raises(UsageError, match="--until"):
        moment(text, NOW, "--until")
