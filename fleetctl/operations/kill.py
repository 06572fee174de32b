"""SIGKILL to nodes and to everything they started, now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.fleet.model import Node
from fleetctl.operations import chronicle
from fleetctl.operations.events import (
    NodeNotRunning,
    NodeRefused,
    NodeStopped,
    SignalSent,
    Sink,
)
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.shutdown import cut_off
from fleetctl.operations.signalling import Target, end_tree, record_signal
from fleetctl.process.identity import open_process
from fleetctl.process.lock import LOCK_PATIENCE, Locked, NodeLock
from fleetctl.process.status import NodeStatus, State
from fleetctl.process.tree import kill_orphans
from fleetctl.runtime.formats import Invoker


def kill(
    rundir: Path, nodes: Mapping[str, Node | None], *, invoker: Invoker, sink: Sink
) -> dict[str, Outcome]:
    """Kill `nodes` (by name; None for one that has left fleet.yaml); return how each ended.

    Nothing is waited for but the kernel: it gets through while another fleetctl watches a drain.
    """
    deadline = time.monotonic() + LOCK_PATIENCE
    outcomes: dict[str, Outcome] = {}
    locked: list[Target] = []
    for name, node in nodes.items():
        target = Target(rundir, name, node, invoker)
        outcome = _kill(target, sink)
        if outcome is None:
            locked.append(target)
        else:
            outcomes[name] = outcome
    # Only now are held locks waited for: the others have had what they were to have.
    for target in locked:
        outcomes[target.name] = _kill(target, sink, deadline) or Outcome.FAILED
    return outcomes


def _kill(target: Target, sink: Sink, deadline: float | None = None) -> Outcome | None:
    """How it ended; None where its lock is held and there is no `deadline` to wait until."""
    try:
        with NodeLock(target.files, target.invoker) as lock:
            lock.acquire(time.monotonic() if deadline is None else deadline)
            return _kill_locked(target, target.observe(), sink)
    except FleetctlError as error:
        if deadline is None and isinstance(error, Locked):
            return None
        sink(NodeRefused(target.name, error.message, error.hint))
        return Outcome.FAILED


def _kill_locked(target: Target, status: NodeStatus, sink: Sink) -> Outcome:
    if status.target is not None:
        return _kill_running(target, status, sink)
    if status.state.running or status.state is State.FOREIGN:
        reason = status.reason or "it can't be signalled from here"
        sink(NodeRefused(target.name, f"not killed: {reason}"))
        return Outcome.FAILED
    if status.orphans:
        _kill_orphans(target, status, sink)
    else:
        sink(NodeNotRunning(target.name, status.state.value, status.reason))
    return Outcome.DONE


def _kill_running(target: Target, status: NodeStatus, sink: Sink) -> Outcome:
    assert status.target is not None
    began = time.monotonic()
    record_signal(target, status, "KILL", sink)
    sink(SignalSent(target.name, status.target.pid, "KILL"))
    with open_process(status.target) as main:
        gone = end_tree(target, main, sink)
    if status.adopted:
        chronicle.adopted_ended(status, target.rundir, sink)
    lost, requeued = cut_off(status.active)
    seconds = time.monotonic() - began
    sink(NodeStopped(target.name, status.target.pid, None, seconds, "KILL", lost, requeued))
    return Outcome.DONE if gone else Outcome.FAILED


def _kill_orphans(target: Target, status: NodeStatus, sink: Sink) -> None:
    """The main process is gone, some of its pool children are not."""
    assert status.record is not None
    told = chronicle.orphans_killed(status, target.invoker, time.time())
    chronicle.tell(target.rundir, told, sink)
    for pid in kill_orphans(status.record, status.snapshot):
        sink(SignalSent(status.name, pid, "KILL"))
