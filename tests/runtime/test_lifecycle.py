"""A node's life on every pool, as its launcher and its agent tell it."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest
from celery import Celery

from fleetctl.runtime.identity import identity_of
from tests.runtime.conftest import Send
from tests.runtime.driver import Launch, eventually
from tests.support.processes import children_of, wait_gone

POOLS = ["prefork", "solo", "threads", "gevent", "eventlet"]


@pytest.mark.parametrize("pool", POOLS)
def test_a_node_gets_ready_and_its_slow_task_stays_in_sight_through_the_drain(
    launch: Launch, send: Send, pool: str
) -> None:
    launch.node("w1", "-c", "2", pool=pool)
    launch.start().ready("w1")
    task = send("slow", 4)
    launch.until("w1", "runs it", lambda s: [t.id for t in s.active] == [task])
    launch.kill("w1", signal.SIGTERM)

    draining = launch.until("w1", "drains", lambda s: s.phase == "draining")
    assert draining.told == "TERM"
    assert [(t.id, t.name) for t in draining.active] == [(task, "slow")]
    written = draining.written
    later = launch.until("w1", "is still written", lambda s: s.written > written + 1)
    assert [t.started for t in later.active] == [t.started for t in draining.active]

    ended = launch.ended("w1")
    assert (ended.code, ended.signal) == (0, None)
    last = launch.snapshot("w1")
    assert last is not None
    assert (last.phase, last.active, last.processed, last.failed) == ("exited", [], 1, 0)


@pytest.mark.parametrize("pool", POOLS)
def test_a_ready_nodes_snapshot_leaves_nothing_out(launch: Launch, pool: str) -> None:
    launch.node("w1", "-c", "2", "-Q", "celery,mail", pool=pool)
    launch.start().ready("w1")
    said = launch.told("w1")
    assert said[-1].splitlines() == ["STATUS=ready", f"MAINPID={launch.pid('w1')}", "READY=1"]

    told = launch.until("w1", "has been sampled twice", lambda s: s.cpu_percent is not None)

    assert (told.phase, told.launch, told.pid) == ("consuming", "L1", launch.pid("w1"))
    assert told.broker is not None
    assert told.broker.connected
    assert (told.pool, told.pool_size) == (pool, 1 if pool == "solo" else 2)
    assert sorted(told.queues) == ["celery", "mail"]
    assert told.ready_at is not None
    assert told.answered is not None
    assert told.cpu is not None
    assert told.celery is not None
    assert told.python is not None
    assert (told.place, told.told, told.cause) == (None, None, None)


def test_a_record_is_on_disk_before_its_node_says_a_word(launch: Launch) -> None:
    launch.node("w1", pool="solo")
    launch.start()
    pid = launch.pid("w1")
    record = launch.record("w1")
    assert record.identity == identity_of(pid)
    assert record.started_monotonic > 0
    launch.ready("w1")


def test_ps_shows_a_nodes_own_celery_line_and_the_launchers_nodes(launch: Launch) -> None:
    launch.node("w1", pool="solo")
    launch.node("w2", pool="gevent")
    launch.start().ready()

    for node in launch.nodes:
        assert command_line(launch.pid(node.record.name)) == node.record.argv
    assert launch.process is not None
    assert command_line(launch.process.pid) == ["fleetctl launcher:", "w1", "w2"]


def test_a_node_has_a_session_stdin_and_descriptors_of_its_own(launch: Launch) -> None:
    launch.node("w1", pool="solo", umask=0o027)
    launch.node("w2", pool="solo")
    launch.start().ready()
    pid = launch.pid("w1")
    assert os.getsid(pid) == pid
    assert str(Path(f"/proc/{pid}/fd/0").readlink()) == "/dev/null"
    opened = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
    assert not [path for path in opened if path.endswith("/lock")]
    assert "Umask:\t0027" in Path(f"/proc/{pid}/status").read_text()
    blocked = Path(f"/proc/{pid}/status").read_text().split("SigBlk:\t")[1].split()[0]
    assert int(blocked, 16) == 0


def test_killing_the_launcher_outright_leaves_its_nodes_at_work(launch: Launch, send: Send) -> None:
    launch.node("w1", "-c", "1")
    launch.start().ready("w1")
    assert launch.process is not None
    launch.process.kill()
    launch.process.wait()
    send("slow", 0)
    launch.until("w1", "still works", lambda s: s.processed == 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_launcher_harms_nobody(launch: Launch, number: signal.Signals) -> None:
    launch.node("w1", pool="solo")
    launch.start().ready("w1")
    assert launch.process is not None
    launch.process.send_signal(number)
    launch.kill("w1", signal.SIGTERM)
    assert launch.ended("w1").code == 0


def test_the_launcher_records_a_kill_and_leaves_with_its_last_node(launch: Launch) -> None:
    launch.node("w1", "-c", "1")
    launch.node("w2", pool="solo")
    launch.start().ready()
    launch.hang_up()
    launch.kill("w1", signal.SIGKILL)
    assert (launch.ended("w1").code, launch.ended("w1").signal) == (None, "KILL")
    launch.word("exited", "w1")
    assert launch.process is not None
    assert launch.process.poll() is None
    launch.kill("w2", signal.SIGTERM)
    assert launch.ended("w2").code == 0
    assert launch.process.wait(timeout=10) == 0


def test_a_launcher_that_nobody_hears_keeps_nothing_but_its_nodes(launch: Launch) -> None:
    launch.node("w1", "-c", "1")
    launch.node("w2", pool="solo")
    launch.start().ready()
    assert launch.process is not None
    pid = launch.process.pid
    title, memory = command_line(pid), anonymous_memory(pid)
    launch.leave()
    eventually("it weighs less", lambda: anonymous_memory(pid) < memory / 2)
    eventually("it is called as before", lambda: command_line(pid) == title)
    launch.kill("w1", signal.SIGKILL)
    assert (launch.ended("w1").code, launch.ended("w1").signal) == (None, "KILL")
    assert launch.process.poll() is None
    launch.kill("w2", signal.SIGTERM)
    assert launch.ended("w2").code == 0
    assert launch.process.wait(timeout=10) == 0
    told = [json.loads(line) for line in (launch.rundir / "journal.jsonl").read_text().splitlines()]
    assert {(line["node"], line["what"]) for line in told} >= {("w1", "exit"), ("w2", "exit")}


def test_a_child_that_a_preloaded_app_leaves_behind_is_none_of_the_launchers(
    launch: Launch,
) -> None:
    app = launch.folder / "app.py"
    app.write_text(app.read_text() + 'import subprocess\nsubprocess.Popen(["sleep", "600"])\n')
    launch.preload_app = "app"
    launch.node("w1", pool="solo")
    launch.start().ready("w1")
    assert launch.process is not None
    (stranger,) = set(children_of(launch.process.pid)) - {launch.pid("w1")}
    launch.leave()
    os.kill(stranger, signal.SIGKILL)
    wait_gone(stranger)
    launch.kill("w1", signal.SIGTERM)
    assert launch.ended("w1").code == 0
    assert launch.process.wait(timeout=10) == 0


def command_line(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").decode().split("\0")


def anonymous_memory(pid: int) -> int:
    (line,) = (
        line
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("RssAnon:")
    )
    return int(line.split()[1])


@pytest.mark.parametrize("pool", ["prefork", "solo", "gevent"])
def test_a_cold_shutdown_is_told_as_quit(launch: Launch, send: Send, pool: str) -> None:
    launch.node("w1", "-c", "1", pool=pool)
    launch.start().ready("w1")
    send("slow", 60)
    launch.until("w1", "runs it", lambda s: len(s.active) == 1)
    launch.kill("w1", signal.SIGQUIT)
    assert launch.ended("w1").signal is None
    last = launch.snapshot("w1")
    assert last is not None
    assert (last.phase, last.told) == ("exited", "QUIT")


def test_remote_shutdown_is_a_drain_nobody_signalled(launch: Launch, client: Celery) -> None:
    launch.node("w1", pool="solo")
    launch.start().ready("w1")
    client.control.shutdown(destination=[launch.nodes[0].record.nodename])
    assert launch.ended("w1").code == 0
    last = launch.snapshot("w1")
    assert last is not None
    assert (last.phase, last.told) == ("exited", "shutdown")


def test_one_launcher_starts_several_nodes_at_once(launch: Launch) -> None:
    for number in range(4):
        launch.node(f"w{number}", "-c", "1", pool="solo")
    launch.start().ready()
    spawned = [launch.record(f"w{n}").started_monotonic for n in range(4)]
    ready = [launch.until(f"w{n}", "ready", lambda s: s.phase == "consuming") for n in range(4)]
    assert max(spawned) < min(snapshot.phase_since for snapshot in ready)


def test_a_preloaded_app_is_imported_once(launch: Launch) -> None:
    source = (launch.folder / "app.py").read_text()
    mark = "import os; open('imports', 'a').write(f'{os.getpid()}\\n')\n"
    (launch.folder / "app.py").write_text(mark + source)
    launch.preload_app = "app"
    launch.node("w1", pool="solo")
    launch.node("w2", pool="solo")
    launch.start().ready()
    assert launch.process is not None
    imported = (launch.folder / "imports").read_text().split()
    assert imported == [str(launch.process.pid)]


def test_a_preloaded_app_that_reaps_children_ends_neither_launcher_nor_news(
    launch: Launch,
) -> None:
    reaper = """
