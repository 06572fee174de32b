from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleetctl.display.status_json import document, timestamp
from fleetctl.process.status import State
from tests.display.samples import CRASHED, FLEET, W1, report


def test_a_busy_node_has_every_field_of_schema_1() -> None:
    answer = document([W1], Path("/srv/proj/fleet.yaml"))
    assert answer == {
        "schema": 1,
        "fleet": "/srv/proj/fleet.yaml",
        "nodes": [
            {
                "name": "w1",
                "worker": "w",
                "nodename": "w1@web-1",
                "kind": "worker",
                "state": "ready",
                "reason": None,
                "since": "2027-01-14T05:58:20.000Z",
                "pid": 4711,
                "pool": "prefork",
                "concurrency": 4,
                "queues": ["celery"],
                "uptime": 93784,
                "cpu_percent": 3.2,
                "rss": 125829120,
                "pss": 92274688,
                "active": [
                    {
                        "id": "4be1c0de-9f3a-4b6e-8f62-0d1c2b3a4f5e",
                        "name": "proj.tasks.slow",
                        "runtime": 12.3,
                    }
                ],
                "processed": 18231,
                "failed": 2,
                "broker": "redis://cache-1:6379/0",
                "exit": None,
                "drift": False,
                "pidfile": "/srv/proj/run/w1.pid",
                "logfile": "/srv/proj/log/w1.log",
            }
        ],
    }


def test_how_it_ended_is_told_with_its_time() -> None:
    [node] = document([CRASHED], Path("f"))["nodes"]
    assert node["exit"] == {"code": None, "signal": "KILL", "at": "2027-01-15T07:56:55.000Z"}


def test_times_are_utc_with_milliseconds() -> None:
    assert timestamp(1_763_842_500.1234) == "2025-11-22T20:15:00.123Z"
    assert timestamp(None) is None


def test_what_is_unknown_is_null_and_no_tasks_are_an_empty_list() -> None:
    unknown, idle = document(
        [report("a", State.STOPPED), report("b", State.READY, active=(), queues=())], Path("f")
    )["nodes"]
    assert unknown["active"] is None
    assert unknown["queues"] is None
    assert unknown["exit"] is None
    assert idle["active"] == []
    assert idle["queues"] == []


def test_every_state_can_be_written_as_json() -> None:
    states = [node["state"] for node in json.loads(json.dumps(document(FLEET, Path("f"))))["nodes"]]
    assert set(states) == {state.value for state in State}


@pytest.mark.parametrize("epoch", [253402300800.0, 1e14, -1e14])
def test_a_time_beyond_the_calendar_is_unknown(epoch: float) -> None:
    assert timestamp(epoch) is None
