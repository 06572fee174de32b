"""A worker that `celery multi` started, and that fleetctl has no record of."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.fleets import Fleet
from tests.support.multi import Multi
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

ONE = {"w1": {"pool": "prefork", "concurrency": 1, "queues": ["celery"]}}


@pytest.fixture
def adopted(fleet: Fleet) -> int:
    """The pid of a worker that `celery multi` has started."""
    fleet.write(ONE)
    Multi(fleet).start("w1")
    return fleet.pid("w1")


def children(pid: int) -> list[int]:
    """The live children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def begin_endless_task(fleet: Fleet, tasks: Tasks) -> None:
    tasks.send("endless")
    wait_until(lambda: fleet.ledger.count("start"), timeout=15, what="the task to run")


def test_status_tells_what_the_kernel_knows_and_nothing_it_cannot(
    fleet: Fleet, adopted: int
) -> None:
    result = fleet.run("status")
    assert result.code == 0, result
    assert "adopted: its tasks and queues are known after its next restart" in result.output
    row = fleet.status()["w1"]
    assert (row["state"], row["pid"]) == ("ready", adopted)
    assert row["uptime"] > 0
    assert row["rss"] > row["pss"] > 0
    unknown = ["pool", "concurrency", "queues", "active", "processed", "failed", "broker"]
    assert {key: row[key] for key in unknown} == dict.fromkeys(unknown)


def test_start_leaves_it_running(fleet: Fleet, adopted: int) -> None:
    result = fleet.start()
    assert "already running" in result.output
    assert fleet.pid("w1") == adopted


def test_stopwait_lets_it_finish_its_task(fleet: Fleet, tasks: Tasks, adopted: int) -> None:
    task = tasks.send("slow", seconds=3)
    wait_until(lambda: fleet.ledger.count("start"), timeout=15, what="the task to run")
    result = fleet.run("stopwait", "w1")
    assert result.code == 0, result
    assert "stopped in" in result.output
    assert not processes.alive(adopted)
    assert fleet.ledger.count("end") == Counter([task])
    assert tasks.state(task) == "SUCCESS"
    assert fleet.states() == {"w1": "stopped"}


def test_stopwait_that_times_out_leaves_it_draining(
    fleet: Fleet, tasks: Tasks, adopted: int
) -> None:
    begin_endless_task(fleet, tasks)
    result = fleet.run("stopwait", "w1", "--timeout", "2")
    assert result.code == 4, result
    assert processes.alive(adopted)


def test_stopwait_climbs_to_kill_where_fleet_yaml_says_so(
    fleet: Fleet, tasks: Tasks, adopted: int
) -> None:
    fleet.write({"w1": {**ONE["w1"], "stop_timeout": 1, "kill_timeout": 10}})
    begin_endless_task(fleet, tasks)
    result = fleet.run("stopwait", "w1")
    assert result.code == 3, result
    assert "stopped by QUIT" in result.output
    assert not processes.alive(adopted)


def test_kill_ends_it_and_everything_it_started(fleet: Fleet, tasks: Tasks, adopted: int) -> None:
    begin_endless_task(fleet, tasks)
    family = [adopted, *children(adopted)]
    assert len(family) == 2
    result = fleet.run("kill", "w1")
    assert result.code == 0, result
    assert f"killed (pid {adopted})" in result.output
    for pid in family:
        processes.wait_gone(pid)
    assert fleet.states() == {"w1": "stopped"}


def test_it_is_fleetctls_own_once_it_is_started_anew(fleet: Fleet, adopted: int) -> None:
    assert fleet.run("stopwait", "w1").code == 0
    fleet.start()
    row = fleet.status()["w1"]
    assert (row["state"], row["pool"], row["queues"]) == ("ready", "prefork", ["celery"])
    assert row["pid"] != adopted


def test_one_that_was_killed_behind_our_back_can_be_started(fleet: Fleet, adopted: int) -> None:
    os.kill(adopted, signal.SIGKILL)
    processes.wait_gone(adopted)
    fleet.start()
    assert fleet.pid("w1") != adopted
