"""Fleets whose nodes never ran, but logged."""

from __future__ import annotations

import pytest

from tests.logs.making import log, record, written
from tests.support.fleets import Fleet


@pytest.fixture
def two(fleet: Fleet) -> Fleet:
    """A fleet of two nodes that never ran; the even records are w1's, the odd ones w2's."""
    fleet.write({"w1": {"pool": "solo"}, "w2": {"pool": "solo"}})
    for name, first in (("w1", 0), ("w2", 1)):
        written(log(fleet, name), "".join(record(n) for n in range(first, 40, 2)))
    return fleet
