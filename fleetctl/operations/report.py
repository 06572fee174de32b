"""What `status` answers, one value a node: the facts behind the table and the JSON."""

from __future__ import annotations

from dataclasses import dataclass

from fleetctl.process.status import State


@dataclass(frozen=True, kw_only=True, slots=True)
class RunningTask:
    """A task being executed, for how many seconds."""

    id: str
    name: str
    runtime: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitReport:
    """How the last run ended: exit code or signal name, and when (epoch seconds), where known."""

    code: int | None
    signal: str | None
    at: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeReport:
    """One row. Unknown is None. ``rss`` and ``pss`` are bytes, pool children included;
    ``cpu_percent`` is the mean since the agent's previous sample (100 is one core);
    ``since`` is epoch seconds, ``uptime`` seconds."""

    name: str
    worker: str
    nodename: str
    kind: str
    state: State
    reason: str | None = None
    since: float | None = None
    pid: int | None = None
    pool: str | None = None
    concurrency: int | None = None
    queues: tuple[str, ...] | None = None
    uptime: float | None = None
    cpu_percent: float | None = None
    rss: int | None = None
    pss: int | None = None
    active: tuple[RunningTask, ...] | None = None
    processed: int | None = None
    failed: int | None = None
    broker: str | None = None
    exit: ExitReport | None = None
    drift: bool | None = None
    changes: tuple[str, ...] = ()
    pidfile: str | None = None
    logfile: str | None = None
    in_fleet: bool = True
    adopted: bool = False
    orphans: tuple[int, ...] = ()