import threading
def reap():
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            time.sleep(0.01)
threading.Thread(target=reap, daemon=True).start()
"""
    app = launch.folder / "app.py"
    app.write_text(app.read_text() + reaper)
    launch.preload_app = "app"
    launch.node("w1", pool="solo")
    launch.node("w2", pool="solo")
    launch.start().ready()
    launch.hang_up()
    launch.kill("w1", signal.SIGKILL)
    launch.word("exited", "w1")
    launch.kill("w2", signal.SIGTERM)
    launch.word("exited", "w2")
    assert launch.process is not None
    assert launch.process.wait(timeout=10) == 0


def test_a_prefork_nodes_children_neither_write_nor_hold_its_lock(
    launch: Launch, send: Send, client: Celery
) -> None:
    files = launch.node("w1", "-c", "2", "--max-tasks-per-child", "1")
    launch.start().ready("w1")
    children = client.AsyncResult(send("pid")).get(timeout=20)
    assert children != launch.pid("w1")
    launch.until("w1", "has replaced the child", lambda s: s.pool_size == 2 and s.processed == 1)
    snapshot = launch.snapshot("w1")
    assert snapshot is not None
    assert snapshot.pid == launch.pid("w1")

    inode = Path(files.alive("L1")).stat().st_ino
    holders = [
        int(line.split()[4])
        for line in Path("/proc/locks").read_text().splitlines()
        if line.split()[5].endswith(f":{inode}")
    ]
    assert holders == [launch.pid("w1")]
    eventually("no temporary file stays", lambda: not list(Path(files.directory).glob(".tmp-*")))
