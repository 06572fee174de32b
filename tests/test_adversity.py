"""What life does to a fleet that is being started or stopped, and what is said of it."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleetctl.process import procfs
from tests.support import processes
from tests.support.fleets import FLEETCTL, Fleet
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

SPAWNING = """
import subprocess
from celery import Celery

app = Celery("spawning")

@app.task(name="spawn")
def spawn(path):
    child = subprocess.Popen(["sleep", "300"])
    with open(path, "w") as file:
        file.write(str(child.pid))
    child.wait()
"""


def test_forty_nodes_at_once_are_all_told_ready(fleet: Fleet) -> None:
    fleet.write({"w": {"pool": "solo", "replicas": 40}})

    result = fleet.run("start")

    assert result.code == 0, result
    assert result.stdout.endswith("40 started\n"), result


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_node_killed_by_anyone_while_it_drains_has_lost_its_tasks(
    fleet: Fleet, tasks: Tasks, pool: str
) -> None:
    fleet.write({"w1": {"pool": pool, "concurrency": 1} if pool != "solo" else {"pool": pool}})
    fleet.start()
    task = tasks.send("slow", seconds=60)
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=20, what="the task to run")
    watcher = fleet.begin("stopwait", "w1")
    fleet.wait_for_state("w1", "draining")

    os.kill(fleet.pid("w1"), signal.SIGKILL)

    output, _ = watcher.communicate(timeout=30)
    assert watcher.returncode == 3, output
    assert f"lost: sample.slow[{task}]" in output


def test_a_remapped_sigterm_of_the_caller_does_not_make_drains_cold(
    fleet: Fleet, tasks: Tasks
) -> None:
    fleet.write({"w1": {"pool": "prefork", "concurrency": 1}})
    fleet.environment["REMAP_SIGTERM"] = "SIGQUIT"
    fleet.start()
    task = tasks.send("slow", seconds=3)
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=20, what="the task to run")

    assert fleet.run("stopwait", "w1").code == 0
    tasks.wait_for(task, "SUCCESS")


def test_the_ladders_last_rung_ends_what_the_tasks_have_started(fleet: Fleet, tasks: Tasks) -> None:
    fleet.module("spawning", SPAWNING)
    fleet.write({"w1": {"pool": "solo", "stop_timeout": "1s"}}, app="spawning:app")
    fleet.start()
    mark = fleet.folder / "child"
    tasks.call("spawn", str(mark))
    wait_until(lambda: mark.exists() and mark.read_text(), timeout=20, what="the child to run")

    result = fleet.run("stopwait", "w1")

    assert result.code == 3, result
    child = procfs.stat(int(mark.read_text()))
    assert child is None or not child.alive, result


def test_quit_names_what_was_lost_though_the_node_has_forgotten_it(
    fleet: Fleet, tasks: Tasks
) -> None:
    fleet.write({"w1": {"pool": "prefork", "concurrency": 1, "stop_timeout": "1s"}})
    fleet.start()
    task = tasks.send("slow", seconds=60)
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=20, what="the task to run")

    result = fleet.run("stopwait", "w1")

    assert result.code == 3, result
    assert f"lost: sample.slow[{task}]" in result.stdout


def test_a_node_whose_lock_is_held_keeps_no_other_node_waiting(fleet: Fleet) -> None:
    fleet.write({"w1": {"pool": "solo"}, "w2": {"pool": "solo"}})
    with locked(fleet, "w1"):
        began = time.monotonic()
        result = fleet.run("start", "--timeout", "4s")
        waited = time.monotonic() - began

    assert result.code == 4, result
    assert "w2: ready" in result.stdout
    assert "w1: refused: not started" in result.stdout
    assert waited < 9, result
    assert fleet.states() == {"w1": "stopped", "w2": "ready"}


@pytest.mark.parametrize("command", ["stop", "stopwait", "kill"])
def test_a_node_whose_lock_is_held_keeps_no_other_node_running(fleet: Fleet, command: str) -> None:
    fleet.write({"w1": {"pool": "solo"}, "w2": {"pool": "solo"}}).start()
    others_pid = fleet.pid("w2")
    with locked(fleet, "w1"):
        stopper = fleet.begin(command, "w1", "w2")
        processes.wait_gone(others_pid, timeout=20)
        assert stopper.poll() is None
        assert fleet.states()["w1"] == "ready"
    output, _ = stopper.communicate(timeout=30)
    assert stopper.returncode == 0, output
    fleet.wait_for_state("w1", "stopped")


def test_a_lock_that_is_never_free_is_told_with_its_holder(fleet: Fleet) -> None:
    fleet.write({"w1": {"pool": "solo"}, "w2": {"pool": "solo"}}).start()
    with locked(fleet, "w1"):
        result = fleet.run("stopwait", "all")
        assert fleet.states() == {"w1": "ready", "w2": "stopped"}

    assert result.code == 3, result
    assert "w1: refused: w1 is busy" in result.stdout


def test_a_stop_that_has_no_time_left_for_a_lock_says_that_it_sent_nothing(fleet: Fleet) -> None:
    fleet.write({"w1": {"pool": "solo"}}).start()
    with locked(fleet, "w1"):
        result = fleet.run("stopwait", "--timeout", "1s", "w1")

    assert result.code == 4, result
    assert "not stopped: no time left before its lock was free" in result.stdout
    assert fleet.states() == {"w1": "ready"}


def test_few_open_files_are_enough_for_many_nodes(fleet: Fleet) -> None:
    fleet.write({"w": {"pool": "solo", "replicas": 20}})
    fleet.prefix = ["sh", "-c", 'ulimit -Sn 32; exec "$@"', "sh"]

    assert fleet.run("start").code == 0
    limits = Path(f"/proc/{fleet.pid('w1')}/limits").read_text()
    assert next(line for line in limits.splitlines() if "open files" in line).split()[3] == "32"


def test_a_deleted_working_directory_is_no_obstacle_to_a_fleet_named_in_full(
    fleet: Fleet, tmp_path: Path
) -> None:
    fleet.write({"w1": {"pool": "solo"}})
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd {gone} && rmdir {gone} && exec {FLEETCTL} -f {fleet.path} names"

    result = fleet.command(["sh", "-c", command])

    assert (result.code, result.stdout) == (0, "w1\n"), result


@contextmanager
def locked(fleet: Fleet, name: str) -> Iterator[None]:
    """Hold a node's lock, as a fleetctl that doesn't move would."""
    folder = fleet.folder / "run" / "nodes" / name
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_log_folder_that_is_gone_is_not_taken_for_the_brokers_fault(
    fleet: Fleet, tasks: Tasks
) -> None:
    fleet.write({"w1": {"pool": "solo", "queues": ["celery"]}}).start()
    (fleet.folder / "log").rename(fleet.folder / "moved")
    tasks.send("slow", seconds=0)
    fleet.wait_for_state("w1", "crashed")
    reason = fleet.status()["w1"]["reason"]
    assert "log/w1.log" in reason
    assert "redis" not in reason, reason
