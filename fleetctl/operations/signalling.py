"""Verify, record, signal: the one way a signal leaves fleetctl, under the node's lock."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path

from fleetctl.fleet.model import Node
from fleetctl.operations import chronicle
from fleetctl.operations.events import OrphansFound, Sink, Warned
from fleetctl.process.facts import observe
from fleetctl.process.identity import ProcessHandle, open_process
from fleetctl.process.lock import NodeLock
from fleetctl.process.records import note_asked
from fleetctl.process.status import NodeStatus
from fleetctl.process.tree import kill_tree
from fleetctl.runtime.ending import surely_cuts
from fleetctl.runtime.formats import Asked, Identity, Invoker
from fleetctl.runtime.node_files import NodeFiles


@dataclass(frozen=True, slots=True)
class Target:
    """A node to be signalled: where its files are, and who asks."""

    rundir: Path
    name: str
    node: Node | None
    invoker: Invoker

    @property
    def files(self) -> NodeFiles:
        return NodeFiles(str(self.rundir), self.name)

    def observe(self) -> NodeStatus:
        """What the node is now."""
        return observe(self.rundir, self.name, self.node)


@dataclass(frozen=True, slots=True)
class Signalled:
    """What was found under the lock; `handle` is None where there was nothing to signal."""

    status: NodeStatus
    handle: ProcessHandle | None


def signal_node(
    target: Target, name: str, sink: Sink, expected: Identity | None = None
) -> Signalled:
    """Send the signal `name` (``TERM``) to the node, or to `expected` alone if that is given.

    Waits for nothing. Raises Locked, and FleetctlError (not ours, another namespace).
    """
    with NodeLock(target.files, target.invoker) as lock:
        lock.acquire(time.monotonic())
        status = target.observe()
        if status.target is None or expected not in (None, status.target):
            return Signalled(status, None)
        handle = open_process(status.target)
        try:
            record_signal(target, status, name, sink)
            _send(target, handle, name, sink)
        except BaseException:
            handle.close()
            raise
    return Signalled(status, handle)


def _send(target: Target, handle: ProcessHandle, name: str, sink: Sink) -> None:
    """The main process alone gets it, but for KILL: what it has started must not work on alone."""
    if name != "KILL":
        handle.send(signal.Signals[f"SIG{name}"])
        return
    end_tree(target, handle, sink)


def end_tree(target: Target, handle: ProcessHandle, sink: Sink) -> bool:
    """SIGKILL to the node and all it has started; whether nothing is left, else it is told what."""
    killed = kill_tree(handle)
    if killed.survivors:
        sink(OrphansFound(target.name, killed.survivors))
    return not killed.survivors


def record_signal(target: Target, status: NodeStatus, name: str, sink: Sink) -> None:
    """Write down a signal that is about to be sent.

    First the note, then the signal: a fleetctl killed in between leaves a note too many, never a
    death that nobody asked for. Where it can't be written (a full disk) the signal still goes out.
    """
    # What a KILL cuts off the node's own last snapshot tells.
    cut = name == "QUIT" and surely_cuts(name, status.soft_shutdown_timeout)
    tasks = list(status.active) if cut else []
    asked = Asked(name, time.time(), target.invoker, time.monotonic(), tasks)
    try:
        if status.record is not None:
            note_asked(target.files, status.record, asked)
    except OSError as error:
        message = f"SIG{name} could not be recorded: {error.strerror or error}"
        sink(Warned(target.name, message, failed=True))
    chronicle.tell(target.rundir, chronicle.signalled(status, asked), sink)
