"""Records, snapshots and nodes for tests: valid by default, changed where a test wants it."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from fleetctl.fleet.model import Node
from fleetctl.process import procfs
from fleetctl.runtime.files import write_atomic
from fleetctl.runtime.formats import (
    CONSUMING,
    ActiveTask,
    Asked,
    Broker,
    Identity,
    Invoker,
    Record,
    Snapshot,
    to_json,
)
from fleetctl.runtime.identity import identity_of
from fleetctl.runtime.node_files import NodeFiles

ALICE = Invoker(user="alice", tty="/dev/pts/1", command="fleetctl stop w1", pid=4711)
GONE = Identity(pid=4194000, start_ticks=1, boot_id="b", pid_namespace=1)
TASK = ActiveTask(id="4be1", name="proj.tasks.slow", started=90.0)


def record(identity: Identity = GONE, **changes: Any) -> Record:
    made = Record(
        name="w1",
        worker="w1",
        nodename="w1@host",
        kind="worker",
        fleet="/srv/fleet.yaml",
        app="proj.celery:app",
        launch="20261122T200000-1",
        identity=identity,
        uid=os.geteuid(),
        python="/usr/bin/python3",
        argv=["celery", "worker"],
        workdir="/srv",
        pidfile="/srv/run/w1.pid",
        logfile="/srv/log/w1.log",
        pool="prefork",
        concurrency=2,
        queues=["celery"],
        digest="d1",
        started_at=1000.0,
        started_monotonic=50.0,
        started_by=ALICE,
    )
    return replace(made, **changes)


def snapshot(**changes: Any) -> Snapshot:
    """Of a ready node, written at 99.5 on the monotonic clock."""
    made = Snapshot(
        launch="20261122T200000-1",
        pid=GONE.pid,
        phase=CONSUMING,
        phase_since=51.0,
        phase_since_at=1001.0,
        written=99.5,
        written_at=1049.5,
        ready_at=1001.0,
        answered=99.4,
        broker=broker(),
        pool="prefork",
    )
    return replace(made, **changes)


def broker(**changes: Any) -> Broker:
    return replace(
        Broker(url="redis://h:6379/0", connected=True, since=50.9, since_at=1000.9), **changes
    )


def asked(signal: str = "TERM", at: float = 1049.0) -> Asked:
    return Asked(signal=signal, at=at, by=ALICE, noted=at - 950.0)


def node(pidfile: Path, **changes: Any) -> Node:
    values: dict[str, Any] = {
        "name": "w1",
        "worker": "w1",
        "nodename": "w1@host",
        "app": "proj.celery:app",
        "python": "/usr/bin/python3",
        "workdir": Path("/srv"),
        "pidfile": pidfile,
        "logfile": Path("/srv/log/w1.log"),
        "pool": "prefork",
        "concurrency": 2,
        "digest": "d1",
    }
    return Node(**{**values, **changes})


def record_of(pid: int, **changes: Any) -> Record:
    """The record of a process that lives."""
    identity = identity_of(pid)
    age = procfs.age(identity.start_ticks)
    began = {"started_at": time.time() - age, "started_monotonic": time.monotonic() - age}
    return record(identity, **{**began, **changes})


def fresh_snapshot(of: Record, **changes: Any) -> Snapshot:
    """A ready node's, written just now."""
    now, epoch = time.monotonic(), time.time()
    values: dict[str, Any] = {
        "launch": of.launch,
        "pid": of.identity.pid,
        "phase_since": now,
        "phase_since_at": epoch,
        "written": now,
        "written_at": epoch,
        "ready_at": epoch,
        "answered": now,
    }
    return snapshot(**{**values, **changes})


def write(files: NodeFiles, value: Record | Snapshot) -> None:
    """Put a record, or a record's snapshot, where the node's own is."""
    path = files.record if isinstance(value, Record) else files.snapshot(value.launch)
    write_atomic(path, to_json(value))
