"""Small words: sizes, counts, plurals, tasks; one spelling for the whole program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleetctl.display.durations import duration
from fleetctl.display.text import clean
from fleetctl.operations.report import RunningTask
from fleetctl.runtime.formats import ActiveTask

_ID_SHOWN = 8
"""As many characters of a task's id as tell it from its neighbours; a log search finds the rest."""


def size(count: float) -> str:
    """Bytes as ``812 K``, ``48 M``, ``1.2 G``."""
    value = max(count, 0) / 1024
    for unit in ("K", "M"):
        if round(value) < 1000:
            return f"{round(value)} {unit}"
        value /= 1024
    return f"{value:.1f} G" if value < 9.95 else f"{value:.0f} G"


def percent(value: float) -> str:
    """``12 %``; 100 is one core."""
    return f"{value:.0f} %"


def count(number: int) -> str:
    """``1204``, ``183 k``, ``2.4 M``: exact as long as it is short."""
    if number < 100_000:
        return str(number)
    if number < 1_000_000:
        return f"{number // 1000} k"
    return f"{number / 1e6:.1f} M"


def plural(number: int, noun: str) -> str:
    """``1 task``, ``2 tasks``, ``2 children``."""
    return f"{number} {noun if number == 1 else _PLURALS.get(noun, noun + 's')}"


_PLURALS = {"orphaned pool child": "orphaned pool children"}


def orphans(pids: Sequence[int]) -> str:
    """``2 orphaned pool children: 4711 4712``."""
    return f"{plural(len(pids), 'orphaned pool child')}: {' '.join(map(str, pids))}"


def changed(changes: Sequence[str]) -> str:
    """``fleet.yaml has changed since it was started: --concurrency=2 is now --concurrency=4``."""
    since = "fleet.yaml has changed since it was started"
    return clean(f"{since}: {', '.join(changes)}" if changes else since)


def running(active: Iterable[ActiveTask], now: float) -> tuple[RunningTask, ...]:
    """What an agent saw, with runtimes at `now` (monotonic), longest first."""
    tasks = (
        RunningTask(id=task.id, name=task.name, runtime=max(now - task.started, 0.0))
        for task in active
    )
    return longest_first(tasks)


def longest_first(tasks: Iterable[RunningTask]) -> tuple[RunningTask, ...]:
    """The order tasks are shown in: what holds a drain up comes first."""
    return tuple(sorted(tasks, key=lambda task: (-task.runtime, task.name, task.id)))


def task(one: RunningTask | ActiveTask, *, whole_id: bool = False) -> str:
    """``proj.tasks.slow[4be1c0de]``; `whole_id` where somebody will have to look it up."""
    return clean(f"{one.name}[{one.id if whole_id else one.id[:_ID_SHOWN]}]")


def task_list(tasks: Sequence[RunningTask], limit: int = 5) -> str:
    """``proj.tasks.slow[4be1c0de] 42 s, proj.tasks.mail[91aa0b1c] 3 s + 12 more``."""
    shown = ", ".join(f"{task(one)} {duration(one.runtime)}" for one in tasks[:limit])
    return shown + more(len(tasks) - limit, before=" ")


def more(number: int, *, before: str = "") -> str:
    """``+ 12 more``, or nothing where there are none."""
    return f"{before}+ {number} more" if number > 0 else ""
