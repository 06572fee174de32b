from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from fleetctl.process import procfs
from fleetctl.process.procfs import ProcessTable, parse_stat
from fleetctl.runtime.identity import identity_of
from tests.process.conftest import Python, Spawn
from tests.support.waiting import wait_until

LINE = (
    b"42 (a) (b c)) T 7 42 41 0 -1 4194304 1 2 3 4 150 50 5 6 20 0 1 0 12345 1000 10 "
    b"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n"
)


def test_a_command_name_with_parentheses_and_spaces_misleads_nobody() -> None:
    found = parse_stat(LINE)
    assert (found.pid, found.command, found.state) == (42, "a) (b c)", "T")
    assert (found.ppid, found.session, found.start_ticks) == (7, 41, 12345)
    assert found.cpu == 200 / procfs.TICKS_PER_SECOND


@pytest.mark.parametrize("line", [b"", b"garbage", b"1 (x) S 1"])
def test_what_is_no_status_line_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        parse_stat(line)


def test_a_process_is_described_as_it_is(sleeper: subprocess.Popen[str]) -> None:
    found = procfs.stat(sleeper.pid)
    assert found is not None
    assert (found.command, found.ppid, found.session) == ("sleep", os.getpid(), sleeper.pid)
    assert found.start_ticks == identity_of(sleeper.pid).start_ticks
    assert procfs.command_line(sleeper.pid) == ("sleep", "1000")
    assert procfs.real_uid(sleeper.pid) == os.getuid()
    assert procfs.working_directory(sleeper.pid) == os.getcwd()  # noqa: PTH109
    assert str(procfs.executable(sleeper.pid)).startswith("/")


def test_of_a_process_that_is_gone_nothing_is_known(spawn: Spawn) -> None:
    process = spawn("true")
    process.wait()
    assert procfs.stat(process.pid) is None
    assert procfs.real_uid(process.pid) is None
    assert procfs.command_line(process.pid) == ()
    assert procfs.executable(process.pid) is None


def test_empty_arguments_are_kept(spawn: Spawn) -> None:
    process = spawn(sys.executable, "-c", "input()", "", "x", stdin=subprocess.PIPE)
    wait_until(
        lambda: procfs.command_line(process.pid)[1:] == ("-c", "input()", "", "x"),
        timeout=10,
        what="exec",
    )
    process.communicate("\n")


def test_the_age_of_a_process_is_counted_in_seconds(sleeper: subprocess.Popen[str]) -> None:
    age = procfs.age(identity_of(sleeper.pid).start_ticks)
    assert 0 <= age < 60
    assert procfs.age(0) == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=5)


def test_children_are_found_through_all_generations(python: Python) -> None:
    code = "import subprocess; print(subprocess.Popen(['sh', '-c', 'sleep 1000; :']).pid); input()"
    process = python(code, stdin=subprocess.PIPE)
    found = wait_until(
        lambda: len(procfs.children(identity_of(process.pid))) == 2,
        timeout=10,
        what="a child and a grandchild",
    )
    assert found
    assert ProcessTable().processes[procfs.children(identity_of(process.pid))[0]].session == (
        process.pid
    )


def test_a_reused_pid_lends_its_children_to_nobody(sleeper: subprocess.Popen[str]) -> None:
    identity = identity_of(os.getpid())
    assert sleeper.pid in procfs.children(identity)
    earlier = type(identity)(identity.pid, 1, identity.boot_id, identity.pid_namespace)
    assert procfs.children(earlier) == ()


def test_a_zombie_is_no_child(sleeper: subprocess.Popen[str]) -> None:
    sleeper.send_signal(signal.SIGKILL)
    wait_until(
        lambda: sleeper.pid not in procfs.children(identity_of(os.getpid())),
        timeout=10,
        what="the child to be dead",
    )


def test_our_ancestors_reach_up_to_the_first_process() -> None:
    found = procfs.ancestors(os.getpid())
    assert os.getppid() in found
    assert os.getpid() not in found
