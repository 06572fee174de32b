"""Waiting for nodes whose rundir was deleted to put their records back: it takes a few seconds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fleetctl.operations.loop import Loop
from fleetctl.process.held import homeless
from fleetctl.process.records import read_record
from fleetctl.runtime.node_files import NodeFiles

_PATIENCE = 6.0
_LOOK_INTERVAL = 0.05


def await_records(rundir: Path, names: Iterable[str], loop: Loop) -> None:
    """Return once each living node has a record again, or won't have one soon.

    What is done to a node without a record is done in the dark: nobody could tell who did it.
    """
    away = [name for name in names if _is_away(rundir, name)]
    deadline = loop.now() + _PATIENCE

    def look() -> None:
        away[:] = [name for name in away if _is_away(rundir, name)]
        if away:
            loop.call_at(loop.now() + _LOOK_INTERVAL, look)

    look()
    loop.run(lambda: not away or loop.now() >= deadline)


def _is_away(rundir: Path, name: str) -> bool:
    unrecorded = read_record(NodeFiles(str(rundir), name)) is None
    return unrecorded and homeless(rundir, name) is not None
