"""Thousands of fleet files: what validate lets pass, start takes, and Celery's own command too."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, settings

from fleetctl.fleet import FleetInvalid, check, load
from fleetctl.fleet.model import Fleet as Definition
from fleetctl.fleet.model import Node
from fleetctl.fleet.selection import select
from fleetctl.operations.launch import Launches
from fleetctl.operations.loop import Loop
from fleetctl.process.probe import ProbeProcess
from fleetctl.runtime.formats import Fault as Refusal
from fleetctl.runtime.formats import Invoker, LaunchPlan, ProbePlan, from_json, to_json
from tests.chaos.fault import Evidence, explained, fault
from tests.chaos.ground import Ground
from tests.chaos.truth import is_bug
from tests.fleet.generating import FILES
from tests.support.fleets import SAMPLE, Fleet
from tests.support.probing import faults_of

NOBODY = Invoker(user="nobody", tty=None, command="fleetctl start", pid=1)
BROKEN = "raise RuntimeError('as it should')\n"
BATCH = 400


@fault(
    "generated fleet files: sound, odd and broken",
    checked="never a traceback; start refuses what validate does, and nothing else; "
    "Celery's own command takes the options of every node",
    times=5000,
    quick=100,
)
def fleet_files(ground: Ground, times: int) -> Evidence:
    seen = _Seen(ground.make_folder("files") / "fleet.yaml")
    _generate(times, seen)
    sound, broken = len(seen.sound), len(seen.broken)
    assert min(sound, broken) > times / 10, f"{sound} sound and {broken} broken ones prove little"
    refused = _refused_by_celery(ground, seen.options)
    assert not refused, f"valid, and refused by Celery: {refused[:3]}"
    sample = [*seen.sound[:: sound // _real(times)], *seen.broken[:: broken // _real(times)]]
    ground.side_by_side(lambda text: _compare_commands(ground, text), sample)
    nodes = f"{len(seen.options):,} nodes' options parsed by Celery"
    return sound + broken, (
        f"{sound:,} valid, {broken:,} in error; {nodes}; {len(sample)} through the real commands"
    )


class _Seen:
    """Checks one file after another, and keeps what was found."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sound: list[str] = []
        self.broken: list[str] = []
        self.options: list[list[str]] = []

    def look(self, text: str) -> None:
        """Whether validate and start agree on it."""
        self.path.write_bytes(text.encode("utf-8", "surrogatepass"))
        definition, problems = check(self.path)
        errors = [problem for problem in problems if problem.severity == "error"]
        assert (definition is None) == bool(errors), (text, problems)
        try:
            loaded = load(self.path)
        except FleetInvalid:
            assert errors, f"start refuses what validate lets pass:\n{text}"
            self.broken.append(text)
            return
        assert not errors, f"start takes what validate refuses:\n{text}"
        assert len(_plan(loaded).nodes) == len(loaded.nodes)
        self.sound.append(text)
        self.options += [list(node.options) for node in loaded.nodes if _is_importable(node)]


def _is_importable(node: Node) -> bool:
    """Whether its modules are there: of the others Celery would say that and nothing else."""
    includes = {option for option in node.options if option.startswith("--include=")}
    return node.app == SAMPLE and includes <= {"--include=json", "--include=json,string"}


def _generate(times: int, seen: _Seen) -> None:
    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(FILES)
    def each(text: str) -> None:
        seen.look(text)

    each()


def _plan(definition: Definition) -> LaunchPlan:
    """What start would hand over to its launcher, without one."""
    nodes = list(select_all(definition))
    loop = Loop()
    launches = Launches(definition, loop=loop, notify="", invoker=NOBODY, hear=lambda *_: None)
    plan = launches._plan("launch", nodes)
    loop.close()
    assert from_json(LaunchPlan, to_json(plan)) == plan
    return plan


def select_all(definition: Definition) -> list[Node]:
    """All nodes, the way a command chooses them."""
    by_name = {node.name: node for node in definition.nodes}
    return [by_name[name] for name in select(definition, ["all"])]


def _refused_by_celery(ground: Ground, options: list[list[str]]) -> list[Refusal]:
    folder = ground.make_folder("probe")
    batches = [options[at : at + BATCH] for at in range(0, len(options), BATCH)]
    return [fault for batch in batches for fault in _probe(folder, batch)]


def _probe(folder: Path, batch: list[list[str]]) -> list[Refusal]:
    nodes = {" ".join(options): options for options in batch}
    plan = ProbePlan(app=SAMPLE, pool="prefork", limit=300.0, nodes=nodes)
    probe = ProbeProcess(
        sys.executable,
        workdir=folder,
        environment={"PATH": os.environ["PATH"]},
    )
    probe.give_plan(plan)
    return faults_of(probe)


def _real(times: int) -> int:
    return max(1, times // 500)


def _compare_commands(ground: Ground, text: str) -> None:
    """`validate` and `start`, of an app that every node dies of, if it comes so far."""
    data = yaml.safe_load(text)
    with ground.fleet({}) as (fleet, _), explained(text):
        fleet.module("broken", BROKEN)
        _write(fleet, data)
        valid = fleet.run("validate")
        started = fleet.run("start", "--timeout", "30s")
        for result in (valid, started):
            assert not is_bug(result.output), result
        assert valid.code in (0, 2), valid
        assert (started.code == 2) == (valid.code == 2), (valid, started)
        assert started.code != 0, started


def _write(fleet: Fleet, data: Any) -> None:
    if isinstance(data, dict):
        if data.get("app") == SAMPLE:
            data["app"] = "broken:app"
        for worker in (data.get("workers") or {}).values():
            if isinstance(worker, dict):
                worker.pop("replicas", None)
    fleet.path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
