"""Eight operators, or eight timers, start the same fleet in the same moment."""

from __future__ import annotations

from tests.chaos.fault import Evidence, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.truth import check_end, check_status
from tests.support.fleets import FLEETCTL

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
            _round(ground)
    return times, f"{times * STARTERS} starts, {times * len(NODES)} boots"


def _round(ground: Ground) -> None:
    with ground.fleet(dict.fromkeys(NODES, SOLO)) as (fleet, truth):
        starters = [fleet.spawn([str(FLEETCTL), "start", "all"]) for _ in range(STARTERS)]
        said = [starter.communicate(timeout=120)[0] for starter in starters]
        for starter, output in zip(starters, said, strict=True):
            assert starter.returncode == 0, f"exit {starter.returncode}: {output}"
            assert "Traceback" not in output, output
        assert truth.boots_of_each() == dict.fromkeys(NODES, 1), truth.boots()
        check_status(fleet, truth)
        check_end(fleet, truth)
