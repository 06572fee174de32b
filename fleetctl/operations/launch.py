"""Launchers and the nodes they fork: one launcher for each interpreter and environment.

Between the order and the durable record the node's lock is held, by the launcher too:
it shares the open lock file, so that a fleetctl killed in between leaves no gap.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.fleet.argv import command
from fleetctl.fleet.env import read_at_exec
from fleetctl.fleet.masking import mask_argument
from fleetctl.fleet.model import Fleet, Node
from fleetctl.fleet.pools import PATCHING
from fleetctl.operations import tail
from fleetctl.operations.loop import Loop
from fleetctl.operations.startup import Fact, Observed, Spawned, Unspawned, startable
from fleetctl.process import pidfile, trace, warmup
from fleetctl.process.facts import observe
from fleetctl.process.lock import LOCK_PATIENCE, Locked, NodeLock
from fleetctl.process.procfs import ProcessTable
from fleetctl.process.rundir import registry_dir
from fleetctl.process.spawn import LauncherGone, LauncherProcess, passed_on
from fleetctl.process.status import NodeStatus
from fleetctl.runtime.formats import Cause, Identity, Invoker, LaunchPlan, NodePlan, Record, Word
from fleetctl.runtime.node_files import NodeFiles

_LOCK_INTERVAL = 0.02

_UNFORKED = Identity(pid=0, start_ticks=0, boot_id="", pid_namespace=0)

Group = tuple[str, Path, tuple[tuple[str, str], ...]]


Hear = Callable[[str, Fact], None]
"""Is told, by node name, what becomes of the nodes."""


def group_of(node: Node) -> Group:
    """Nodes of one group can be forked from one launcher."""
    return node.python, node.workdir, tuple(sorted(read_at_exec(node.env).items()))


def _clear_pidfile(node: Node, status: NodeStatus) -> None:
    """Make way for the pidfile of the node's own; Celery refuses to start over another's."""
    if status.stale is not None:
        pidfile.remove_stale(status.stale)
    if os.path.lexists(node.pidfile):
        raise FleetctlError(f"{node.pidfile} is in the way: {status.reason or 'it just appeared'}")


def new_launch_id() -> str:
    """A name for one launch: sortable by time, unique without asking anyone."""
    return f"{int(time.time() * 1000):x}-{secrets.token_hex(3)}"


@dataclass
class _Launch:
    """One launcher, and what has been asked of it."""

    process: LauncherProcess
    imported: bool = False
    wanted: list[Node] = field(default_factory=list)
    ordered: dict[str, Node] = field(default_factory=dict)
    forked: set[str] = field(default_factory=set)


class Launches:
    """The launchers of one operation. The loop must run for anything to happen."""

    def __init__(
        self, fleet: Fleet, *, loop: Loop, notify: str, invoker: Invoker, hear: Hear
    ) -> None:
        self._fleet = fleet
        self._loop = loop
        self._notify = notify
        self._invoker = invoker
        self._hear = hear
        self._members: dict[Group, list[Node]] = {}
        self._launches: dict[Group, _Launch] = {}
        self._locks: dict[str, NodeLock] = {}
        self._launch_ids: dict[str, str] = {}
        self._logged: dict[str, int] = {}
        self._cancelled: set[str] = set()

    def expect(self, nodes: Iterable[Node]) -> None:
        """Name all nodes that may be asked for; each launcher's plan is made from them."""
        for node in nodes:
            self._members.setdefault(group_of(node), []).append(node)

    def begin(self) -> None:
        """Begin a launcher for each group of nodes that may be asked for.

        Raises FleetctlError where an interpreter can't be run.
        """
        for group, members in self._members.items():
            try:
                self._open(group, members)
            except (OSError, LauncherGone) as error:
                raise FleetctlError(_cannot_run(members[0], error)) from error

    def request(self, node: Node) -> None:
        """Have `node` forked as soon as its launcher is up; the outcome is heard."""
        launch = self._launches.get(group_of(node)) or self._begin(node)
        if launch is None:
            return
        launch.wanted.append(node)
        if launch.imported:
            self._order_wanted(launch)

    @property
    def in_flight(self) -> bool:
        """Whether a launcher is forking this very moment: its answer is milliseconds away."""
        return any(launch.ordered for launch in self._launches.values())

    def cancel(self, names: Iterable[str]) -> None:
        """Order these no more."""
        self._cancelled.update(names)

    def last_lines(self, node: Node) -> tuple[str, ...]:
        """The end of what a node of these launches printed and logged."""
        launch = self._launch_ids.get(node.name)
        if launch is None:
            return ()
        output = Path(self._files(node.name).output(launch))
        return tail.last_lines(output, node.logfile, self._logged.get(node.name, 0))

    def close(self) -> None:
        """Leave the launchers alone with their nodes; end those that have forked none."""
        for launch in self._launches.values():
            if launch.forked:
                launch.process.leave()
            else:
                launch.process.abandon()
        for name in list(self._locks):
            self._let_go(name)

    def _files(self, name: str) -> NodeFiles:
        return NodeFiles(str(self._fleet.rundir), name)

    def _begin(self, node: Node) -> _Launch | None:
        group = group_of(node)
        try:
            return self._open(group, self._members[group])
        except (OSError, LauncherGone) as error:
            self._hear(node.name, Unspawned(Cause("error", _cannot_run(node, error))))
            return None

    def _open(self, group: Group, members: list[Node]) -> _Launch:
        launch = self._launches[group] = self._spawn(group, members)
        self._loop.watch(launch.process, lambda: self._listen(launch))
        return launch

    def _spawn(self, group: Group, members: list[Node]) -> _Launch:
        python, workdir, at_exec = group
        launch_id = new_launch_id()
        self._launch_ids.update({node.name: launch_id for node in members})
        environment = {**passed_on(os.environ), **dict(at_exec)}
        plan = self._plan(launch_id, members)
        warm = warmup.take(LauncherProcess, python, workdir, environment)
        if warm is not None:
            try:
                warm.give_plan(plan)
                return _Launch(warm)
            except LauncherGone:
                warm.abandon()
        process = LauncherProcess(python, workdir=workdir, environment=environment)
        try:
            process.give_plan(plan)
        except LauncherGone:
            process.abandon()
            raise
        return _Launch(process)

    def _plan(self, launch_id: str, members: list[Node]) -> LaunchPlan:
        return LaunchPlan(
            launch=launch_id,
            rundir=str(self._fleet.rundir),
            notify=self._notify,
            registry=str(registry_dir()),
            preload_app=self._fleet.app if self._fleet.preload_app else None,
            nodes=[self._node_plan(launch_id, node) for node in members],
        )

    def _node_plan(self, launch_id: str, node: Node) -> NodePlan:
        return NodePlan(
            record=self._record(launch_id, node),
            env=dict(node.env),
            unset=[],
            umask=node.umask,
            exec_node=node.pool in PATCHING,
        )

    def _record(self, launch_id: str, node: Node) -> Record:
        return Record(
            name=node.name,
            worker=node.worker,
            nodename=node.nodename,
            kind=node.kind,
            fleet=str(self._fleet.path),
            app=node.app,
            launch=launch_id,
            identity=_UNFORKED,
            uid=os.getuid(),
            python=node.python,
            argv=command(node),
            workdir=str(node.workdir),
            pidfile=str(node.pidfile),
            logfile=str(node.logfile),
            pool=node.pool,
            concurrency=node.concurrency,
            queues=list(node.queues),
            digest=node.digest,
            started_at=0.0,
            started_monotonic=0.0,
            started_by=self._invoker,
            stop_timeout=node.stop_timeout,
            kill_timeout=node.kill_timeout,
        )

    def _listen(self, launch: _Launch) -> None:
        words = launch.process.words()
        if words is None:
            self._gone(launch)
            return
        for word in words:
            self._understand(launch, word)

    def _understand(self, launch: _Launch, word: Word) -> None:
        match word:
            case Word(word="imported"):
                launch.imported = True
                self._order_wanted(launch)
            case Word(word="spawned", node=str(name), pid=int(pid)):
                launch.forked.add(name)
                del launch.ordered[name]
                self._let_go(name)
                self._hear(name, Spawned(pid))
            case Word(word="unspawned", node=str(name), error=error):
                del launch.ordered[name]
                self._let_go(name)
                self._hear(name, Unspawned(Cause("error", error or "fork failed")))
            case Word(word="broken", error=error):
                self._broken(launch, Cause("celery-missing", error or "Celery can't be imported"))

    def _order_wanted(self, launch: _Launch) -> None:
        wanted, launch.wanted = launch.wanted, []
        # One list of processes for all: it tells of leftovers, which keep nothing from starting.
        table = ProcessTable()
        for node in wanted:
            self._attempt(launch, node, self._loop.now() + LOCK_PATIENCE, table)

    def _attempt(self, launch: _Launch, node: Node, deadline: float, table: ProcessTable) -> None:
        """Order it, as soon as its lock is free; the other nodes don't wait for that."""
        if node.name in self._cancelled:
            return
        try:
            self._order(launch, node, table)
        except Locked as error:
            self._let_go(node.name)
            if self._loop.now() < deadline:
                again = partial(self._attempt, launch, node, deadline, table)
                self._loop.call_at(self._loop.now() + _LOCK_INTERVAL, again)
            else:
                self._hear(node.name, Unspawned(Cause("error", str(error))))
        except (FleetctlError, OSError, LauncherGone) as error:
            self._let_go(node.name)
            self._hear(node.name, Unspawned(Cause("error", str(error))))

    def _order(self, launch: _Launch, node: Node, table: ProcessTable) -> None:
        lock = self._locks[node.name] = NodeLock(self._files(node.name), self._invoker)
        lock.acquire(time.monotonic())
        status = observe(self._fleet.rundir, node.name, node, table)
        if not startable(status):
            self._let_go(node.name)
            self._hear(node.name, Observed(status))
            return
        _clear_pidfile(node, status)
        self._logged[node.name] = tail.size(node.logfile)
        launch.process.order(node.name, lock.fileno())
        trace.forked(node.name, [mask_argument(word) for word in command(node)])
        launch.ordered[node.name] = node

    def _broken(self, launch: _Launch, cause: Cause) -> None:
        unanswered = [*launch.wanted, *launch.ordered.values()]
        launch.wanted.clear()
        launch.ordered.clear()
        for node in unanswered:
            self._let_go(node.name)
            self._hear(node.name, Unspawned(cause))

    def _let_go(self, name: str) -> None:
        """Close our copy of the lock; the launcher, should it still be at work, has its own."""
        if name in self._locks:
            self._locks.pop(name).close()

    def _gone(self, launch: _Launch) -> None:
        """It hung up, broken or killed: whatever is asked for later gets another one."""
        self._loop.unwatch(launch.process)
        self._launches = {
            group: other for group, other in self._launches.items() if other is not launch
        }
        reason = launch.process.last_line() or "it ended without a word"
        launch.process.leave()
        self._broken(launch, Cause("error", f"the launcher failed: {reason}"))


def _cannot_run(node: Node, error: Exception) -> str:
    return f"cannot run {node.python}: {getattr(error, 'strerror', None) or error}"
