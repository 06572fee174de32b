"""What the agent sees while its node works, and what it leaves alone."""

from __future__ import annotations

import os
import signal
import socket
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from celery import Celery

from fleetctl.runtime.agent import DOZING_INTERVAL
from fleetctl.runtime.beat import beat_of
from fleetctl.runtime.formats import Record, from_json, to_json
from fleetctl.runtime.node_files import NodeFiles
from fleetctl.runtime.notify import notifier_at
from tests.runtime.conftest import MakeLaunch, Send
from tests.runtime.driver import Launch, eventually
from tests.support import brokers
from tests.support.processes import alive, children_of, wait_gone

POOLS = ["prefork", "solo", "threads", "gevent", "eventlet"]


@pytest.mark.parametrize("pool", POOLS)
def test_only_failed_tasks_count_as_failed(launch: Launch, send: Send, pool: str) -> None:
    launch.node("w1", "-c", "1", pool=pool)
    launch.start().ready("w1")
    for name in ("fail", "retry", "ignore", "reject", "fail"):
        send(name)
    told = launch.until("w1", "has worked all off", lambda s: s.processed == 6 and not s.active)
    told = launch.until("w1", "has counted", lambda s: s.failed >= 2)
    assert told.failed == 2
    send("slow", 0)
    after = launch.until("w1", "one more", lambda s: s.processed == 7 and not s.active)
    assert after.failed == 2


def test_a_hard_time_limit_counts_once(launch: Launch, send: Send) -> None:
    launch.node("w1", "-c", "1")
    launch.start().ready("w1")
    send("limited")
    send("slow", 0)
    told = launch.until("w1", "is through", lambda s: s.processed == 2 and not s.active)
    assert told.failed == 1


def test_reserved_tasks_are_those_that_wait(launch: Launch, send: Send) -> None:
    launch.node("w1", "-c", "1")
    launch.start().ready("w1")
    first = send("late", 3)
    send("late", 0)
    told = launch.until("w1", "has one waiting", lambda s: s.reserved == 1)
    assert [(t.id, t.acks_late) for t in told.active] == [(first, True)]


@pytest.mark.parametrize("pool", ["prefork", "gevent"])
def test_an_outage_is_told_with_its_error_and_its_end(
    make_launch: MakeLaunch, tmp_path: Path, pool: str
) -> None:
    port = brokers.free_port()
    launch = make_launch()
    launch.env["BROKER"] = f"redis://127.0.0.1:{port}/0"
    launch.node("w1", "-c", "1", pool=pool)
    with brokers.redis_server(tmp_path, port=port):
        launch.start().ready("w1")
        up = launch.until("w1", "up", lambda s: s.broker is not None and s.broker.connected)
    down = launch.until("w1", "down", lambda s: s.broker is not None and not s.broker.connected)
    assert down.phase == "consuming"
    assert up.broker is not None
    assert down.broker is not None
    assert down.broker.since > up.broker.since
    launch.until("w1", "error", lambda s: s.broker is not None and "refused" in str(s.broker.error))
    with brokers.redis_server(tmp_path, port=port):
        back = launch.until("w1", "back", lambda s: s.broker is not None and s.broker.connected)
        assert back.broker is not None
        assert back.broker.error is None
        again = launch.until("w1", "answers", lambda s: (s.answered or 0) > back.written)
        assert again.phase == "consuming"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR2])
def test_a_signal_that_kills_celery_is_answered_with_advice(
    launch: Launch, send: Send, number: signal.Signals
) -> None:
    launch.node("w1", "-c", "1")
    launch.start().ready("w1")
    launch.kill("w1", number)
    eventually("advice", lambda: "fleetctl restart w1" in launch.log("w1"))
    send("slow", 0)
    launch.until("w1", "still works", lambda s: s.processed == 1)


def test_hup_while_the_app_is_imported_advises_in_the_output(launch: Launch) -> None:
    (launch.folder / "app.py").write_text("import time\ntime.sleep(600)\n")
    launch.node("w1", pool="solo")
    launch.start()
    launch.until("w1", "hangs", lambda s: str(s.place).endswith("app.py:2 in <module>"))
    launch.kill("w1", signal.SIGHUP)
    eventually("advice", lambda: "fleetctl restart w1" in launch.output("w1"))
    assert alive(launch.pid("w1"))


