"""Waiting for what a probe finds, without the controller's loop."""

from __future__ import annotations

import select

from fleetctl.process.probe import ProbeProcess
from fleetctl.runtime.formats import Fault


def faults_of(probe: ProbeProcess) -> list[Fault]:
    """What it finds, heard as the controller hears it; then it is ended."""
    try:
        while (faults := probe.answer()) is None:
            ready, _, _ = select.select([probe.fileno(), probe.ending.fileno()], [], [])
            if probe.ending.fileno() in ready:
                return probe.last_answer()
            if not probe.hear():
                select.select([probe.ending], [], [])
        return faults
    finally:
        probe.abandon()
