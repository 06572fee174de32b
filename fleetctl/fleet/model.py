"""The fleet as the rest of the program sees it: validated, expanded, frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

Pool = Literal["prefork", "eventlet", "gevent", "threads", "solo"]
Kind = Literal["worker", "beat", "flower"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One node: everything needed to start it and to recognise it.

    ``options`` are the arguments after ``celery`` (``["-A", app, "worker", "-n", ...]``);
    `fleetctl.fleet.argv.command` puts the interpreter before them. ``env`` holds what fleet.yaml
    and its env files say, not the caller's environment. ``digest`` changes when anything that
    would make the running node different does. Timeouts are seconds. ``logfile`` is the main
    process's; ``logfile_format`` still has the %i and %I of the pool children's. ``log_formats``
    are those of its records, beside Celery's own. ``fleet`` is the fleet.yaml it stands in.
    """

    name: str
    worker: str
    nodename: str
    kind: Kind = "worker"
    app: str
    python: str
    workdir: Path
    pidfile: Path
    logfile: Path
    logfile_format: str = ""
    log_formats: tuple[str, ...] = ()
    pool: Pool
    concurrency: int | None
    autoscale: tuple[int, int] | None = None
    queues: tuple[str, ...] = ()
    env: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    umask: int | None = None
    stop_timeout: float | None = None
    kill_timeout: float = 10.0
    options: tuple[str, ...] = ()
    digest: str = ""
    fleet: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """A valid fleet.yaml."""

    path: Path
    app: str
    rundir: Path
    logdir: Path
    preload_app: bool
    nodes: tuple[Node, ...]
    groups: MappingProxyType[str, tuple[str, ...]]
    not_yet: tuple[str, ...] = ()
    """Members that validate but that `start` can't start yet: ``beat``, ``flower``."""

    @property
    def file_folders(self) -> tuple[Path, ...]:
        """Where pidfiles and logfiles go that lie neither in rundir nor in logdir."""
        folders = {path.parent for node in self.nodes for path in (node.pidfile, node.logfile)}
        return tuple(sorted(folders - {self.rundir, self.logdir}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something wrong in fleet.yaml: where (1-based), what, and what to write instead.

    ``text`` is the offending line, as it stands in the file but for its passwords, which are
    starred out; ``column`` points into it.
    """

    severity: Literal["error", "warning"]
    message: str
    file: Path
    line: int | None = None
    column: int | None = None
    text: str | None = None
    hint: str | None = None
