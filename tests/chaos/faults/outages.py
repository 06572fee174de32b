"""What befalls brokers and result backends: gone, black-holed, slow, and back again."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fleetctl.process.situation import SILENCE_TIMEOUT
from tests.chaos.fault import Evidence, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.proxy import Proxy
from tests.chaos.truth import Truth, check_convergence, check_end, check_status, is_bug
from tests.support.fleets import Fleet
from tests.support.waiting import wait_until

POOLS = ("prefork", "solo", "threads", "gevent", "eventlet")
SILENT = frozenset({"ready", "unresponsive", "disconnected"})
"""What is true of a node whose broker swallows everything: which, depends on pool and transport."""

Broker = Callable[[], str]


@fault(
    "broker gone before start, then there",
    checked="start: exit 4, starting, which broker and why; ready by itself once it is there",
    times=2,
)
def no_broker_at_start(ground: Ground, times: int) -> Evidence:
    brokers = _brokers(ground)[:times]
    for name, broker in brokers:
        with explained(name), _behind_proxy(ground, broker) as (fleet, truth, proxy):
            proxy.cut()
            result = fleet.run("start", "--timeout", "3s")
            assert (result.code, is_bug(result.output)) == (4, False), result
            for row in check_status(fleet, truth).values():
                assert row["state"] == "starting", row
                assert str(proxy.url.rpartition(":")[2].partition("/")[0]) in row["reason"], row
            proxy.mend()
            for node in fleet.config["workers"]:
                fleet.wait_for_state(node, "ready", timeout=60)
            assert set(truth.boots_of_each().values()) == {1}
            check_convergence(fleet, truth)
    return len(brokers), ", ".join(name for name, _ in brokers)


@fault(
    "broker gone during the run, then back, on each pool",
    checked="disconnected, since when; ready again; then takes tasks; nobody restarted",
    times=2,
)
def broker_lost(ground: Ground, times: int) -> Evidence:
    brokers = _brokers(ground)[:times]
    for name, broker in brokers:
        with (
            explained(name),
            _behind_proxy(ground, broker) as (fleet, truth, proxy),
            ground.tasks(fleet) as tasks,
        ):
            fleet.start()
            proxy.cut()
            for node in fleet.config["workers"]:
                row = fleet.wait_for_state(node, "disconnected")
                assert row["reason"], row
            check_status(fleet, truth)
            assert fleet.run("status").code == 0
            proxy.mend()
            for node in fleet.config["workers"]:
                fleet.wait_for_state(node, "ready", timeout=60)
            tasks.wait_for(tasks.call("chaos.take", 0), "SUCCESS")
            assert set(truth.boots_of_each().values()) == {1}
            check_convergence(fleet, truth)
    return len(brokers), ", ".join(name for name, _ in brokers)


@fault(
    "broker gone during a drain, on each pool",
    checked="the task runs to its end, once; the node ends, by stop_timeout's force at last",
    times=2,
)
def broker_lost_in_drain(ground: Ground, times: int) -> Evidence:
    forced: list[str] = []
    brokers = _brokers(ground)[:times]
    for name, broker in brokers:
        keys = {"stop_timeout": "20s"}
        with (
            explained(name),
            _behind_proxy(ground, broker, **keys) as (fleet, truth, proxy),
            ground.tasks(fleet) as tasks,
        ):
            fleet.start()
            for _ in POOLS:
                tasks.call("chaos.take", 4)
            running = _await_running(truth)
            stopper = fleet.begin("stopwait", "all")
            _await_drain(fleet)
            proxy.cut()
            output, _ = stopper.communicate(timeout=120)
            killed = [node for node in POOLS if f"{node}: KILL sent" in output]
            forced += [f"{name} {node}" for node in killed]
            assert (stopper.returncode, is_bug(output)) == (3 if killed else 0, False), output
            check_status(fleet, truth)
            lost = set(re.findall(r"lost: chaos\.take\[(.+?)\]", output))
            assert running - lost <= set(truth.ended()), (running, truth.ended(), output)
            assert max(truth.started().values()) == 1, truth.started()
            proxy.mend()
            check_convergence(fleet, truth)
    told = f"force was needed: {', '.join(forced)}" if forced else "no force was needed"
    return len(brokers), told


@fault(
    "broker black-holed (nothing comes through, nobody is told), on each pool",
    checked="never called crashed or stopped; stopwait with a stop_timeout ends it; it comes back",
    times=2,
)
def broker_black_holed(ground: Ground, times: int) -> Evidence:
    seen: list[str] = []
    brokers = _brokers(ground)[:times]
    for name, broker in brokers:
        keys = {"stop_timeout": "10s", "kill_timeout": 2}
        with explained(name), _behind_proxy(ground, broker, **keys) as (fleet, truth, proxy):
            fleet.start()
            proxy.black_hole()
            _await_silence()
            states = {node: row["state"] for node, row in check_status(fleet, truth).items()}
            assert set(states.values()) <= SILENT, states
            seen.append(f"{name}: " + ", ".join(f"{k} {v}" for k, v in states.items()))
            result = fleet.run("stopwait", "all", timeout=180)
            assert result.code in (0, 3), result
            assert truth.living() == {}, result
            proxy.mend()
            check_convergence(fleet, truth)
    return len(brokers), "; ".join(seen)


@fault(
    "broker slow (0.3 s each way)",
    checked="start waits and is ready, tasks run once, stopwait ends, no force",
    times=2,
)
def broker_slow(ground: Ground, times: int) -> Evidence:
    brokers = _brokers(ground)[:times]
    for name, broker in brokers:
        with (
            explained(name),
            _behind_proxy(ground, broker) as (fleet, truth, proxy),
            ground.tasks(fleet) as tasks,
        ):
            proxy.slow(0.3)
            assert fleet.run("start", "--timeout", "120s").code == 0
            check_status(fleet, truth)
            task = tasks.call("chaos.take", 0)
            wait_until(truth.ended, timeout=30, what="the task to end")
            assert truth.started() == truth.ended() == {task: 1}
            check_end(fleet, truth)
    return len(brokers), ", ".join(name for name, _ in brokers)


@fault(
    "result backend gone while tasks run, then back",
    checked="ready all the time; each task once; the drain ends; with "
    "result_backend_always_retry every result is there",
    times=2,
)
def backend_lost(ground: Ground, times: int) -> Evidence:
    kept = [_lose_backend(ground, always_retry) for always_retry in (True, False)[:times]]
    told = [
        "with always_retry {} of 2 results, kept",
        "without {}: Celery drops what it can't store",
    ]
    return len(kept), "; ".join(text.format(n) for text, n in zip(told, kept, strict=False))


def _lose_backend(ground: Ground, always_retry: bool) -> int:
    """How many of two results are there in the end."""
    workers = {"w1": {**SOLO, "pool": "prefork", "concurrency": 2}}
    settings = {"CHAOS_ALWAYS_RETRY": "1" if always_retry else ""}
    with (
        Proxy(ground.redis()) as proxy,
        ground.fleet(workers, broker=ground.redis(), backend=proxy.url, environment=settings) as (
            fleet,
            truth,
        ),
        ground.tasks(fleet) as tasks,
    ):
        fleet.start()
        sent = [tasks.call("chaos.take", 1) for _ in range(2)]
        wait_until(lambda: len(truth.started()) == 2, timeout=20, what="the tasks to run")
        proxy.cut()
        wait_until(lambda: len(truth.ended()) == 2, timeout=20, what="the tasks to end")
        assert check_status(fleet, truth)["w1"]["state"] == "ready"
        stopper = fleet.begin("stopwait", "all")
        if always_retry:
            fleet.wait_for_state("w1", "draining")
        proxy.mend()
        output, _ = stopper.communicate(timeout=120)
        assert stopper.returncode == 0, output
        assert truth.started() == truth.ended() == Counter(sent)
        stored = [task for task in sent if tasks.state(task) == "SUCCESS"]
        assert not always_retry or len(stored) == 2, fleet.log("w1")[-2000:]
        check_convergence(fleet, truth)
        return len(stored)


def _brokers(ground: Ground) -> list[tuple[str, Broker]]:
    return [("Redis", ground.redis), ("RabbitMQ", ground.rabbitmq)]


@contextmanager
def _behind_proxy(
    ground: Ground, broker: Broker, **keys: Any
) -> Iterator[tuple[Fleet, Truth, Proxy]]:
    """A node of each pool whose broker can be reached through a proxy only."""
    workers = {pool: {**SOLO, "pool": pool, **_slots(pool), **keys} for pool in POOLS}
    with Proxy(broker()) as proxy:
        backend = ground.redis()
        with ground.fleet(workers, broker=proxy.url, backend=backend) as (fleet, truth):
            yield fleet, truth, proxy


def _slots(pool: str) -> dict[str, int]:
    return {} if pool == "solo" else {"concurrency": 2}


def _await_running(truth: Truth) -> set[str]:
    wait_until(lambda: len(truth.started()) >= 3, timeout=20, what="tasks to run")
    return set(truth.started())


def _await_drain(fleet: Fleet) -> None:
    wait_until(lambda: "draining" in fleet.states().values(), timeout=20, what="a drain")


def _await_silence() -> None:
    """Until a node that hears nothing would be called anything else than before."""
    over = time.monotonic() + SILENCE_TIMEOUT + 2
    wait_until(lambda: time.monotonic() > over, timeout=60, what="the silence to last")
