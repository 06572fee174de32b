"""A fleet lives: started, watched, drained, on every pool and every broker."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import fleetctl.sample
from tests.conftest import MakeFleet
from tests.support import brokers, processes
from tests.support.fleets import FLEETCTL, Fleet
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

POOLS = ["prefork", "threads", "gevent", "eventlet", "solo"]
SAMPLE = Path(fleetctl.sample.__file__).parent
MAY_BE_NULL = {"reason", "exit"}
FIELDS = {
    *("name", "worker", "nodename", "kind", "state", "reason", "since", "pid", "pool"),
    *("concurrency", "queues", "uptime", "cpu_percent", "rss", "pss", "active", "processed"),
    *("failed", "broker", "exit", "drift", "pidfile", "logfile"),
}

#: Celery has the kernel kill pool children with their main process; not every app leaves it so.
CLINGING = """
import ctypes, time
from celery import Celery
from celery.signals import worker_process_init

PR_SET_PDEATHSIG = 1
app = Celery("proj")

@worker_process_init.connect
def cling(**_):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 0)

@app.task
def endless():
    time.sleep(600)
"""


def worker(pool: str, **keys: Any) -> dict[str, Any]:
    """A worker with one slot (solo) or two."""
    slots = {} if pool == "solo" else {"concurrency": 2}
    return {"pool": pool, "queues": ["celery"], **slots, **keys}


def drain(fleet: Fleet, ids: list[str]) -> None:
    """`stopwait all` while these tasks run: it names them, and each begins and ends once."""
    wait_until(lambda: active(fleet) == set(ids), timeout=20, what="the tasks to be active")
    result = fleet.run("stopwait", "all")
    assert result.code == 0, result
    assert all(f"sample.slow[{task_id[:8]}]" in result.output for task_id in ids), result
    assert set(fleet.states().values()) == {"stopped"}
    assert fleet.ledger.count("start") == Counter(ids)
    assert fleet.ledger.count("end") == Counter(ids)


def active(fleet: Fleet) -> set[str]:
    """The ids of the tasks that `status` says are running."""
    return {task["id"] for row in fleet.status().values() for task in row["active"] or ()}


@pytest.mark.parametrize("pool", POOLS)
def test_a_drain_on_redis_loses_no_task(fleet: Fleet, tasks: Tasks, pool: str) -> None:
    fleet.write({"w1": worker(pool)}).start()
    ids = [tasks.send("slow", seconds=4) for _ in range(1 if pool == "solo" else 2)]
    drain(fleet, ids)
    assert [tasks.state(task_id) for task_id in ids] == ["SUCCESS"] * len(ids)


def test_a_drain_on_rabbitmq_loses_no_task(
    make_fleet: MakeFleet, rabbitmq_url: str, redis_url: str
) -> None:
    fleet = make_fleet(CELERY_BROKER_URL=rabbitmq_url, CELERY_RESULT_BACKEND=redis_url)
    fleet.write({"w1": worker("prefork")}).start()
    client = Tasks.on(rabbitmq_url, redis_url)
    ids = [client.send("slow", seconds=4) for _ in range(2)]
    drain(fleet, ids)
    assert [client.state(task_id) for task_id in ids] == ["SUCCESS", "SUCCESS"]
    client.close()


def test_a_drain_on_the_filesystem_broker_loses_no_task(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    fleet.write({"w1": worker("prefork")}).start()
    sender = [sys.executable, "-m", "fleetctl.sample", "slow", "-s", "6", "-n", "2"]
    ids = fleet.command(sender).stdout.split()
    drain(fleet, ids)
    results = fleet.folder / "run" / "broker" / "results"
    stored = [json.loads((results / f"celery-task-meta-{one}").read_text()) for one in ids]
    assert [result["status"] for result in stored] == ["SUCCESS", "SUCCESS"]


def test_status_of_a_busy_fleet_knows_everything(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({pool: worker(pool, queues=[pool]) for pool in POOLS}).start()
    sent = {pool: tasks.send("endless", queue=pool) for pool in POOLS}
    wait_until(
        lambda: len(fleet.ledger.count("start")) == len(POOLS), timeout=20, what="tasks to run"
    )
    wait_until(
        lambda: not _unknown(fleet),
        timeout=10,
        what="nothing to be unknown",
        detail=lambda: _unknown(fleet),
    )
    for pool, row in fleet.status().items():
        assert set(row) >= FIELDS
        assert (row["state"], row["pool"], row["queues"]) == ("ready", pool, [pool])
        assert [(task["id"], task["name"]) for task in row["active"]] == [
            (sent[pool], "sample.endless")
        ]


def test_status_counts_what_was_processed_and_what_failed(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": worker("prefork")}).start()
    tasks.send("add", x=1, y=1)
    tasks.send("fail")

    def counted() -> bool:
        row = fleet.status()["w1"]
        return (row["processed"], row["failed"]) == (2, 1)

    wait_until(counted, timeout=15, what="one of two tasks to have failed")


def test_a_killed_node_is_crashed_and_its_tasks_are_known(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": worker("prefork")}).start()
    tasks.send("endless")
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=15, what="the task to be active")
    os.kill(fleet.pid("w1"), signal.SIGKILL)
    row = fleet.wait_for_state("w1", "crashed")
    assert row["exit"]["signal"] == "KILL"
    assert fleet.run("status").code == 3
    assert "sample.endless" in fleet.run("status").output


def test_a_crashed_node_is_started_again(fleet: Fleet) -> None:
    fleet.write({"w1": worker("prefork")}).start()
    first = fleet.pid("w1")
    os.kill(first, signal.SIGKILL)
    fleet.wait_for_state("w1", "crashed")
    fleet.start()
    assert fleet.pid("w1") != first


def test_an_app_that_raises_at_import_fails_with_its_file_and_line(fleet: Fleet) -> None:
    fleet.module("proj", "from celery import Celery\n\nimport no_such_library\n")
    fleet.write({"w1": worker("prefork")}, app="proj:app")
    result = fleet.run("start")
    assert result.code == 3, result
    assert "no_such_library" in result.output
    assert f"{fleet.folder / 'proj.py'}:3" in result.output
    assert fleet.status()["w1"]["state"] == "failed"
    assert "no_such_library" in fleet.status()["w1"]["reason"]


def test_a_pidfile_of_another_program_is_foreign_and_the_program_unharmed(fleet: Fleet) -> None:
    fleet.write({"w1": worker("prefork")})
    fleet.pidfile("w1").parent.mkdir()
    with subprocess.Popen(["sleep", "600"]) as bystander:
        try:
            fleet.pidfile("w1").write_text(f"{bystander.pid}\n")
            assert fleet.states() == {"w1": "foreign"}
            for verb in ("stop", "stopwait", "kill"):
                fleet.run(verb, "w1")
            assert bystander.poll() is None
        finally:
            bystander.kill()


def test_a_pool_child_that_outlives_its_main_is_reported(fleet: Fleet) -> None:
    fleet.module("proj", CLINGING)
    fleet.write({"w1": worker("prefork", concurrency=1)}, app="proj:app").start()
    main = fleet.pid("w1")
    (child,) = wait_until(lambda: _children(main), timeout=10, what="the pool child")
    fleet.command([sys.executable, "-c", "import proj; proj.endless.delay()"])
    wait_until(lambda: active(fleet), timeout=10, what="the task to be active")
    os.kill(main, signal.SIGKILL)
    fleet.wait_for_state("w1", "crashed")
    assert processes.alive(child)
    shown = fleet.run("status").output
    assert "orphan" in shown
    assert str(child) in shown
    fleet.run("kill", "w1")
    processes.wait_gone(child)


def test_kill_ends_the_node_and_everything_it_started(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": worker("prefork")}).start()
    tasks.send("endless")
    wait_until(lambda: active(fleet), timeout=15, what="the task to be active")
    result = fleet.run("kill", "w1")
    assert "sample.endless" in result.output
    assert fleet.states() == {"w1": "stopped"}
    wait_until(lambda: not fleet.survivors(), timeout=5, what="everything to be gone")


def test_stop_now_tells_what_becomes_of_each_task_and_status_remembers(
    fleet: Fleet, tasks: Tasks
) -> None:
    fleet.write({"w1": worker("prefork")}).start()
    endless = tasks.send("endless")
    wait_until(lambda: active(fleet), timeout=15, what="the task to be active")

    result = fleet.run("stop", "--now", "w1")

    assert result.code == 3, result
    told = rf"lost: sample\.endless\[{endless}\], cut off after "
    assert re.search(told, result.stdout), result
    reason = fleet.wait_for_state("w1", "stopped")["reason"]
    assert reason.endswith(f"stop --now w1` while running sample.endless[{endless}]")


def test_starting_twice_changes_nothing(fleet: Fleet) -> None:
    fleet.write({"w1": worker("prefork")}).start()
    first = fleet.pid("w1")
    again = fleet.start()
    assert "already running" in again.output
    assert fleet.pid("w1") == first
    assert _boots(fleet, "w1") == 1


def test_eight_starts_at_once_boot_each_node_once(fleet: Fleet) -> None:
    fleet.write({"w1": worker("solo"), "w2": worker("threads")})
    starts = [fleet.begin("start", "all") for _ in range(8)]
    outputs = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0] * 8, outputs
    assert {name: _boots(fleet, name) for name in ("w1", "w2")} == {"w1": 1, "w2": 1}


def test_a_start_that_times_out_says_where_the_node_hangs(fleet: Fleet) -> None:
    fleet.module("proj", "import time\n\ntime.sleep(600)\n")
    fleet.write({"w1": worker("prefork")}, app="proj:app")
    result = fleet.run("start", "--timeout", "4")
    assert result.code == 4, result
    assert "still starting after 4.0 s" in result.output
    assert "proj.py:3" in result.output
    assert fleet.states() == {"w1": "starting"}


def test_an_interrupted_start_of_a_draining_node_says_that_it_will_not_be_started(
    fleet: Fleet, tasks: Tasks
) -> None:
    fleet.write({"w1": worker("prefork")}).start()
    tasks.send("endless")
    wait_until(lambda: active(fleet), timeout=15, what="the task to be active")
    stopped = fleet.run("stop", "w1")
    assert "ends when its tasks are done" in stopped.output
    start = fleet.spawn([str(FLEETCTL), "start", "w1"])
    assert start.stdout is not None
    assert "waiting for the old process" in start.stdout.readline()
    start.send_signal(signal.SIGINT)
    output, _ = start.communicate(timeout=20)
    assert start.returncode == 130, output
    assert "goes on starting" not in output
    assert "w1 won't be started: `fleetctl start w1` does" in output
    assert fleet.states() == {"w1": "draining"}


def test_an_interrupted_start_says_where_the_node_hangs_and_lets_it_go_on(fleet: Fleet) -> None:
    fleet.module("proj", "import time\n\ntime.sleep(600)\n")
    fleet.write({"w1": worker("prefork")}, app="proj:app")
    start = fleet.begin("start")
    wait_until(
        lambda: "proj.py:3" in (fleet.status()["w1"]["reason"] or ""), timeout=20, what="the hang"
    )
    start.send_signal(signal.SIGINT)
    output, _ = start.communicate(timeout=20)
    assert start.returncode == 130, output
    assert "what isn't ready goes on starting" in output
    assert "proj.py:3 in <module>" in output
    assert fleet.states() == {"w1": "starting"}


def test_a_broker_that_refuses_is_named(fleet: Fleet) -> None:
    fleet.environment["CELERY_BROKER_URL"] = "redis://127.0.0.1:1/0"
    fleet.write({"w1": worker("prefork")})
    result = fleet.run("start", "--timeout", "5")
    assert result.code == 4, result
    assert "refused" in result.output
    assert "127.0.0.1:1" in result.output


def test_a_node_whose_broker_goes_away_is_disconnected_not_hung(
    make_fleet: MakeFleet, tmp_path: Path
) -> None:
    with brokers.redis_server(tmp_path) as url:
        fleet = make_fleet(CELERY_BROKER_URL=url, CELERY_RESULT_BACKEND=url)
        fleet.write({"w1": worker("prefork")}).start()
    fleet.wait_for_state("w1", "disconnected")


def test_a_stopped_process_is_unresponsive(fleet: Fleet) -> None:
    fleet.write({"w1": worker("solo")}).start()
    os.kill(fleet.pid("w1"), signal.SIGSTOP)
    fleet.wait_for_state("w1", "unresponsive")


def test_a_pool_whose_library_is_missing_says_what_to_install(fleet: Fleet) -> None:
    shadow = fleet.folder / "shadow"
    shadow.mkdir()
    missing = "raise ModuleNotFoundError(\"No module named 'gevent'\", name='gevent')\n"
    (shadow / "gevent.py").write_text(missing)
    fleet.write({"w1": worker("gevent", env={"PYTHONPATH": str(shadow)})})
    result = fleet.run("start")
    assert result.code == 3, result
    assert "gevent" in result.output
    assert "install" in result.output


def test_nodes_run_under_another_virtualenv_with_an_older_celery(
    fleet: Fleet, tasks: Tasks, older_python: Path
) -> None:
    shutil.copytree(SAMPLE, fleet.folder / "sample")
    fleet.write({"w1": worker("prefork")}, app="sample:app", python=str(older_python)).start()
    ids = [tasks.send("slow", seconds=4) for _ in range(2)]
    drain(fleet, ids)
    assert [tasks.state(task_id) for task_id in ids] == ["SUCCESS", "SUCCESS"]


def _unknown(fleet: Fleet) -> dict[str, list[str]]:
    return {
        name: unknown
        for name, row in fleet.status().items()
        if (unknown := [key for key in FIELDS - MAY_BE_NULL if row[key] is None])
    }


def _boots(fleet: Fleet, name: str) -> int:
    return fleet.log(name).count(f"{name}@{fleet.domain} ready.")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
