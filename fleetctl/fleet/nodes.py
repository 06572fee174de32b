"""Makes a validated file's nodes: paths resolved, names expanded, replicas counted out."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from fleetctl.fleet import argv, expand
from fleetctl.fleet.complaints import Complaints
from fleetctl.fleet.environment import Environments
from fleetctl.fleet.keys import WorkerKeys
from fleetctl.fleet.locate import absolute, home
from fleetctl.fleet.model import Node
from fleetctl.fleet.places import RUNDIR, is_file
from fleetctl.fleet.schema import FleetFile
from fleetctl.fleet.tree import Trail

LOGDIR = "log"
PIDFILE = "%n.pid"
LOGFILE = "%n.log"
LOGLEVEL = "info"
KILL_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Draft:
    """A node, the keys it was made of, and its statedb."""

    node: Node
    keys: WorkerKeys
    statedb: Path | None


class Drafting:
    """Turns one file into drafts; what can't be expanded is complained about."""

    def __init__(self, file: FleetFile, complaints: Complaints, host: str) -> None:
        self._file = file
        self._complaints = complaints
        self._host = host
        self.base = complaints.document.path.parent
        self.rundir = self.path(file.rundir or RUNDIR)
        self.logdir = self.path(file.logdir or LOGDIR)
        self._environments = Environments(file, self.path, complaints)

    def drafts(self) -> Iterator[Draft]:
        """Every worker's nodes, in the order of the file."""
        for worker in self._file.workers:
            keys = WorkerKeys(worker, self._file)
            replicas = keys.get("replicas")
            names = [f"{worker}{i}" for i in range(1, replicas + 1)] if replicas else [worker]
            for name in names:
                yield self._draft(name, keys)

    def path(self, text: str) -> Path:
        """A path of the file's, from the file's own folder; links unresolved, ``~`` expanded."""
        return absolute(home(text), self.base)

    def _draft(self, name: str, keys: WorkerKeys) -> Draft:
        nodename = self._nodename(name, keys)
        statedb = self._expanded(keys, "statedb", keys.get("statedb"), self.base, nodename)
        node = Node(
            name=name,
            worker=keys.name,
            nodename=nodename,
            app=self._file.app,
            python=self._python(keys.get("python")),
            workdir=self.path(keys.get("workdir") or "."),
            pidfile=Path(self._expanded(keys, "pidfile", PIDFILE, self.rundir, nodename) or ""),
            logfile=Path(self._expanded(keys, "logfile", LOGFILE, self.logdir, nodename) or ""),
            logfile_format=self._logfile_format(keys, nodename),
            log_formats=argv.log_formats(keys.all()),
            pool=keys.get("pool") or "prefork",
            concurrency=_concurrency(keys),
            autoscale=_autoscale(keys),
            queues=tuple(keys.get("queues") or ()),
            env=MappingProxyType(self._environments.of(keys)),
            umask=keys.get("umask"),
            stop_timeout=keys.get("stop_timeout"),
            kill_timeout=_or(keys.get("kill_timeout"), KILL_TIMEOUT),
            fleet=self._complaints.document.path,
        )
        node = replace(node, options=_options(node, keys, statedb))
        return Draft(replace(node, digest=digest(node)), keys, statedb)

    def _nodename(self, name: str, keys: WorkerKeys) -> str:
        try:
            return expand.nodename(keys.get("hostname"), name, self._host)
        except expand.UnknownFormatError as error:
            self._unknown_format(keys.trail("hostname"), error, "%n, %h, %d, %i, %I and %%")
            return f"{name}@{self._host}"

    def _expanded(
        self, keys: WorkerKeys, key: str, default: str | None, folder: Path, nodename: str
    ) -> Path | None:
        template = keys.get(key) or default
        if template is None:
            return None
        try:
            return Path(expand.path(_template(template, folder), nodename))
        except expand.UnknownFormatError as error:
            self._unknown_format(keys.trail(key), error, "%n, %h, %d, %p, %i, %I and %%")
            return folder / nodename

    def _logfile_format(self, keys: WorkerKeys, nodename: str) -> str:
        template = _template(keys.get("logfile") or LOGFILE, self.logdir)
        try:
            return expand.logfile_format(template, nodename)
        except expand.UnknownFormatError:
            return expand.escape(template)

    def _unknown_format(self, trail: Trail, error: expand.UnknownFormatError, known: str) -> None:
        self._complaints.error(
            trail, f"%{error.letter} means nothing here", f"Celery knows {known}"
        )

    def _python(self, text: str | None) -> str:
        if text is None:
            return sys.executable
        path = self.path(text)
        # A bare name is a command, as in a shell, unless the folder has such a file.
        if os.sep not in text and not is_file(path):
            return shutil.which(text) or str(path)
        return str(path)


def digest(node: Node) -> str:
    """A stable sha256 of all that would make the running node another one."""
    import hashlib  # it brings OpenSSL along, which what only reads fleet.yaml needn't wait for

    content = [
        node.kind, node.app, node.python, str(node.workdir), node.umask, list(node.options),
        sorted(node.env.items()),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content).encode("utf-8")).hexdigest()


def _template(text: str, folder: Path) -> str:
    text = str(home(text)) if text.startswith("~") else text
    return text if text.startswith("/") else f"{expand.escape(str(folder))}/{text}"


def _options(node: Node, keys: WorkerKeys, statedb: Path | None) -> tuple[str, ...]:
    return argv.options(
        argv.CommandLine(
            app=node.app,
            nodename=node.nodename,
            pidfile=node.pidfile,
            logfile_format=node.logfile_format,
            loglevel=keys.get("loglevel") or LOGLEVEL,
            pool=keys.get("pool"),
            concurrency=keys.get("concurrency"),
            autoscale=node.autoscale,
            statedb=statedb,
            keys=keys.all(),
        )
    )


def _concurrency(keys: WorkerKeys) -> int | None:
    value = keys.get("concurrency")
    return value if isinstance(value, int) else None


def _autoscale(keys: WorkerKeys) -> tuple[int, int] | None:
    value = keys.get("autoscale")
    return (value.min, value.max) if value else None


def _or(value: float | None, default: float) -> float:
    return default if value is None else value
