"""Eight operators, or eight timers, start the same fleet in the same moment."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from fleetctl.process.lock import LOCK_PATIENCE
from tests.chaos.fault import Evidence, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.truth import check_end, check_status, is_bug
from tests.support.fleets import FLEETCTL, Fleet
from tests.support.waiting import wait_until

NODES = ("w1", "w2", "w3")
STARTERS = 8


@fault(
    "eight `start all` at once",
    checked="one main process per node ever, all eight exit 0",
    times=20,
)
def eight_starts(ground: Ground, times: int) -> Evidence:
    for number in range(times):
        with explained(f"round {number + 1}"):
            _round(ground, together=number % 2 == 0)
    return times, f"{times * STARTERS} starts, {times * len(NODES)} boots"


def _round(ground: Ground, *, together: bool) -> None:
    """As they come, or `together`: nobody may go on before all are about to fork the same nodes."""
    with ground.fleet(dict.fromkeys(NODES, SOLO)) as (fleet, truth):
        with _held_back(fleet) if together else nullcontext():
            starters = [fleet.spawn([str(FLEETCTL), "start", "all"]) for _ in range(STARTERS)]
            if together:
                _await_launchers(fleet)
        said = [starter.communicate(timeout=120)[0] for starter in starters]
        for starter, output in zip(starters, said, strict=True):
            assert starter.returncode == 0, f"exit {starter.returncode}: {output}"
            assert not is_bug(output), output
        assert truth.boots_of_each() == dict.fromkeys(NODES, 1), truth.boots()
        check_status(fleet, truth)
        check_end(fleet, truth)


@contextmanager
def _held_back(fleet: Fleet) -> Iterator[None]:
    """Hold the lock of every node."""
    with ExitStack() as held:
        for name in NODES:
            folder = fleet.folder / "run" / "nodes" / name
            folder.mkdir(parents=True, mode=0o700)
            lock = held.enter_context((folder / "lock").open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _await_launchers(fleet: Fleet) -> None:
    """Until each starter has its launcher, though not for longer than a lock is waited for."""
    over = time.monotonic() + 0.5 * LOCK_PATIENCE

    def ready() -> bool:
        commands = [process.command for process in fleet.survivors()]
        launchers = sum(command.startswith("fleetctl launcher:") for command in commands)
        return launchers == STARTERS or time.monotonic() > over

    wait_until(ready, timeout=60, what="eight launchers")
