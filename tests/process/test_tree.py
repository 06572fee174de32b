from __future__ import annotations

import os
import signal
import subprocess
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fleetctl.process import procfs
from fleetctl.process.identity import alive, open_process
from fleetctl.process.tree import kill_orphans, kill_tree
from fleetctl.runtime.formats import Identity
from fleetctl.runtime.identity import identity_of
from tests.process import making
from tests.process.conftest import Python, done_by_nobody, end
from tests.support.waiting import wait_until

FAMILY = textwrap.dedent("""
    import subprocess, sys
    child = subprocess.Popen(["sleep", "1000"])
    escaped = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    inner = "import subprocess, time; print(subprocess.Popen(['sleep', '1000'], \
        start_new_session=True).pid, flush=True); time.sleep(1000)"
    deep = subprocess.Popen([sys.executable, "-c", inner], start_new_session=True,
        stdout=subprocess.PIPE, text=True)
    print("up", flush=True)
    print(child.pid, escaped.pid, deep.pid, deep.stdout.readline(), flush=True)
    child.wait()
""")

STORM = textwrap.dedent("""
    import os, sys, time
    for _ in range(6):
        if os.fork() == 0:
            if os.getpid() % 2:
                os.setsid()
            while True:
                if os.fork() == 0:
                    time.sleep(0.02)
                    os._exit(0)
                try:
                    while os.waitpid(-1, os.WNOHANG)[0]:
                        pass
                except ChildProcessError:
                    pass
                time.sleep(0.001)
    print("up", flush=True)
    time.sleep(1000)
""")


def family(python: Python) -> tuple[subprocess.Popen[str], list[Identity]]:
    """A process and all that it started: a child, one in a session of its own, its child, …"""
    process = python(FAMILY)
    assert process.stdout is not None
    pids = [int(pid) for pid in process.stdout.readline().split()]
    return process, [identity_of(pid) for pid in pids]


def test_everything_a_process_started_is_killed_with_it(python: Python) -> None:
    process, members = family(python)
    with open_process(identity_of(process.pid)) as handle:
        killed = kill_tree(handle)
    assert killed.pids[0] == process.pid
    assert set(killed.pids[1:]) == {member.pid for member in members}
    assert killed.survivors == ()
    assert not any(alive(member) for member in members)
    assert process.wait(10) == -signal.SIGKILL


def test_a_process_that_is_stopped_is_killed_too(python: Python) -> None:
    process, members = family(python)
    for pid in (process.pid, *(member.pid for member in members)):
        os.kill(pid, signal.SIGSTOP)
    with open_process(identity_of(process.pid)) as handle:
        assert kill_tree(handle).survivors == ()
    assert not any(alive(member) for member in members)


def test_a_fork_storm_is_killed_to_the_last_process(python: Python, tmp_path: Path) -> None:
    process = python(STORM, str(tmp_path))
    with open_process(identity_of(process.pid)) as handle:
        assert kill_tree(handle).survivors == ()
    lines = [procfs.command_line(pid) for pid in procfs.ProcessTable().processes]
    assert [line for line in lines if str(tmp_path) in line] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_child_that_may_not_be_killed_is_named_and_not_waited_for(python: Python) -> None:
    code = "import os; os.setuid(65534) if os.fork() else 0; print('up'); input()"
    process = python(code, stdin=subprocess.PIPE)
    (child,) = wait_until(
        lambda: procfs.children(identity_of(process.pid)), timeout=10, what="its child"
    )
    wait_until(lambda: procfs.real_uid(process.pid) == 65534, timeout=10, what="setuid")

    def kill() -> object:
        began = time.monotonic()
        with open_process(identity_of(process.pid)) as handle:
            return kill_tree(handle, 60), time.monotonic() - began < 30

    said = done_by_nobody(kill)
    assert said == f"(Killed(pids=({process.pid},), survivors=({child},)), True)"


def test_processes_beside_the_tree_are_spared(
    python: Python, sleeper: subprocess.Popen[str]
) -> None:
    process, _ = family(python)
    with open_process(identity_of(process.pid)) as handle:
        killed = kill_tree(handle)
    assert sleeper.pid not in killed.pids
    assert alive(identity_of(sleeper.pid))


def test_what_outlived_its_main_process_is_found_and_killed(python: Python) -> None:
    process, members = family(python)
    record = making.record_of(process.pid)
    seen = making.fresh_snapshot(record, written=time.monotonic() + 0.1)
    process.kill()
    process.wait()
    child, *others = members
    found = wait_until(lambda: procfs.orphans(record, seen), timeout=10, what="orphans")
    assert found == (child.pid,)
    assert kill_orphans(record, seen) == (child.pid,)
    wait_until(lambda: not alive(child), timeout=10, what="the orphan's end")
    assert procfs.orphans(record, seen) == ()
    for other in others:
        end(other.pid)


@pytest.mark.parametrize("lived", [None, -1000.0, 0.0])
def test_a_later_process_with_the_same_pid_has_no_orphans_of_ours(
    python: Python, lived: float | None
) -> None:
    process, members = family(python)
    record = making.record_of(process.pid)
    last = None
    if lived is not None:
        last = making.fresh_snapshot(record, written=record.started_monotonic + lived)
    process.kill()
    process.wait()
    assert procfs.orphans(record, last) == ()
    assert kill_orphans(record, last) == ()
    assert all(alive(member) for member in members)
    for member in members:
        end(member.pid)


def test_a_machine_that_slept_after_the_nodes_end_proves_nothing_of_a_stranger(
    python: Python,
) -> None:
    process, members = family(python)
    # As if the node had begun and ended an hour of sleep ago, on a clock that slept as well.
    identity = identity_of(process.pid)
    earlier = replace(identity, start_ticks=identity.start_ticks - 3600 * procfs.TICKS_PER_SECOND)
    record = making.record(earlier, started_monotonic=time.monotonic() - 10)
    last = making.fresh_snapshot(record)
    process.kill()
    process.wait()
    assert procfs.orphans(record, last) == ()
    for member in members:
        end(member.pid)


def test_processes_of_another_user_are_not_the_nodes_orphans(python: Python) -> None:
    process, members = family(python)
    record = making.record_of(process.pid, uid=os.getuid() + 1)
    seen = making.fresh_snapshot(record, written=time.monotonic() + 0.1)
    assert procfs.orphans(record, seen) == ()
    process.kill()
    process.wait()
    assert procfs.orphans(record, seen) == ()
    for member in members:
        end(member.pid)


@pytest.mark.parametrize("change", ["boot_id", "pid_namespace"])
def test_orphans_are_not_looked_for_where_pids_mean_nothing(change: str) -> None:
    identity = Identity(**{**identity_of(os.getpid()).__dict__, change: 0})
    record = making.record(identity)
    assert procfs.orphans(record, making.fresh_snapshot(record)) == ()
