"""The fleet as its records remember it: for a fleet.yaml that can't be read just now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from fleetctl.fleet.model import Fleet, Kind, Node, Pool
from fleetctl.process.records import left_names, read_record
from fleetctl.runtime.formats import Record
from fleetctl.runtime.node_files import NodeFiles


def remember(path: Path, rundir: Path, groups: Mapping[str, Sequence[str]]) -> Fleet | None:
    """The nodes that were started from the fleet file at `path`; None where no record tells of any.

    They are what they were started as, so nothing of them has drifted. Of `groups` (names of
    nodes or workers) what is left. Raises FleetctlError where `rundir` can't be looked at.
    """
    found = [read_record(NodeFiles(str(rundir), name)) for name in left_names(rundir, path)]
    records = [each for each in found if isinstance(each, Record)]
    if not records:
        return None
    return Fleet(
        path=path,
        app=records[0].app,
        rundir=rundir,
        logdir=Path(records[0].logfile).parent,
        preload_app=False,
        nodes=tuple(map(_node, records)),
        groups=MappingProxyType({name: _members(group, records) for name, group in groups.items()}),
    )


def _members(group: Sequence[str], records: Sequence[Record]) -> tuple[str, ...]:
    return tuple(r.name for r in records if r.name in group or r.worker in group)


def _node(record: Record) -> Node:
    return Node(
        name=record.name,
        worker=record.worker,
        nodename=record.nodename,
        kind=_kind(record.kind),
        app=record.app,
        python=record.python,
        workdir=Path(record.workdir),
        pidfile=Path(record.pidfile),
        logfile=Path(record.logfile),
        pool=_pool(record.pool),
        concurrency=record.concurrency,
        queues=tuple(record.queues),
        stop_timeout=record.stop_timeout,
        kill_timeout=record.kill_timeout,
        options=tuple(record.argv[3:]),
        digest=record.digest,
    )


def _pool(text: str) -> Pool:
    return next((pool for pool in get_args(Pool) if pool == text), "prefork")


def _kind(text: str) -> Kind:
    return next((kind for kind in get_args(Kind) if kind == text), "worker")
