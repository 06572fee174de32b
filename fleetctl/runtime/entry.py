"""The format of the journal's lines, shared by the two halves as `formats` is."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from .formats import Invoker, Malformed, build


@dataclass(frozen=True)
class CutTask:
    """A task cut off: ``fate`` is ``lost``, ``requeued``, or None where it may yet end well."""

    id: str
    name: str
    fate: Optional[str]


@dataclass(frozen=True)
class Entry:
    """One line of the journal: what happened to a node, and who did it (None: it came by itself).

    ``what`` is ``started`` (``drift``: other than the last time), ``ready``, ``failed`` (never
    became ready: ``reason``), ``left`` (nobody waits any more, it is still starting), ``signal``
    (is about to be sent), ``exit`` (without code and signal: nobody saw how), ``refused`` (not
    restarted, though that was asked for: ``reason``) or ``adopted`` (started by others,
    and known to the fleet from now on).
    """

    at: float
    node: str
    what: str
    launch: Optional[str] = None
    pid: Optional[int] = None
    by: Optional[Invoker] = None
    signal: Optional[str] = None
    code: Optional[int] = None
    reason: Optional[str] = None
    drift: bool = False
    tasks: List[CutTask] = field(default_factory=list)
    more_tasks: int = 0


def entry_of(line: Dict[str, Any]) -> Entry:
    """The entry that a decoded line is; unknown keys are a newer writer's. Raises Malformed."""
    by, tasks = line.get("by"), line.get("tasks", [])
    if not isinstance(tasks, list):
        raise Malformed("tasks are no list")
    invoker = None if by is None else build(Invoker, by)
    return build(Entry, {**line, "by": invoker, "tasks": [build(CutTask, task) for task in tasks]})
