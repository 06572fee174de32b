"""What befalls processes: launchers, nodes and pool children killed, paused, worn out."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from tests.chaos.fault import Evidence, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.truth import Truth, check_convergence, check_end, check_status, history
from tests.support import processes
from tests.support.fleets import Fleet
from tests.support.waiting import wait_until

PREFORK = {"pool": "prefork", "concurrency": 2, "queues": ["celery"]}


@fault(
    "the launcher parent killed, its nodes idle, booting and draining",
    checked="nodes live and are known, a crash is told as unseen, no duplicate, no orphan",
    times=3,
)
def launcher_killed(ground: Ground, times: int) -> Evidence:
    for _ in range(times):
        workers = {"w1": {**SOLO, "queues": ["other"]}, "w2": PREFORK}
        with ground.fleet(workers) as (fleet, truth):
            assert fleet.run("start", "--no-wait").code == 0
            _kill(*launchers(fleet))
            assert check_status(fleet, truth)
            assert fleet.run("start").code == 0
            assert check_status(fleet, truth)["w2"]["state"] == "ready"
            _drain_without_launcher(ground, fleet)
            _kill(fleet.pid("w1"))
            row = fleet.wait_for_state("w1", "crashed")
            assert "nobody saw how" in row["reason"], row
            check_convergence(fleet, truth)
            assert truth.boots_of_each() == {"w1": 2, "w2": 3}
            assert any(entry["what"] == "exit" for entry in history(fleet, "w1"))
    return times, "crash told as unseen"


def _drain_without_launcher(ground: Ground, fleet: Fleet) -> None:
    assert fleet.run("restart", "w2").code == 0
    with ground.tasks(fleet) as tasks:
        sent = [tasks.call("chaos.take", 2) for _ in range(3)]
        wait_until(lambda: fleet.status()["w2"]["active"], timeout=20, what="w2 to have a task")
        stopper = fleet.begin("stopwait", "w2")
        fleet.wait_for_state("w2", "draining")
        _kill(*launchers(fleet))
        output, _ = stopper.communicate(timeout=30)
        assert stopper.returncode == 0, output
        assert fleet.run("start", "w2").code == 0
        for task in sent:
            tasks.wait_for(task, "SUCCESS")


@fault(
    "a node killed by SIGKILL, a task in hand, on each pool",
    checked="crashed, by which signal, its task named, healed by start, told by history",
    times=5,
)
def node_killed(ground: Ground, times: int) -> Evidence:
    pools = ["solo", "prefork", "threads", "gevent", "eventlet"][:times]
    ground.side_by_side(lambda pool: _kill_node(ground, pool), pools)
    return len(pools), ", ".join(pools)


def _kill_node(ground: Ground, pool: str) -> None:
    slots = {} if pool == "solo" else {"concurrency": 2}
    with ground.fleet({"w1": {**SOLO, "pool": pool, **slots}}) as (fleet, truth):
        fleet.start()
        with ground.tasks(fleet) as tasks, explained(pool):
            task = tasks.call("chaos.take", 60)
            _await_active(fleet)
            os.kill(fleet.pid("w1"), signal.SIGKILL)
            row = fleet.wait_for_state("w1", "crashed")
            assert (row["exit"]["signal"], task in row["reason"]) == ("KILL", True), row
            check_convergence(fleet, truth)
            (death,) = [e for e in history(fleet, "w1") if e["signal"] == "KILL"]
            assert [cut["id"] for cut in death["tasks"]] == [task], death


@fault(
    "os._exit in a task",
    checked="solo, threads: crashed with its code; prefork: the node works on, the task has failed",
    times=3,
)
def exit_in_a_task(ground: Ground, times: int) -> Evidence:
    pools = ["solo", "prefork", "threads"][:times]
    ground.side_by_side(lambda pool: _exit_in_a_task(ground, pool), pools)
    return len(pools), ", ".join(pools)


def _exit_in_a_task(ground: Ground, pool: str) -> None:
    with ground.fleet({"w1": {**SOLO, "pool": pool}}) as (fleet, truth):
        fleet.start()
        with ground.tasks(fleet) as tasks, explained(pool):
            task = tasks.call("chaos.leave", 7)
            if pool == "prefork":
                tasks.wait_for(task, "FAILURE")
                assert check_status(fleet, truth)["w1"]["state"] == "ready"
                tasks.wait_for(tasks.call("chaos.take", 0), "SUCCESS")
            else:
                row = fleet.wait_for_state("w1", "crashed")
                assert row["exit"]["code"] == 7, row
            check_convergence(fleet, truth)


@fault(
    "SIGSTOP, then SIGCONT",
    checked="unresponsive, and why; start says so; SIGCONT: ready, every task done once",
    times=10,
    quick=2,
)
def paused_node(ground: Ground, times: int) -> Evidence:
    with ground.fleet({"w1": PREFORK, "w2": SOLO}) as (fleet, truth), ground.tasks(fleet) as tasks:
        fleet.start()
        sent = []
        for _ in range(times):
            os.kill(fleet.pid("w2"), signal.SIGSTOP)
            row = fleet.wait_for_state("w2", "unresponsive")
            assert "SIGSTOP" in row["reason"], row
            assert fleet.run("start").code == 3
            sent += [tasks.call("chaos.take", 0.05) for _ in range(4)]
            os.kill(fleet.pid("w2"), signal.SIGCONT)
            fleet.wait_for_state("w2", "ready")
        wait_until(lambda: len(truth.ended()) == len(sent), timeout=30, what="all tasks to end")
        assert truth.started() == truth.ended() == Counter(sent)
        os.kill(fleet.pid("w2"), signal.SIGSTOP)
        fleet.wait_for_state("w2", "unresponsive")
        stopper = fleet.begin("stopwait", "w2")
        wait_until(lambda: _told(fleet, "w2", "TERM"), timeout=20, what="TERM to be sent")
        os.kill(fleet.pid("w2"), signal.SIGCONT)
        output, _ = stopper.communicate(timeout=30)
        assert stopper.returncode == 0, output
        assert truth.boots_of_each() == {"w1": 1, "w2": 1}
        check_end(fleet, truth)
    return times, f"{len(sent)} tasks meanwhile"


@fault(
    "pool children killed in a loop, each in the midst of a task",
    checked="the node stays ready; tasks that were cut off have failed, the others ran once",
    times=200,
    quick=8,
)
def pool_children_killed(ground: Ground, times: int) -> Evidence:
    with ground.fleet({"w1": PREFORK}) as (fleet, truth), ground.tasks(fleet) as tasks:
        fleet.start()
        main = fleet.pid("w1")
        sent: list[str] = []
        killed: set[int] = set()
        while len(killed) < times:
            sent += [tasks.call("chaos.take", 0.1) for _ in range(3)]
            busy = wait_until(
                lambda: children(main) & _busy(truth) - killed, timeout=30, what="a busy child"
            )
            killed.add(_kill(busy.pop()))
        states = _await_results(tasks, sent)
        assert set(states) == {"SUCCESS", "FAILURE"}, states
        assert fleet.pid("w1") == main
        # What a child had begun before its parent heard of it, Celery gives to another child.
        again = [task for task, count in truth.started().items() if count > 1]
        assert set(truth.ended().values()) == {1}, truth.ended().most_common(3)
        assert set(truth.ended()) == {task for task in sent if tasks.state(task) == "SUCCESS"}
        assert check_status(fleet, truth)["w1"]["state"] == "ready"
        check_convergence(fleet, truth)
    told = f"{len(sent)} tasks, {states['FAILURE']} have failed, {len(again)} begun anew by Celery"
    return times, told


HOUR = 600
"""Pool children that an hour replaces at 17 tasks a second and max_tasks_per_child=100."""


@fault(
    "max_tasks_per_child beside the agent's thread, an hour's worth of forks",
    checked="every task done once, in a child of its own; the node ready all the time",
    times=HOUR,
    quick=20,
)
def worn_out_children(ground: Ground, times: int) -> Evidence:
    worker = {**PREFORK, "max_tasks_per_child": 1}
    with ground.fleet({"w1": worker}) as (fleet, truth), ground.tasks(fleet) as tasks:
        fleet.start()
        sent = [tasks.call("chaos.take", 0) for _ in range(times)]
        seen: Counter[str] = Counter()
        while len(truth.ended()) < times:
            before = len(truth.ended())
            wait_until(
                lambda: len(truth.ended()) > min(before + 50, times - 1),  # noqa: B023
                timeout=60,
                what="the tasks to go on",
                detail=lambda: fleet.run("status"),
            )
            seen[fleet.status()["w1"]["state"]] += 1
        assert set(seen) == {"ready"}, seen
        assert truth.started() == truth.ended() == Counter(sent)
        workers = {entry["pid"] for entry in truth.ledger.entries()}
        assert len(workers) == times, f"{times} tasks in {len(workers)} children"
        assert _await_results(tasks, sent) == {"SUCCESS": times}
        assert check_status(fleet, truth)["w1"]["processed"] == times
        check_convergence(fleet, truth)
    return times, "as in an hour of 17 tasks/s at 100 a child" if times == HOUR else ""


def launchers(fleet: Fleet) -> list[int]:
    """The launcher parents of a fleet, which for a moment have no title: they change programs."""

    def titled() -> list[int]:
        signs = ("fleetctl launcher:", "/launcher.py --")
        return [one.pid for one in fleet.survivors() if any(sign in one.command for sign in signs)]

    return wait_until(titled, timeout=5, what="a launcher to be seen", detail=fleet.survivors)


def children(pid: int) -> set[int]:
    """The children that a process has at this moment."""
    try:
        return {
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        }
    except FileNotFoundError:
        return set()


def _busy(truth: Truth) -> set[int]:
    """The processes that have begun a task more than they have ended."""
    balance: Counter[int] = Counter()
    for entry in truth.ledger.entries():
        balance[entry["pid"]] += 1 if entry["event"] == "start" else -1
    return {pid for pid, count in balance.items() if count > 0}


def _kill(*pids: int) -> int:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        processes.wait_gone(pid)
    return pids[0]


def _told(fleet: Fleet, name: str, signal_name: str) -> bool:
    return any(entry["signal"] == signal_name for entry in history(fleet, name))


def _await_active(fleet: Fleet) -> None:
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=20, what="the task to run")


def _await_results(tasks: Any, sent: list[str]) -> Counter[str]:
    final = ("SUCCESS", "FAILURE")
    wait_until(
        lambda: all(tasks.state(task) in final for task in sent),
        timeout=60,
        what="all results",
        detail=lambda: Counter(map(tasks.state, sent)),
    )
    return Counter(map(tasks.state, sent))
