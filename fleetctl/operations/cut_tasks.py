"""Tasks that a signal cut off: no log tells of their end, the journal does."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from fleetctl.logs.wanted import is_id
from fleetctl.process import journal
from fleetctl.runtime.entry import CutTask


def cut_tasks(rundir: Path, nodes: Collection[str], task: str) -> Iterator[tuple[str, CutTask]]:
    """What was cut off on `nodes` of a task, by its id, its name or the end of that; each once.

    Raises FleetctlError for a journal that can't be read.
    """
    seen: set[str] = set()
    for entry in journal.read(rundir).entries(nodes):
        for each in entry.tasks:
            if each.id not in seen and _is_meant(each, task):
                seen.add(each.id)
                yield entry.node, each


def _is_meant(cut: CutTask, task: str) -> bool:
    if is_id(task):
        return cut.id.startswith(task)
    return task in (cut.id, cut.name) or cut.name.endswith(f".{task}")
