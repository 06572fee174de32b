"""Gathering what is known of a node at one moment: thin reads, no judgement (that is `state`'s)."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from fleetctl.fleet.model import Node
from fleetctl.process import drift, foreign, held, pidfile, procfs, records, room
from fleetctl.process.identity import here, process_state
from fleetctl.process.procfs import ProcessTable
from fleetctl.process.records import Unusable
from fleetctl.process.situation import SILENCE_TIMEOUT, Facts, Now, Presence
from fleetctl.process.state import derive
from fleetctl.process.status import NodeStatus
from fleetctl.runtime.formats import Record, Snapshot
from fleetctl.runtime.node_files import NodeFiles


def observe(
    rundir: Path, name: str, node: Node | None, table: ProcessTable | None = None
) -> NodeStatus:
    """The true state of one node, now. Reads files and /proc, changes nothing, raises nothing.

    Who observes many nodes passes one `table`, so that processes are listed once for all.
    """
    facts = gather(rundir, name, node, table or ProcessTable())
    return derive(facts, Now(time.time(), time.monotonic(), procfs.since_boot()))


def gather(rundir: Path, name: str, node: Node | None, table: ProcessTable) -> Facts:
    """Everything that `derive` decides by."""
    files = NodeFiles(str(rundir), name)
    found = records.read_record(files)
    facts = Facts(
        name=name,
        euid=os.geteuid(),
        in_fleet=node is not None,
        digest=node.digest if node else None,
        record=found,
        changes=drift.changes(found, node) if node and isinstance(found, Record) else (),
    )
    if found is None:
        facts = replace(facts, homeless=held.homeless(rundir, name))
    if isinstance(found, Record):
        facts = replace(facts, of_another_fleet=_of_another_fleet(found, node))
        facts = _with_process(facts, found, files, table)
    if facts.presence in (Presence.HERE, Presence.ELSEWHERE):
        return facts
    return _with_pidfile(facts, node, rundir)


def _with_process(facts: Facts, record: Record, files: NodeFiles, table: ProcessTable) -> Facts:
    presence, letter = _presence(record, files)
    # Only now: what is read after a death is the last that was written.
    snapshot = records.read_snapshot(files, record)
    facts = replace(facts, presence=presence, letter=letter, snapshot=snapshot)
    if presence in (Presence.HERE, Presence.ELSEWHERE) and _silent(record, snapshot):
        facts = replace(facts, rundir=room.lacking(files.directory))
    if presence is Presence.HERE:
        return replace(facts, uid=procfs.real_uid(record.identity.pid))
    if presence is Presence.ELSEWHERE:
        return facts
    proof = snapshot if isinstance(snapshot, Snapshot) else None
    return replace(
        facts,
        exit=records.read_exit(files, record),
        orphans=procfs.orphans(record, proof, table),
    )


def _of_another_fleet(record: Record, node: Node | None) -> bool:
    # Of the same nodename, too: it may consume other queues, from another broker.
    if node is None or node.fleet is None:
        return False
    return records.of_another_fleet(record, node.fleet)


def _silent(record: Record, snapshot: Snapshot | Unusable | None) -> bool:
    if not isinstance(snapshot, Snapshot | None):
        return False
    heard = snapshot.written if snapshot else record.started_monotonic
    return time.monotonic() - heard > SILENCE_TIMEOUT


def _presence(record: Record, files: NodeFiles) -> tuple[Presence, str | None]:
    boot, namespace = here()
    if record.identity.boot_id != boot:
        return Presence.EARLIER_BOOT, None
    if record.identity.pid_namespace != namespace:
        lives = held.is_locked(files.alive(record.launch))
        return (Presence.ELSEWHERE if lives else Presence.GONE), None
    letter = process_state(record.identity)
    return (Presence.HERE if letter else Presence.GONE), letter


def _with_pidfile(facts: Facts, node: Node | None, rundir: Path) -> Facts:
    record = facts.record if isinstance(facts.record, Record) else None
    path = node.pidfile if node else Path(record.pidfile) if record else None
    if path is None:
        return facts
    found = pidfile.read(path)
    nodename = node.nodename if node else record.nodename if record else None
    holder = foreign.examine(found, nodename, record.identity if record else None)
    owner = records.owner_of(rundir, holder.identity) if holder else None
    if holder and owner:
        holder = foreign.owned(holder, found, owner)
    return replace(facts, pidfile=found, holder=holder)
