"""Restarts of real fleets: tasks keep flowing, and what fails takes nothing else down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from typing import Any

import pytest

from tests.support.fleets import Fleet
from tests.support.mains import Mains
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

GOOD = """
from celery import Celery

app = Celery("proj")
app.conf.broker_connection_retry_on_startup = True
"""
BROKEN = GOOD + "\nimport no_such_library\n"


def worker(**keys: Any) -> dict[str, Any]:
    """A worker that is up and down as fast as any."""
    return {"pool": "solo", "queues": ["celery"], **keys}


def pids(fleet: Fleet, *names: str) -> dict[str, int]:
    """The main process of each node."""
    return {name: fleet.pid(name) for name in names}


def flow(fleet: Fleet, tasks: Tasks, restart: subprocess.Popen[str]) -> list[str]:
    """Send tasks for as long as the restart takes; a few are always on their way."""
    sent: list[str] = []
    while restart.poll() is None:
        sent.append(tasks.send("slow", seconds=0.1))
        wait_until(
            lambda: len(fleet.ledger.count("start")) >= len(sent) - 4,
            timeout=20,
            what="somebody to take the tasks",
        )
    return sent


@pytest.mark.parametrize("pool", ["prefork", "threads", "gevent"])
def test_tasks_keep_flowing_and_each_runs_once(fleet: Fleet, tasks: Tasks, pool: str) -> None:
    fleet.write({name: worker(pool=pool, concurrency=2) for name in ("w1", "w2")}).start()
    before = pids(fleet, "w1", "w2")
    restart = fleet.begin("restart", "all")
    sent = flow(fleet, tasks, restart)
    output, _ = restart.communicate()
    assert restart.returncode == 0, output
    assert "2 restarted" in output
    wait_until(
        lambda: len(fleet.ledger.count("end")) == len(sent), timeout=30, what="every task to end"
    )
    assert fleet.ledger.count("start") == Counter(sent)
    assert fleet.ledger.count("end") == Counter(sent)
    after = pids(fleet, "w1", "w2")
    assert not set(before.values()) & set(after.values())


def test_there_are_never_two_mains_with_one_nodename(fleet: Fleet) -> None:
    mains = Mains(fleet)
    fleet.write({"w1": worker(env={"SHUTDOWN_SECONDS": "1"})}, app="proj:app").start()
    for _ in range(2):
        result = fleet.run("restart", "w1")
        assert result.code == 0, result
    assert mains.events() == ["up", "down", "up", "down", "up"]


def test_the_next_goes_down_only_when_the_first_is_ready(fleet: Fleet) -> None:
    mains = Mains(fleet)
    fleet.write({"w1": worker(), "w2": worker(), "w3": worker()}, app="proj:app").start()
    result = fleet.run("restart", "all")
    assert result.code == 0, result
    assert mains.events()[3:] == ["down", "up"] * 3


def test_all_at_once_takes_all_down_together(fleet: Fleet) -> None:
    mains = Mains(fleet)
    workers = {"w1": worker(env={"SHUTDOWN_SECONDS": "1"}), "w2": worker()}
    fleet.write(workers, app="proj:app").start()
    before = pids(fleet, "w1", "w2")
    result = fleet.run("restart", "all", "--all-at-once")
    assert result.code == 0, result
    assert "2 restarted" in result.output
    assert "no other consumer" not in result.output
    assert mains.events().count("up") == 4
    terms = [line for line in result.stdout.splitlines() if "TERM sent" in line]
    assert result.stdout.splitlines()[:2] == terms, result
    assert not set(before.values()) & set(pids(fleet, "w1", "w2").values())


def test_all_nodes_fork_from_one_launcher(fleet: Fleet) -> None:
    fleet.write({"w1": worker(), "w2": worker()}).start()
    assert fleet.run("restart", "all").code == 0
    parents = {process_status(pid)["PPid"] for pid in pids(fleet, "w1", "w2").values()}
    assert len(parents) == 1


def test_a_queue_that_loses_its_only_consumer_is_named(fleet: Fleet) -> None:
    workers = {"w1": worker(), "w2": worker(), "mail": worker(queues=["mail"])}
    result = fleet.write(workers).start()
    result = fleet.run("restart", "all", "--batch", "2")
    assert result.code == 0, result
    assert "queue mail has no other consumer while mail restarts" in result.output
    assert "queue celery" not in result.output


def test_a_node_that_is_stopped_or_crashed_is_started(fleet: Fleet) -> None:
    fleet.write({"w1": worker(), "w2": worker()}).start("w2")
    os.kill(fleet.pid("w2"), signal.SIGKILL)
    fleet.wait_for_state("w2", "crashed")
    result = fleet.run("restart", "all")
    assert result.code == 0, result
    assert "2 started" in result.output
    assert fleet.states() == {"w1": "ready", "w2": "ready"}


def test_a_draining_node_is_waited_for_and_told_nothing_twice(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": worker()}).start()
    first = fleet.pid("w1")
    sent = tasks.send("slow", seconds=3)
    wait_until(lambda: fleet.ledger.count("start"), timeout=15, what="the task to run")
    fleet.run("stop", "w1")
    result = fleet.run("restart", "w1")
    assert result.code == 0, result
    assert "TERM" not in result.output
    assert fleet.ledger.events(sent) == ["start", "end"]
    assert fleet.pid("w1") != first


def test_code_that_cannot_be_imported_stops_nothing_and_is_named(fleet: Fleet) -> None:
    fleet.module("proj", GOOD)
    fleet.write({"w1": worker(), "w2": worker()}, app="proj:app").start()
    before = pids(fleet, "w1", "w2")
    fleet.module("proj", GOOD + "\ndef broken(:\n")
    result = fleet.run("restart", "all")
    assert result.code == 1, result
    assert "nothing stopped: proj.py:7 SyntaxError" in result.stderr
    assert result.stdout == ""
    assert pids(fleet, "w1", "w2") == before
    assert fleet.states() == {"w1": "ready", "w2": "ready"}


def test_a_restart_that_was_refused_is_in_the_history(fleet: Fleet) -> None:
    fleet.module("proj", GOOD)
    fleet.write({"w1": worker(), "w2": worker()}, app="proj:app").start("w1")
    fleet.module("proj", GOOD + "\ndef broken(:\n")
    fleet.run("restart", "w1")
    entries = json.loads(fleet.run("history", "--json").stdout)["entries"]
    assert [entry["what"] for entry in entries] == ["started", "ready", "refused"]
    assert entries[-1]["reason"].startswith("proj.py:7 SyntaxError")
    assert entries[-1]["by"]["command"] == "fleetctl restart w1"


def test_options_that_celery_refuses_stop_nothing_and_are_an_error_of_usage(fleet: Fleet) -> None:
    fleet.write({"w1": worker(), "w2": worker()}).start()
    before = pids(fleet, "w1", "w2")
    fleet.write({"w1": worker(), "w2": worker(extra_options={"--frob": 1})})
    result = fleet.run("restart", "all")
    assert result.code == 2, result
    assert "--frob" in result.stderr
    assert "(w2)" in result.stderr
    assert pids(fleet, "w1", "w2") == before


def test_each_of_several_surroundings_is_tried_in_a_probe_of_its_own(fleet: Fleet) -> None:
    fleet.module("proj", GOOD + "import os\nassert os.environ.get('MOOD') != 'bad'\n")
    good = {f"w{number}": worker(env={"MOOD": f"good {number}"}) for number in range(1, 6)}
    fleet.write({**good, "bad": worker(env={"MOOD": "bad"})}, app="proj:app").start("w1")
    result = fleet.run("restart", "all")
    assert result.code == 1, result
    assert "nothing stopped: proj.py:7 AssertionError (bad)" in result.stderr
    assert fleet.states("w1", "w2") == {"w1": "ready", "w2": "stopped"}


def test_a_green_node_is_tried_in_the_very_environment_that_it_would_be_started_in(
    fleet: Fleet,
) -> None:
    fleet.write({"w1": worker(pool="gevent")}).start()
    before = fleet.pid("w1")
    # More than an execve takes for one variable (MAX_ARG_STRLEN).
    fleet.write({"w1": worker(pool="gevent", env={"MUCH": "x" * 200_000})})
    result = fleet.run("restart", "w1")
    assert result.code == 1, result
    assert "nothing stopped: cannot run" in result.stderr
    assert fleet.pid("w1") == before


def test_the_first_that_does_not_come_up_leaves_the_second_untouched(fleet: Fleet) -> None:
    fleet.module("proj", GOOD)
    fleet.write({"w1": worker(), "w2": worker()}, app="proj:app").start()
    second = fleet.pid("w2")
    fleet.module("proj", BROKEN)
    result = fleet.run("restart", "all", "--no-preflight")
    assert result.code == 3, result
    assert "no_such_library" in result.output
    assert "w1: down" in result.output
    assert "w2: not touched" in result.output
    assert "`fleetctl restart w1 w2` goes on from here" in result.output
    assert fleet.states() == {"w1": "failed", "w2": "ready"}
    assert fleet.pid("w2") == second
    last = json.loads(fleet.run("history", "w2", "--json").stdout)["entries"][-1]
    assert (last["what"], last["reason"]) == ("refused", "the restart had halted at w1")

    fleet.module("proj", GOOD)
    again = fleet.run("restart", "w1", "w2")
    assert again.code == 0, again
    assert fleet.states() == {"w1": "ready", "w2": "ready"}
    assert fleet.pid("w2") != second


def test_a_node_that_is_not_ready_in_time_halts_the_restart(fleet: Fleet) -> None:
    fleet.module("proj", GOOD)
    fleet.write({"w1": worker(), "w2": worker()}, app="proj:app").start()
    second = fleet.pid("w2")
    fleet.module("proj", "import time\n\ntime.sleep(600)\n")
    result = fleet.run("restart", "all", "--no-preflight", "--timeout", "3")
    assert result.code == 4, result
    assert "w1: still starting" in result.output
    assert "proj.py:3" in result.output
    assert fleet.pid("w2") == second


def test_a_foreign_process_is_refused_before_anything_is_stopped(fleet: Fleet) -> None:
    fleet.write({"w1": worker(), "w2": worker()}).start("w1")
    first = fleet.pid("w1")
    # A Python that may well be a worker with another title: this very test.
    fleet.pidfile("w2").write_text(f"{os.getpid()}\n")
    result = fleet.run("restart", "all")
    assert result.code == 3, result
    assert "w2: refused" in result.output
    assert "w2: not started, its place is taken" in result.output
    assert "w1: not touched" in result.output
    assert fleet.pid("w1") == first


def test_force_is_used_where_fleet_yaml_says_so_and_told(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": worker(pool="threads", concurrency=1, stop_timeout="1s")}).start()
    sent = tasks.send("endless")
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=15, what="the task to be active")
    result = fleet.run("restart", "w1")
    assert result.code == 3, result
    assert f"lost: sample.endless[{sent}]" in result.output
    assert fleet.states() == {"w1": "ready"}


def test_an_interrupt_leaves_the_drain_going_and_the_rest_untouched(
    fleet: Fleet, tasks: Tasks
) -> None:
    fleet.write({"w1": worker(), "w2": worker(queues=["other"])}).start()
    before = pids(fleet, "w1", "w2")
    sent = tasks.send("slow", seconds=12)
    wait_until(lambda: fleet.ledger.count("start"), timeout=15, what="the task to run")
    restart = fleet.begin("restart", "all")
    fleet.wait_for_state("w1", "draining")
    restart.send_signal(signal.SIGINT)
    output, _ = restart.communicate(timeout=20)
    assert restart.returncode == 130, output
    assert "w1: draining, then down" in output
    assert "w2: not touched" in output
    assert fleet.pid("w2") == before["w2"]
    fleet.wait_for_state("w1", "stopped")
    assert fleet.ledger.events(sent) == ["start", "end"]


def test_an_app_that_takes_its_time_is_said_to_be_tried(fleet: Fleet) -> None:
    fleet.module("proj", GOOD)
    fleet.write({"w1": worker()}, app="proj:app").start()
    fleet.module("proj", "import time\ntime.sleep(2)\n" + GOOD)
    result = fleet.run("restart", "w1")
    assert result.code == 0, result
    assert result.stderr.startswith("importing proj:app to see whether it can start")


def test_an_interrupt_while_the_app_is_tried_stops_nothing(fleet: Fleet) -> None:
    fleet.module("proj", GOOD)
    fleet.write({"w1": worker()}, app="proj:app").start()
    first = fleet.pid("w1")
    fleet.module("proj", "import time\nopen('probed', 'w').close()\ntime.sleep(600)\n")
    restart = fleet.begin("restart", "all")
    wait_until((fleet.folder / "probed").exists, timeout=20, what="the probe to import the app")
    restart.send_signal(signal.SIGINT)
    output, _ = restart.communicate(timeout=20)
    assert restart.returncode == 130, output
    assert "nothing stopped" in output
    assert fleet.pid("w1") == first
    assert fleet.states() == {"w1": "ready"}


def test_a_launcher_that_is_killed_in_the_middle_is_replaced(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": worker(), "w2": worker(queues=["other"])}).start()
    tasks.send("slow", seconds=10, queue="other")
    wait_until(lambda: fleet.ledger.count("start"), timeout=15, what="the task to run")
    restart = fleet.begin("restart", "all")
    fleet.wait_for_state("w2", "draining")
    os.kill(int(process_status(fleet.pid("w1"))["PPid"]), signal.SIGKILL)
    output, _ = restart.communicate(timeout=60)
    assert restart.returncode == 0, output
    assert fleet.states() == {"w1": "ready", "w2": "ready"}


def test_batch_and_all_at_once_exclude_each_other(fleet: Fleet) -> None:
    fleet.write({"w1": worker()})
    assert fleet.run("restart", "all", "--batch", "2", "--all-at-once").code == 2
    assert fleet.run("restart", "all", "--batch", "0").code == 2
    assert fleet.run("restart").code == 2


def process_status(pid: int) -> dict[str, str]:
    """The lines of /proc/PID/status."""
    with open(f"/proc/{pid}/status") as status:
        return {key: value.strip() for key, _, value in (line.partition(":") for line in status)}
