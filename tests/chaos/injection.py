"""A fleetctl, or its launcher, that meets a fault at an exact step (`injected/sitecustomize`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.fleets import Fleet

CONTROLLER = "controller"
LAUNCHER = "launcher"
NEVER = 0

_INJECTED = Path(__file__).with_name("injected")


@dataclass(frozen=True, slots=True)
class Step:
    """Where it happens: in which process, at which of the steps that it takes."""

    role: str
    number: int


def steps(role: str, taken: int) -> list[Step]:
    """All steps of a run that took so many, counted from 1."""
    return [Step(role, number) for number in range(1, taken + 1)]


def environment(folder: Path, step: Step, action: str) -> Mapping[str, str]:
    """What to run fleetctl with, so that `action` befalls it at `step`."""
    return {
        "PYTHONPATH": _path(),
        "CHAOS_FAULT": f"{step.role} {action} {step.number} {folder}",
    }


def clock(offset: float) -> Mapping[str, str]:
    """What to run fleetctl with, so that its clock (not the monotonic one) is so many seconds off.

    Nodes that are started so have that clock, too.
    """
    return {"PYTHONPATH": _path(), "CHAOS_CLOCK": str(offset)}


def taken(fleet: Fleet, role: str) -> int:
    """How many steps were taken in that role so far, by processes that `environment` was for."""
    calls = fleet.folder / f"calls.{role}"
    return len(calls.read_text().splitlines()) if calls.exists() else 0


def struck(fleet: Fleet) -> str | None:
    """The call at which it happened; None where the run ended before that step."""
    path = fleet.folder / "struck"
    return path.read_text().strip() if path.exists() else None


def _path() -> str:
    return os.pathsep.join([str(_INJECTED), *filter(None, [os.environ.get("PYTHONPATH")])])
