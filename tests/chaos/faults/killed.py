"""fleetctl, or its launcher, is killed: after each step that it takes, and at any moment."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos import injection
from tests.chaos.fault import Evidence, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.injection import CONTROLLER, LAUNCHER, Step
from tests.chaos.truth import Truth, check_convergence, check_status, is_bug
from tests.support.fleets import Fleet

NODES = ("w1", "w2")
KILL = "kill"
KILLED = -9
EVERY = 1000
"""More steps than any scene has."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What happens: commands in this order, of which the one `at` meets its fate."""

    commands: tuple[tuple[str, ...], ...]
    at: int
    role: str = CONTROLLER

    @property
    def title(self) -> str:
        """In words."""
        return f"{self.role} of {' '.join(self.commands[self.at])}"


START, STOPWAIT, RESTART = ("start", "all"), ("stopwait", "all"), ("restart", "all")
OF_CONTROLLER = (
    Scene((START,), 0),
    Scene((START, STOPWAIT), 1),
    Scene((START, RESTART), 1),
)
OF_LAUNCHER = (
    # Its last steps are those of a parent whose nodes end.
    Scene((START, STOPWAIT), 0, LAUNCHER),
    Scene((START, RESTART, STOPWAIT), 1, LAUNCHER),
)
CHECKED = "status tells what runs, `start all` converges, no duplicate, no orphan"


@fault(
    "fleetctl killed after every record write, signal and event of start, stopwait, restart",
    checked=CHECKED,
    times=EVERY,
    quick=3,
)
def killed_at_every_step(ground: Ground, times: int) -> Evidence:
    return _at_steps(ground, OF_CONTROLLER, times)


@fault(
    "its launcher killed after every fork, record write and word",
    checked=CHECKED,
    times=EVERY,
    quick=3,
)
def launcher_killed_at_every_step(ground: Ground, times: int) -> Evidence:
    return _at_steps(ground, OF_LAUNCHER, times)


@fault(
    "fleetctl killed at random moments of start, stopwait, restart",
    checked=CHECKED,
    times=30,
    quick=3,
)
def killed_at_random_moments(ground: Ground, times: int) -> Evidence:
    chance = random.Random()
    scenes = [OF_CONTROLLER[number % len(OF_CONTROLLER)] for number in range(times)]
    moments = [(scene, chance.random()) for scene in scenes]
    lengths = {scene: _duration(ground, scene) for scene in OF_CONTROLLER}
    died = ground.side_by_side(
        lambda one: _kill_after(ground, one[0], one[1] * lengths[one[0]]), moments
    )
    return len(moments), f"{sum(died)} died before their end"


def _at_steps(ground: Ground, scenes: Sequence[Scene], most: int) -> Evidence:
    """At every step of all scenes; where these are more than `most`, at so many, evenly spread."""
    steps = [(scene, step) for scene in scenes for step in _steps_of(ground, scene)]
    chosen = steps[:: max(1, -(-len(steps) // most))]
    struck = ground.side_by_side(lambda one: _kill_at(ground, *one), chosen)
    return len(chosen), f"{sum(struck)} of the {len(steps)} steps"


def _steps_of(ground: Ground, scene: Scene) -> list[Step]:
    with ground.fleet(dict.fromkeys(NODES, SOLO)) as (fleet, _):
        _play(fleet, scene, Step(scene.role, injection.NEVER))
        return injection.steps(scene.role, injection.taken(fleet, scene.role))


def _kill_at(ground: Ground, scene: Scene, step: Step) -> bool:
    """Whether it took that many steps, this time."""
    with ground.fleet(dict.fromkeys(NODES, SOLO)) as (fleet, truth):
        _play(fleet, scene, step)
        struck = injection.struck(fleet)
        with explained(f"{scene.title}, step {step.number}: {struck}"):
            _check(fleet, truth)
        return struck is not None


def _play(fleet: Fleet, scene: Scene, step: Step) -> None:
    for number, command in enumerate(scene.commands):
        meets = number == scene.at
        env = injection.environment(fleet.folder, step, KILL) if meets else None
        result = fleet.run(*command, env=env)
        assert not is_bug(result.output), result
        if meets and scene.role == CONTROLLER and injection.struck(fleet):
            assert result.code == KILLED, result


def _check(fleet: Fleet, truth: Truth) -> None:
    check_status(fleet, truth)
    check_convergence(fleet, truth)


def _duration(ground: Ground, scene: Scene) -> float:
    with ground.fleet(dict.fromkeys(NODES, SOLO)) as (fleet, _):
        for command in scene.commands[: scene.at]:
            fleet.run(*command)
        began = time.monotonic()
        fleet.run(*scene.commands[scene.at])
        return time.monotonic() - began


def _kill_after(ground: Ground, scene: Scene, seconds: float) -> bool:
    with ground.fleet(dict.fromkeys(NODES, SOLO)) as (fleet, truth):
        for command in scene.commands[: scene.at]:
            assert fleet.run(*command).code == 0
        victim = fleet.begin(*scene.commands[scene.at])
        time.sleep(seconds)
        victim.kill()
        victim.communicate()
        with explained(f"{scene.title}, killed after {seconds:.3f} s"):
            _check(fleet, truth)
        return victim.returncode == KILLED
