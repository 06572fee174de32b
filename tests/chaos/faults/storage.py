"""What befalls files: disks that fill up at any step, a rundir that vanishes, a forged record."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tests.chaos import injection
from tests.chaos.fault import Evidence, NotPossible, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.injection import CONTROLLER, LAUNCHER, Step
from tests.chaos.truth import Truth, check_convergence, check_status, is_bug
from tests.support import processes
from tests.support.fleets import Fleet, Result

MOUNTS = ("--mount",)
SPACE, INODES = "space", "inodes"
COMMANDS = (("start", "all"), ("stopwait", "all"), ("restart", "all"))
EVERY = 1000


@fault(
    "the disk full at each write of start, stopwait, restart and the launcher",
    checked="no traceback; success is true, a failure has a reason; converges once there is room",
    times=EVERY,
    quick=3,
    namespaces=MOUNTS,
)
def full_disk(ground: Ground, times: int) -> Evidence:
    return _fill_at_steps(ground, SPACE, times)


@fault(
    "no inode left at each write of start, stopwait, restart and the launcher",
    checked="no traceback; success is true, a failure has a reason; converges once there is room",
    times=EVERY,
    quick=3,
    namespaces=MOUNTS,
)
def full_inodes(ground: Ground, times: int) -> Evidence:
    return _fill_at_steps(ground, INODES, times)


@fault(
    "rundir deleted under running nodes; start, status, stop and restart in that very moment",
    checked="status knows the node at once, start starts no second, stop stops it",
    times=3,
)
def rundir_deleted(ground: Ground, times: int) -> Evidence:
    for _ in range(times):
        for after in (("start", "all"), ("stopwait", "all"), ("restart", "all"), ("kill", "all")):
            with explained(" ".join(after)):
                _delete_and(ground, *after)
    return times * 4, "after start, stopwait, restart, kill"


def _delete_and(ground: Ground, *command: str) -> None:
    with ground.fleet({"w1": SOLO, "w2": {**SOLO, "pool": "prefork"}}) as (fleet, truth):
        fleet.start()
        before = truth.living()
        shutil.rmtree(fleet.folder / "run", ignore_errors=True)
        rows = check_status(fleet, truth)
        assert {name: row["pid"] for name, row in rows.items()} == before, rows
        shutil.rmtree(fleet.folder / "run", ignore_errors=True)
        result = fleet.run(*command)
        assert result.code == 0, result
        if command[0] == "start":
            assert truth.living() == before, result
        elif command[0] == "restart":
            assert not set(truth.living().values()) & set(before.values())
        else:
            assert truth.living() == {}, result
        check_status(fleet, truth)
        check_convergence(fleet, truth)


@fault(
    "a record forged by another user, naming a process of the caller's",
    checked="that process is never signalled, nothing is started, the forger is named",
)
def forged_record(ground: Ground, times: int) -> Evidence:
    if os.geteuid():
        raise NotPossible("only root can write a file that belongs to somebody else")
    commands = [["stop", "w1"], ["stopwait", "w1"], ["kill", "w1"], ["restart", "w1"], ["start"]]
    with ground.fleet({"w1": SOLO}) as (fleet, truth), bystander() as victim:
        fleet.start()
        record = fleet.folder / "run" / "nodes" / "w1" / "record.json"
        text = record.read_text()
        assert fleet.run("stopwait", "all").code == 0
        forged = text.replace(f'"pid":{truth.boots()[0].pid}', f'"pid":{victim.pid}')
        ticks = processes.start_ticks(victim.pid)
        forged = forged.replace(f'"start_ticks":{truth.boots()[0].ticks}', f'"start_ticks":{ticks}')
        assert forged != text
        record.write_text(forged)
        # What the forger hopes for: were it the caller's own, it would be believed.
        assert fleet.status()["w1"]["pid"] == victim.pid
        os.chown(record, 65534, 65534)
        row = fleet.status()["w1"]
        assert (row["state"], row["pid"]) == ("foreign", None), row
        assert "belongs to nobody" in row["reason"], row
        _refuses(fleet, commands)
        assert victim.poll() is None, "the process that was named is gone"
        assert truth.boots_of_each() == {"w1": 1}
        record.unlink()
        check_convergence(fleet, truth)
    return len(commands), "each refused"


def _refuses(fleet: Fleet, commands: list[list[str]]) -> None:
    for command in commands:
        result = fleet.run(*command)
        assert result.code not in (0, -signal.SIGKILL), result
        assert not is_bug(result.output), result


@contextmanager
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has nothing to do with any fleet."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        try:
            yield process
        finally:
            process.kill()


def _fill_at_steps(ground: Ground, what: str, most: int) -> Evidence:
    scenes = [(role, command) for role in (CONTROLLER, LAUNCHER) for command in COMMANDS]
    scenes.remove((LAUNCHER, ("stopwait", "all")))
    steps = [
        (command, step)
        for role, command in scenes
        for step in injection.steps(role, _steps_of(ground, role, command, what))
    ]
    chosen = steps[:: max(1, -(-len(steps) // most))]
    codes = ground.side_by_side(lambda one: _fill_at(ground, *one, what), chosen)
    told = ", ".join(f"{n} times exit {code}" for code, n in sorted(Counter(codes).items()))
    return len(chosen), f"{len(chosen)} of the {len(steps)} writes: {told}"


def _steps_of(ground: Ground, role: str, command: tuple[str, ...], what: str) -> int:
    with _on_small_disk(ground) as (fleet, _):
        _run(fleet, command, Step(role, injection.NEVER), what)
        return injection.taken(fleet, role)


def _fill_at(ground: Ground, command: tuple[str, ...], step: Step, what: str) -> int:
    with _on_small_disk(ground) as (fleet, truth):
        result = _run(fleet, command, step, what)
        struck = injection.struck(fleet)
        with explained(f"{' '.join(command)}, step {step.number}: {struck}"):
            assert not is_bug(result.output), result
            rows = check_status(fleet, truth)
            if result.code == 0:
                down = command[0] == "stopwait"
                assert all((row["pid"] is None) == down for row in rows.values()), result
            else:
                assert "no space left" in result.output.lower(), result
            _make_room(fleet)
            check_status(fleet, truth)
            check_convergence(fleet, truth)
        return result.code


def _run(fleet: Fleet, command: tuple[str, ...], step: Step, what: str) -> Result:
    if command[0] != "start":
        fleet.start()
    return fleet.run(*command, env=injection.environment(fleet.folder, step, what))


@contextmanager
def _on_small_disk(ground: Ground) -> Iterator[tuple[Fleet, Truth]]:
    """A fleet whose rundir and logdir are on a tmpfs of its own, of 1 MB and 100 inodes."""
    with ground.fleet({"w1": SOLO}, rundir="disk/run", logdir="disk/log") as (fleet, truth):
        disk = fleet.folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=100", "none", str(disk)]
        subprocess.run(mount, check=True)
        try:
            yield fleet, truth
        finally:
            fleet.kill_everything()
            # What was killed may be on its way out still, with a file of the disk's open.
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _make_room(fleet: Fleet) -> None:
    for ballast in (fleet.folder / "disk").glob("ballast-*"):
        ballast.unlink()
