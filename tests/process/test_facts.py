from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleetctl.process.facts import observe
from fleetctl.process.identity import process_state
from fleetctl.process.procfs import ProcessTable
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime import identity
from fleetctl.runtime.formats import Exit, Record, to_json
from fleetctl.runtime.identity import identity_of
from fleetctl.runtime.node_files import NodeFiles
from tests.process import making
from tests.process.conftest import HOLD, Python, Spawn
from tests.support.waiting import wait_until

Process = subprocess.Popen[str]

READ_ONLY = """
set -e
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
exec "$2" -c "
from pathlib import Path
from fleetctl.process.facts import observe
print(observe(Path('$1').parents[1], 'w1', None).reason.removesuffix('; not in fleet.yaml'))
"
"""


def observe_mounted_read_only(folder: str) -> str:
    """The reason of w1's state, seen where its folder can't be written to."""
    command = ["unshare", "--mount", "sh", "-c", READ_ONLY, "sh", folder, sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


@pytest.fixture
def rundir(tmp_path: Path) -> Path:
    return tmp_path / "run"


def seen(rundir: Path) -> NodeStatus:
    return observe(rundir, "w1", making.node(rundir / "w1.pid"))


def start(files: NodeFiles, process: Process) -> Record:
    """A record and a snapshot as a ready node would have them."""
    record = making.record_of(process.pid)
    making.write(files, record)
    making.write(files, making.fresh_snapshot(record))
    return record


def test_a_rundir_that_does_not_exist_is_a_stopped_node_and_is_not_made(rundir: Path) -> None:
    assert seen(rundir).state is State.STOPPED
    assert not rundir.exists()


def test_a_living_process_with_a_fresh_snapshot_is_ready(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    record = start(files, sleeper)
    status = seen(rundir)
    assert (status.state, status.target, status.record) == (State.READY, record.identity, record)
    assert status.uptime is not None
    assert 0 <= status.uptime < 60


def test_a_stopped_process_is_unresponsive_until_it_goes_on(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    record = start(files, sleeper)
    sleeper.send_signal(signal.SIGSTOP)
    wait_until(lambda: process_state(record.identity) == "T", timeout=10, what="state T")
    assert seen(rundir).state is State.UNRESPONSIVE
    sleeper.send_signal(signal.SIGCONT)
    wait_until(lambda: process_state(record.identity) != "T", timeout=10, what="going on")
    making.write(files, making.fresh_snapshot(record))
    assert seen(rundir).state is State.READY


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_only_a_silent_nodes_rundir_is_looked_at(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    record = start(files, sleeper)
    assert observe_mounted_read_only(files.directory) == "not in fleet.yaml"
    making.write(files, making.fresh_snapshot(record, written=time.monotonic() - 60))
    assert observe_mounted_read_only(files.directory) == (
        "nothing heard of it for 1 m: its rundir is read-only"
    )


def test_a_killed_node_has_crashed_even_while_it_is_a_zombie(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    record = start(files, sleeper)
    sleeper.kill()
    wait_until(lambda: seen(rundir).state is State.CRASHED, timeout=10, what="the crash")
    assert seen(rundir).reason == "gone, nobody saw how"
    end = Exit(launch=record.launch, code=None, signal="KILL", at=time.time())
    Path(files.exit(record.launch)).write_bytes(to_json(end))
    status = seen(rundir)
    assert (status.reason, status.exit, status.target) == ("killed by SIGKILL", end, None)


def test_a_node_whose_pid_was_reused_is_not_alive(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    record = making.record_of(sleeper.pid)
    earlier = replace(record, identity=replace(record.identity, start_ticks=1))
    making.write(files, earlier)
    making.write(files, making.fresh_snapshot(earlier))
    (rundir / "w1.pid").write_text(f"{sleeper.pid}\n")
    status = seen(rundir)
    assert (status.state, status.target) == (State.CRASHED, None)
    assert status.reason is not None
    assert f"its pid {sleeper.pid} is now sleep 1000, started" in status.reason
    assert status.stale is not None


def test_a_node_of_an_earlier_boot_is_stopped_since_the_reboot(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    identity = replace(identity_of(sleeper.pid), boot_id="earlier")
    making.write(files, making.record(identity))
    status = seen(rundir)
    assert (status.state, status.reason) == (State.STOPPED, "since reboot")
    assert status.since is not None
    assert status.since < time.time()


def test_a_node_in_another_container_is_known_to_live_by_its_lock(
    rundir: Path, files: NodeFiles, sleeper: Process, python: Python
) -> None:
    record = making.record_of(sleeper.pid)
    record = replace(record, identity=replace(record.identity, pid_namespace=1))
    making.write(files, record)
    making.write(files, making.fresh_snapshot(record))
    assert seen(rundir).state is State.CRASHED
    holder = python(HOLD, files.alive(record.launch))
    status = seen(rundir)
    assert (status.state, status.target) == (State.READY, None)
    assert status.reason == "it runs in another container, out of a signal's reach"
    holder.kill()
    holder.wait()
    assert seen(rundir).state is State.CRASHED


def test_a_pidfile_of_another_program_is_foreign(rundir: Path, sleeper: Process) -> None:
    rundir.mkdir()
    (rundir / "w1.pid").write_text(f"{sleeper.pid}\n")
    status = seen(rundir)
    assert (status.state, status.target) == (State.FOREIGN, None)
    assert str(status.reason).startswith(f"pid {sleeper.pid} in its pidfile is sleep 1000")


@pytest.mark.parametrize(("pidfile", "stale"), [("w1.pid", False), ("old.pid", True)])
def test_the_worker_of_another_node_of_this_fleet_is_never_adopted(
    rundir: Path, spawn: Spawn, tmp_path: Path, pidfile: str, stale: bool
) -> None:
    celery = tmp_path / "celery"
    celery.write_text("import time; print('up', flush=True); time.sleep(1000)")
    worker = spawn(sys.executable, str(celery), "worker", f"--pidfile={rundir / 'w1.pid'}")
    assert worker.stdout is not None
    assert worker.stdout.readline() == "up\n"
    record = making.record_of(worker.pid, name="old", pidfile=str(rundir / pidfile))
    old = NodeFiles(str(rundir), "old")
    Path(old.directory).mkdir(parents=True)
    (rundir / "w1.pid").write_text(f"{worker.pid}\n")
    assert seen(rundir).adopted
    making.write(old, record)
    status = seen(rundir)
    assert (status.state, status.target, status.adopted) == (State.FOREIGN, None, False)
    assert status.reason == f"pid {worker.pid} in its pidfile is node old of this fleet"
    assert (status.stale is not None) == stale


def test_garbage_in_the_pidfile_is_named_and_stale(rundir: Path) -> None:
    rundir.mkdir()
    (rundir / "w1.pid").write_text("-1\n")
    status = seen(rundir)
    assert status.state is State.STOPPED
    assert status.reason == "its pidfile holds -1, which can't be a worker's pid"
    assert status.stale is not None


def test_a_directory_in_the_pidfiles_place_is_named_and_not_stale(rundir: Path) -> None:
    (rundir / "w1.pid").mkdir(parents=True)
    assert (seen(rundir).reason, seen(rundir).stale) == ("its pidfile is a directory", None)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff"])
def test_a_damaged_record_or_snapshot_is_survived(
    rundir: Path, files: NodeFiles, sleeper: Process, content: bytes
) -> None:
    record = start(files, sleeper)
    Path(files.snapshot(record.launch)).write_bytes(content)
    assert (seen(rundir).state, seen(rundir).target) == (State.STARTING, record.identity)
    Path(files.record).write_bytes(content)
    assert seen(rundir).state is State.STOPPED


def test_a_node_that_left_the_fleet_is_observed_by_its_record(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    start(files, sleeper)
    status = observe(rundir, "w1", None)
    assert (status.state, status.in_fleet) == (State.READY, False)


def test_many_nodes_are_observed_by_one_table_of_processes(
    rundir: Path, files: NodeFiles, sleeper: Process
) -> None:
    start(files, sleeper)
    table = ProcessTable()
    node = making.node(rundir / "w2.pid", name="w2")
    assert observe(rundir, "w1", None, table).state is State.READY
    assert observe(rundir, "w2", node, table).state is State.STOPPED


@pytest.mark.parametrize(
    "changes",
    [
        {"pidfile": "/run/\0.pid"},
        {"pidfile": "/run/\ud800.pid"},
        {"identity": {"pid": 10**14, "start_ticks": 1, "boot_id": "", "pid_namespace": 0}},
        {"identity": {"pid": 0, "start_ticks": 0, "boot_id": "", "pid_namespace": 0}},
        {"identity": {"pid": -1, "start_ticks": 0, "boot_id": "", "pid_namespace": 0}},
        {"started_monotonic": -1e14, "started_at": -1e14},
    ],
)
def test_a_forged_record_is_observed_without_a_crash_and_is_no_target(
    rundir: Path, files: NodeFiles, changes: dict[str, Any]
) -> None:
    data = {**json.loads(to_json(making.record())), **changes}
    here = {"boot_id": identity.boot_id(), "pid_namespace": identity.own_pid_namespace()}
    data["identity"] = {**data["identity"], **here}
    Path(files.record).write_text(json.dumps(data))
    status = observe(rundir, "w1", None)
    assert (status.state.running, status.target, status.orphans) == (False, None, ())


def test_orphans_of_a_dead_node_are_reported_by_pid(
    rundir: Path, files: NodeFiles, python: Python
) -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '1000']).pid); input()"
    main = python(code, stdin=subprocess.PIPE)
    record = start(files, main)
    making.write(files, making.fresh_snapshot(record, written=time.monotonic() + 0.1))
    main.kill()
    main.wait()
    status = seen(rundir)
    assert status.state is State.CRASHED
    assert len(status.orphans) == 1
    assert os.getsid(status.orphans[0]) == main.pid


def test_without_a_sign_of_life_nothing_is_called_a_nodes_orphan(
    rundir: Path, files: NodeFiles, python: Python
) -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '1000']).pid); input()"
    main = python(code, stdin=subprocess.PIPE)
    making.write(files, making.record_of(main.pid))
    main.kill()
    main.wait()
    assert (seen(rundir).state, seen(rundir).orphans) == (State.FAILED, ())