def test_a_replaced_node_writes_no_more(launch: Launch) -> None:
    files = launch.node("w1", pool="solo")
    launch.start().ready("w1")
    record = from_json(Record, Path(files.record).read_bytes())
    successor = to_json(replace(record, launch="L2"))
    Path(files.record).write_bytes(successor)
    Path(files.snapshot("L1")).unlink()
    os.kill(record.identity.pid, signal.SIGTERM)
    assert launch.ended("w1").code == 0
    assert not Path(files.snapshot("L1")).exists()
    assert Path(files.record).read_bytes() == successor


def test_a_snapshot_is_written_once_a_second_while_a_task_runs(launch: Launch, send: Send) -> None:
    files = launch.node("w1", pool="solo")
    launch.start().ready("w1")
    send("slow", 60)
    first = launch.until("w1", "is at work", lambda s: bool(s.active))
    written = {first.written}

    def five() -> bool:
        snapshot = launch.snapshot("w1")
        assert snapshot is not None
        written.add(snapshot.written)
        return len(written) == 5

    eventually("five snapshots", five)
    ages = sorted(written)
    assert all(0.9 < later - earlier < 2 for earlier, later in pairwise(ages))
    assert Path(files.snapshot("L1")).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("pool", POOLS)
def test_a_node_without_news_beats_and_writes_nothing(launch: Launch, pool: str) -> None:
    files = launch.node("w1", "-c", "1", pool=pool)
    launch.start().ready("w1")
    first = next_beat(files, after=0.0)
    snapshot = launch.snapshot("w1")
    assert next_beat(files, after=first) - first > 1
    assert launch.snapshot("w1") == snapshot


def test_a_task_that_begins_wakes_a_node_without_news(launch: Launch, send: Send) -> None:
    files = launch.node("w1", pool="solo")
    launch.start().ready("w1")
    next_beat(files, after=next_beat(files, after=0.0))
    # Over before the next beat: only who is told of it will see it.
    task = send("slow", 1)
    told = launch.until("w1", "is at work", lambda s: bool(s.active))
    assert [active.id for active in told.active] == [task]


def test_a_change_by_remote_control_is_no_news_for_long(launch: Launch, client: Celery) -> None:
    files = launch.node("w1", pool="solo")
    launch.start().ready("w1")
    beat = next_beat(files, after=0.0)
    client.control.add_consumer("more", destination=[launch.record("w1").nodename], reply=True)
    told = launch.until("w1", "has seen it", lambda s: "more" in s.queues)
    # Half of what it would take until the next snapshot of a node without news.
    assert told.written - beat < DOZING_INTERVAL / 2


def next_beat(files: NodeFiles, after: float) -> float:
    """Wait for a beat of the node later than `after`; when it was, on the monotonic clock."""

    def probe() -> float | None:
        beat = beat_of(Path(files.alive("L1")).stat().st_mtime, time.monotonic())
        return beat if beat is not None and beat > after else None

    return eventually("a beat", probe)


def test_the_pool_children_of_a_killed_node_die_with_it(launch: Launch) -> None:
    launch.node("w1", "-c", "2")
    launch.start().ready("w1")
    children = children_of(launch.pid("w1"))
    assert len(children) == 2
    launch.kill("w1", signal.SIGKILL)
    for child in children:
        wait_gone(child)


def test_a_service_managers_variables_are_used_and_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "3000000")
        monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
        notifier = notifier_at("", os.environ)
        notifier.send(STATUS="two\nlines", READY="1")
        assert listener.recv(1024) == b"STATUS=two lines\nREADY=1"
    assert notifier.watchdog_interval == 1.5
    assert not {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"} & set(os.environ)
    notifier.send(STATUS="nobody listens")


def test_a_watchdog_meant_for_another_process_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert notifier_at("", os.environ).watchdog_interval == 0
