"""What befalls numbers: a pid given to another process, a clock that is set, another boot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import injection
from tests.chaos.fault import Evidence, NotPossible, explained, fault
from tests.chaos.faults.processes import launchers
from tests.chaos.ground import SOLO, Ground
from tests.chaos.truth import check_convergence, check_status, is_bug
from tests.support import processes
from tests.support.fleets import Fleet, Result
from tests.support.waiting import wait_until

LAST_PID = Path("/proc/sys/kernel/ns_last_pid")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
DAY = 86400.0
OWN_PIDS = ("--pid", "--mount-proc")

#: Writes down every signal that it gets; KILL and STOP show in that it isn't there or stands still.
STRANGER = """
import signal, sys, time

def note(number, _):
    with open(sys.argv[1], "a") as heard:
        heard.write(signal.Signals(number).name + " ")

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    if isinstance(number, signal.Signals):
        signal.signal(number, note)
open(sys.argv[1], "a").close()
while True:
    time.sleep(600)
"""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Another program, which has got a dead node's pid."""

    process: subprocess.Popen[bytes]
    heard: Path

    def check_unharmed(self) -> None:
        """Raise AssertionError if anybody has ever sent it a signal."""
        assert self.process.poll() is None, "the process that got the pid was ended"
        assert self.heard.read_text() == "", f"it was sent {self.heard.read_text()}"


@fault(
    "a dead node's pid given to another process, for real",
    checked="it is never signalled, by no command, nor by a running stopwait's ladder",
    times=5,
    namespaces=OWN_PIDS,
)
def pid_reused(ground: Ground, times: int) -> Evidence:
    for number in range(times):
        with explained(f"round {number + 1}"):
            _reuse_while_nobody_looks(ground)
            _reuse_under_a_ladder(ground)
    return times * 2, "start starts the node anew beside it"


def _reuse_while_nobody_looks(ground: Ground) -> None:
    with ground.fleet({"w1": SOLO}) as (fleet, truth):
        fleet.start()
        with _stranger_as(fleet, _end_unseen(fleet)) as stranger:
            row = check_status(fleet, truth)["w1"]
            assert row["state"] == "crashed" and row["pid"] is None, row
            for command in ("stop", "stopwait", "kill"):
                result = fleet.run(command, "all")
                assert (result.code, is_bug(result.output)) == (0, False), result
            check_convergence(fleet, truth)
            stranger.check_unharmed()


def _reuse_under_a_ladder(ground: Ground) -> None:
    """The node dies and its pid is another's while a `stopwait` is about to use force."""
    worker = {**SOLO, "pool": "prefork", "concurrency": 1, "stop_timeout": "8s", "kill_timeout": 1}
    with ground.fleet({"w1": worker}) as (fleet, truth), ground.tasks(fleet) as tasks:
        fleet.start()
        tasks.call("chaos.take", 600)
        wait_until(lambda: fleet.status()["w1"]["active"], timeout=20, what="the task to run")
        stopper = fleet.begin("stopwait", "w1")
        fleet.wait_for_state("w1", "draining")
        with _stranger_as(fleet, _end_unseen(fleet)) as stranger:
            output, _ = stopper.communicate(timeout=60)
            assert stopper.returncode == 3 and "lost: chaos.take" in output, output
            stranger.check_unharmed()
        check_status(fleet, truth)


def _end_unseen(fleet: Fleet) -> int:
    """Kill everything of the fleet but its tools, launcher first; the main's pid."""
    pid = fleet.pid("w1")
    for launcher in launchers(fleet):
        os.kill(launcher, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), timeout=10, what="the pid to be free")
    return pid


@contextmanager
def _stranger_as(fleet: Fleet, pid: int) -> Iterator[Stranger]:
    heard = fleet.folder / "heard"
    program = [sys.executable, "-c", STRANGER, str(heard)]
    process = wait_until(lambda: _spawn_as(pid, program), timeout=30, what=f"pid {pid} to be had")
    assert process is not None
    try:
        wait_until(heard.exists, timeout=10, what="the stranger to listen")
        yield Stranger(process, heard)
    finally:
        process.kill()
        process.wait()


