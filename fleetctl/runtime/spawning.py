"""One fork: a child that runs nothing until its record is on disk, and vanishes if it can't be."""

import fcntl
import os
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from typing import Container, Optional

from . import entries, journal
from .files import read_nofollow, write_atomic
from .formats import Malformed, NodePlan, Record, Snapshot, from_json, to_json
from .identity import identity_of
from .node_files import NodeFiles


class Unspawned(Exception):
    """No node runs: the fork failed, or its record could not be written."""


def spawn(rundir: str, node: NodePlan, lock_fd: int) -> Optional[int]:
    """Fork the child of `node`: its pid in the parent, None in the child, once it may run.

    The lock behind `lock_fd` is held on entry and given up on the way out, whatever happens.
    Should the parent die first, the child sees the end of its pipe and is gone.
    Raises Unspawned.
    """
    gate, opener = os.pipe()
    try:
        pid = os.fork()
    except OSError as error:
        os.close(gate)
        os.close(opener)
        unlock(lock_fd)
        raise Unspawned(f"fork: {error}") from error
    if pid == 0:
        os.close(opener)
        _wait_at(gate)
        return None
    os.close(gate)
    try:
        _record(rundir, node, pid)
    except OSError as error:
        os.close(opener)
        with suppress(ChildProcessError):  # a preloaded app may have reaped it
            os.waitpid(pid, 0)
        raise Unspawned(f"the record of {node.record.name}: {error}") from error
    else:
        os.write(opener, b"!")
        os.close(opener)
    finally:
        unlock(lock_fd)
    return pid


def unlock(lock_fd: int) -> None:
    """Give the node's lock up and forget the file; harmless when that has been done before."""
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_UN)
        os.close(lock_fd)
    except OSError:
        return


def _wait_at(gate: int) -> None:
    if not os.read(gate, 1):
        os._exit(0)
    os.close(gate)


def _record(rundir: str, node: NodePlan, pid: int) -> None:
    files = NodeFiles(rundir, node.record.name)
    os.makedirs(files.directory, mode=0o700, exist_ok=True)
    previous = recorded(files)
    prune(files, {node.record.launch, previous.launch if previous else ""})
    record = replace(
        node.record,
        identity=identity_of(pid),
        started_at=time.time(),
        started_monotonic=time.monotonic(),
    )
    write_atomic(files.record, to_json(record), durable=True)
    tell(rundir, files, record, previous)


def tell(rundir: str, files: NodeFiles, record: Record, previous: Optional[Record]) -> None:
    """Put the start into the journal, and first how the run before ended if nobody saw it."""
    try:
        if previous is not None and not os.path.exists(files.exit(previous.launch)):
            snapshot = read_snapshot(files, previous.launch)
            journal.append(rundir, entries.unseen(previous, snapshot, record.identity.boot_id))
        journal.append(rundir, entries.started(record, previous))
    except OSError:
        traceback.print_exc()  # the record is what counts


def read_snapshot(files: NodeFiles, launch: str) -> Optional[Snapshot]:
    """The last thing that the agent of a launch wrote, where it can be read."""
    try:
        return from_json(Snapshot, read_nofollow(files.snapshot(launch), limit=16 << 20))
    except (OSError, Malformed):
        return None


def prune(files: NodeFiles, kept: Container[str]) -> None:
    """Remove what other launches than these left in the node's folder; raises OSError."""
    for name in os.listdir(files.directory):
        launch, _, rest = name.partition(".")
        of_a_launch = rest in ("snapshot.json", "output", "exit.json", "alive")
        if (of_a_launch and launch not in kept) or name.startswith(".tmp-"):
            os.unlink(os.path.join(files.directory, name))


def recorded(files: NodeFiles) -> Optional[Record]:
    """The node's record, where it can be read."""
    try:
        return from_json(Record, read_nofollow(files.record))
    except (OSError, Malformed):
        return None
