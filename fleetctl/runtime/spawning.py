"""One fork: a child that runs nothing until its record is on disk, and vanishes if it can't be."""

import fcntl
import glob
import os
import time
from contextlib import suppress
from dataclasses import replace
from typing import Optional

from .files import read_nofollow, write_atomic
from .formats import Malformed, NodeFiles, NodePlan, Record, from_json, to_json
from .identity import identity_of


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
    prune(files, node.record.launch)
    record = replace(
        node.record,
        identity=identity_of(pid),
        started_at=time.time(),
        started_monotonic=time.monotonic(),
    )
    write_atomic(files.record, to_json(record), durable=True)


def prune(files: NodeFiles, launch: str) -> None:
    """Remove what older launches left in the node's folder, except the previous one's.

    Raises OSError.
    """
    kept = {launch, _recorded_launch(files)}
    for path in glob.glob(os.path.join(glob.escape(files.directory), "*")):
        stem, _, rest = os.path.basename(path).partition(".")
        if rest in ("snapshot.json", "output", "exit.json", "alive") and stem not in kept:
            os.unlink(path)
    for path in glob.glob(os.path.join(glob.escape(files.directory), ".tmp-*")):
        os.unlink(path)


def _recorded_launch(files: NodeFiles) -> str:
    try:
        return from_json(Record, read_nofollow(files.record)).launch
    except (OSError, Malformed):
        return ""
