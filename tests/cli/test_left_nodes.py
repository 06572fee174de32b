"""Nodes that were started and have since left fleet.yaml: who still reaches them."""

from __future__ import annotations

import pytest

from fleetctl.errors import ExitCode
from tests.support.fleets import Fleet

SOLO = {"pool": "solo", "queues": ["q"]}


@pytest.fixture
def left(fleet: Fleet) -> Fleet:
    """Two nodes run; then somebody takes `old` out of the file."""
    fleet.write({"old": SOLO, "new": SOLO})
    fleet.start()
    return fleet.write({"new": SOLO})


def test_start_and_restart_say_that_it_runs_and_what_still_reaches_it(left: Fleet) -> None:
    for command in ("start", "restart"):
        result = left.run(command, "new", "old")
        assert result.code == ExitCode.USAGE, result
        assert "error: old runs, but is not in fleet.yaml any more" in result.stderr
        assert "stop, stopwait and kill still reach it" in result.stderr.replace("\n  ", " ")
    assert left.states() == {"new": "ready", "old": "ready"}

    assert left.run("stopwait", "old").code == 0
    gone = left.run("start", "old")
    assert gone.code == ExitCode.USAGE, gone
    assert "not in fleet.yaml any more, nor running: old" in gone.stderr


def test_a_name_that_nothing_ever_had_is_unknown_as_before(left: Fleet) -> None:
    result = left.run("restart", "odl")
    assert result.code == ExitCode.USAGE, result
    assert "no such node, worker or group: `odl`" in result.stderr
