"""The final KILL: a node's main process first, so that it starts nothing anew, then the rest."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from fleetctl.process import procfs
from fleetctl.process.identity import (
    ProcessGone,
    ProcessHandle,
    Unreachable,
    check_reachable,
    here,
    open_process,
)
from fleetctl.process.procfs import ProcessTable, Stat
from fleetctl.runtime.formats import Identity, Record, Snapshot

KILL_TIMEOUT = 5.0

#: How often to look for what the living main process has started; a storm never ends by itself.
LOOKS_BEFORE = 3

#: A signal is delivered when its process next leaves the kernel: at once, or not soon (state D).
STANDSTILL_TIMEOUT = 0.2


@dataclass(frozen=True, slots=True)
class Killed:
    """The pids that were killed, the main process first, and those that couldn't be."""

    pids: tuple[int, ...]
    survivors: tuple[int, ...] = ()


def kill_tree(main: ProcessHandle, timeout: float = KILL_TIMEOUT) -> Killed:
    """SIGKILL to the process `main`, then to all that it started, until none is left.

    That is its descendants, and the members of its session if it leads one. These are stopped
    before they are killed: who is stopped can't fork away. Waits for `timeout` seconds at most.
    """
    deadline = time.monotonic() + timeout
    with _Hunt(main.identity) as hunt:
        # Nothing is stopped yet: a fleetctl that dies here leaves a whole worker behind.
        for _ in range(LOOKS_BEFORE):
            if not hunt.gather():
                break
        with suppress(ProcessGone):
            main.send(signal.SIGKILL)
        hunt.kill_all(deadline)
        survived = () if main.wait(deadline - time.monotonic()) else (main.identity.pid,)
        return Killed((main.identity.pid, *hunt.killed), survived + hunt.survivors())


def kill_orphans(record: Record, snapshot: Snapshot | None) -> tuple[int, ...]:
    """SIGKILL to what outlived a dead node, and to all that this started; the pids killed.

    None where `snapshot` doesn't prove whose session it is (`fleetctl.process.procfs.orphans`).
    """
    with _Hunt(record.identity) as hunt:
        table = ProcessTable()
        hunt.gather(procfs.orphans(record, snapshot, table), table)
        hunt.kill_all(time.monotonic() + KILL_TIMEOUT)
        return tuple(hunt.killed)


class _Hunt:
    """The processes of one tree, each held by a pidfd from when it was first seen."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._leads_session = _leads_session(identity)
        self._spared = {os.getpid(), *procfs.ancestors(os.getpid()), identity.pid}
        self._handles: dict[int, ProcessHandle] = {}
        self._refused: set[int] = set()
        self._stack = ExitStack()
        self.killed: list[int] = []

    def gather(self, roots: Iterable[int] = (), table: ProcessTable | None = None) -> bool:
        """Look once, and hold all that was found; whether there was anything new.

        `roots` are pids that something was proven of by a `table`: then it is that table's time.
        """
        found = self._look(frozenset(roots), table or ProcessTable())
        return any([self._hold(process) for process in found])  # noqa: C419

    def kill_all(self, deadline: float) -> None:
        """Kill all that can be found, and look again, until there is none or the time is over."""
        self._freeze(deadline)
        while (living := self._within_reach()) and time.monotonic() < deadline:
            for pid in living:
                self._kill(pid)
            for pid in living:
                self._handles[pid].wait(min(0.1, deadline - time.monotonic()))
            self._freeze(deadline)

    def survivors(self) -> tuple[int, ...]:
        return tuple(sorted(self._living()))

    def _freeze(self, deadline: float) -> None:
        """Stop all that is held, and what these have forked before they stood still."""
        frozen: set[int] = set()
        self.gather()
        while (fresh := self._within_reach() - frozen) and time.monotonic() < deadline:
            for pid in fresh:
                with suppress(Unreachable):
                    self._handles[pid].send(signal.SIGSTOP)
            _await_standstill(fresh, min(deadline, time.monotonic() + STANDSTILL_TIMEOUT))
            frozen |= fresh
            self.gather()

    def _living(self) -> set[int]:
        return {pid for pid, handle in self._handles.items() if not handle.wait(0)}

    def _within_reach(self) -> set[int]:
        return self._living() - self._refused

    def _look(self, roots: frozenset[int], table: ProcessTable) -> Iterable[Stat]:
        main = table.processes.get(self._identity.pid)
        known = self._living() | roots
        if main and main.start_ticks == self._identity.start_ticks:
            known.add(main.pid)
        found = {process.pid: process for process in table.descendants(known)}
        found.update({pid: table.processes[pid] for pid in roots if pid in table.processes})
        if self._leads_session:
            found.update({m.pid: m for m in table.session_members(self._identity.pid)})
        return [p for p in found.values() if p.alive and p.pid not in self._spared]

    def _hold(self, process: Stat) -> bool:
        """Take hold of a process unless we have it; whether it is a new one."""
        held = self._handles.get(process.pid)
        if held is not None and held.identity.start_ticks == process.start_ticks:
            return False
        identity = Identity(process.pid, process.start_ticks, *here())
        owner = procfs.real_uid(process.pid)
        try:
            handle = open_process(identity, owner)
            self._stack.callback(handle.close)
            self._handles[process.pid] = handle
        except Unreachable:
            return False
        return True

    def _kill(self, pid: int) -> None:
        try:
            self._handles[pid].send(signal.SIGKILL)
        except ProcessGone:
            return
        except Unreachable:
            self._refused.add(pid)
            return
        if pid not in self.killed:
            self.killed.append(pid)

    def __enter__(self) -> _Hunt:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def _await_standstill(pids: Iterable[int], deadline: float) -> None:
    moving = set(pids)
    while moving and time.monotonic() < deadline:
        moving = {pid for pid in moving if (p := procfs.stat(pid)) and p.alive and p.state != "T"}
        if moving:
            time.sleep(0.001)


def _leads_session(identity: Identity) -> bool:
    # Read while it lives: of a dead leader's session we know nothing but the number.
    check_reachable(identity)
    process = procfs.stat(identity.pid)
    return (
        process is not None
        and process.start_ticks == identity.start_ticks
        and process.session == identity.pid
    )