def _spawn_as(pid: int, program: list[str]) -> subprocess.Popen[bytes] | None:
    """Start it with that very pid; None where somebody else was faster."""
    try:
        LAST_PID.write_text(str(pid - 1))
    except OSError as error:
        raise NotPossible(f"{LAST_PID}: {error.strerror}") from error
    process = subprocess.Popen(program, cwd="/", env={})
    if process.pid == pid:
        return process
    process.kill()
    process.wait()
    return None


@fault(
    "a reboot: all processes gone, another boot id, their pids in use again",
    checked="stopped since reboot; those pids never signalled; start starts all once",
    times=3,
    namespaces=OWN_PIDS,
)
def reboot(ground: Ground, times: int) -> Evidence:
    for number in range(times):
        with ground.fleet({"w1": SOLO, "w2": SOLO}) as (fleet, truth):
            fleet.start()
            os.kill(fleet.pid("w2"), signal.SIGKILL)
            processes.wait_gone(fleet.pid("w2"))
            with _stranger_as(fleet, _end_unseen(fleet)) as stranger, _another_boot(ground, number):
                rows = check_status(fleet, truth)
                told = {(row["state"], row["reason"].partition(";")[0]) for row in rows.values()}
                assert told == {("stopped", "since reboot")}, rows
                assert fleet.run("stopwait", "all").code == 0
                check_convergence(fleet, truth)
                stranger.check_unharmed()
                assert set(truth.boots_of_each().values()) == {2}
    return times, "in a pid and a mount namespace"


@contextmanager
def _another_boot(ground: Ground, number: int) -> Iterator[None]:
    """What differs for those who ask the kernel which boot it is."""
    other = ground.make_folder("boot") / "boot_id"
    other.write_text(f"{number:08x}-0000-4000-8000-000000000000\n")
    subprocess.run(["mount", "--bind", str(other), str(BOOT_ID)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(BOOT_ID)], check=True)


@fault(
    "the clock set a day back and a day forward, before and during a drain",
    checked="states, pids and uptimes as before; nothing called stale, lost or never sent",
    times=4,
    quick=1,
)
def clock_set(ground: Ground, times: int) -> Evidence:
    offsets = [DAY, -DAY, 3600.0, -3600.0][:times]
    ground.side_by_side(lambda offset: _set_clock(ground, offset), offsets)
    return len(offsets), ", ".join(f"{offset / 3600:+g} h" for offset in offsets)


def _set_clock(ground: Ground, offset: float) -> None:
    with (
        ground.fleet({"w1": SOLO, "w2": {"pool": "prefork", "queues": ["other"]}}) as (
            fleet,
            truth,
        ),
        ground.tasks(fleet) as tasks,
        explained(f"{offset:+g} s"),
    ):
        fleet.start()
        before = truth.living()
        fleet.environment.update(injection.clock(offset))
        began = time.monotonic()
        rows = check_status(fleet, truth)
        assert {name: row["pid"] for name, row in rows.items()} == before, rows
        assert {row["state"] for row in rows.values()} == {"ready"}, rows
        assert all(0 <= row["uptime"] < 60 + time.monotonic() - began for row in rows.values())
        assert fleet.run("start").code == 0
        assert truth.living() == before
        # Deaf to TERM until it is done: that it was sent is known from its note alone.
        task = tasks.call("chaos.hog", 12)
        wait_until(lambda: truth.started()[task], timeout=20, what="the task to run")
        _drain_while_the_clock_is_set(fleet, offset)
        tasks.wait_for(task, "SUCCESS")
        check_convergence(fleet, truth)


def _drain_while_the_clock_is_set(fleet: Fleet, offset: float) -> None:
    """TERM under one clock, watched under the other: it was sent, and says so all the time."""
    assert fleet.run("stop", "all").code == 0
    fleet.environment.update(injection.clock(-offset))
    stopper = fleet.begin("stopwait", "all")
    while stopper.poll() is None:
        states = set(fleet.states().values())
        assert states <= {"draining", "stopped"}, states
    output = stopper.communicate()[0]
    result = Result("stopwait all", stopper.returncode, output, "")
    assert (result.code, "lost" in output) == (0, False), result
    assert set(fleet.states().values()) == {"stopped"}
