"""Stop nodes and start them again, batch after batch, each ready before the next goes down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from fleetctl.fleet.model import Fleet, Node
from fleetctl.operations import chronicle, order, rolling
from fleetctl.operations.endings import Endings
from fleetctl.operations.events import RestartHalted, Sink
from fleetctl.operations.homecoming import await_records
from fleetctl.operations.loop import Loop
from fleetctl.operations.order import Member, Standing
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.rolling import Rolling, Stage, advance
from fleetctl.operations.signalling import Target
from fleetctl.operations.start import Starting
from fleetctl.operations.stop import Manner, Stopping
from fleetctl.process.facts import observe
from fleetctl.process.notify import NotifySocket
from fleetctl.process.procfs import ProcessTable
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.formats import Invoker

READY_TIMEOUT = 60.0
"""Seconds a node is given to become ready; one that isn't by then halts the restart."""

_DEFAULT_QUEUE = "celery"
_CONSUMING = (State.READY, State.DISCONNECTED)


def restart(
    fleet: Fleet,
    nodes: Sequence[Node],
    *,
    invoker: Invoker,
    sink: Sink,
    loop: Loop,
    batch: int | None = 1,
    timeout: float | None = READY_TIMEOUT,
) -> dict[str, Outcome]:
    """Restart `nodes`, `batch` at a time (None: all at once); how each ended that was touched.

    `timeout` is seconds for each node to become ready; the drain before it takes as long as
    `stopwait` would give it. Halts after the first batch in which a node fails.
    Raises FleetctlError, nothing having been stopped, where an interpreter can't be run.
    """
    await_records(fleet.rundir, (node.name for node in nodes), loop)
    plan = _plan(fleet, nodes, batch)
    targets = [Target(fleet.rundir, node.name, node, invoker) for node in nodes]
    with (
        NotifySocket() as notify,
        Endings(loop, fleet.rundir) as stops,
        Endings(loop, fleet.rundir) as starts,
    ):
        stopping = Stopping(targets, Manner.WATCH, sink, loop, stops)
        starting = Starting(
            fleet,
            nodes,
            loop=loop,
            sink=sink,
            notify=notify,
            endings=starts,
            invoker=invoker,
            wait=True,
        )
        try:
            starting.prepare()
            return _Restart(
                targets=targets,
                plan=plan,
                stopping=stopping,
                starting=starting,
                sink=sink,
                loop=loop,
                timeout=timeout,
            ).run()
        finally:
            starting.close()


class _Restart:
    def __init__(
        self,
        *,
        targets: Iterable[Target],
        plan: Rolling,
        stopping: Stopping,
        starting: Starting,
        sink: Sink,
        loop: Loop,
        timeout: float | None,
    ) -> None:
        self._targets = {target.name: target for target in targets}
        self._state = plan
        self._stopping = stopping
        self._starting = starting
        self._sink = sink
        self._loop = loop
        self._timeout = timeout

    def run(self) -> dict[str, Outcome]:
        with self._loop.interrupts(lambda _: self._interrupt()):
            self._hear(rolling.Begin())
            self._loop.run(self._finished)
        return self._state.outcomes

    def _hear(self, fact: rolling.Fact) -> None:
        """Let the machine take in a fact, and do what it asks for."""
        self._state, actions, events = advance(self._state, fact)
        for event in events:
            self._sink(event)
            if isinstance(event, RestartHalted):
                self._tell_spared(event)
        for action in actions:
            match action:
                case rolling.Stop(name):
                    self._stop(name)
                case rolling.Start(name):
                    self._starting.begin(name, self._timeout)

    def _tell_spared(self, halted: RestartHalted) -> None:
        """Tell the history of those that were to be restarted, too, and weren't."""
        at = (*halted.down, *halted.refused, *halted.starting, *halted.draining)
        reason = f"the restart had halted at {', '.join(at)}" if at else "the restart had halted"
        for name in halted.untouched:
            target = self._targets[name]
            refused = chronicle.refused(name, reason, target.invoker)
            chronicle.tell(target.rundir, refused, self._sink)

    def _stop(self, name: str) -> None:
        """What doesn't run is only started, which also refuses what can't be."""
        if self._targets[name].observe().state.running:
            self._stopping.begin(name)
        else:
            self._hear(rolling.Stopped(name, Outcome.DONE))

    def _finished(self) -> bool:
        """Whether all is over, once all that has ended by now has been taken in."""
        while fact := self._ended():
            self._hear(fact)
        return self._state.done

    def _ended(self) -> rolling.Fact | None:
        for name in self._state.at_stage(Stage.STOPPING):
            outcome = self._stopping.outcome(name)
            if outcome is not None:
                return rolling.Stopped(name, outcome)
        for name in self._state.at_stage(Stage.STARTING):
            outcome = self._starting.outcome(name)
            if outcome is not None:
                return rolling.Started(name, outcome)
        return None

    def _interrupt(self) -> None:
        self._hear(rolling.Interrupted())
        self._stopping.interrupt()
        self._starting.interrupt()


def _plan(fleet: Fleet, nodes: Sequence[Node], batch: int | None) -> Rolling:
    table = ProcessTable()
    seen = {node.name: observe(fleet.rundir, node.name, node, table) for node in fleet.nodes}
    member = partial(_member, seen=seen, default=_default_queues(fleet, seen))
    members = [member(node) for node in nodes]
    if batch is None:
        return Rolling(order.all_at_once(members))
    chosen = {node.name for node in nodes}
    others = [member(node) for node in fleet.nodes if node.name not in chosen]
    return Rolling(order.batches(members, others, batch))


def _member(node: Node, seen: dict[str, NodeStatus], default: frozenset[str]) -> Member:
    status = seen[node.name]
    queues = _told(status) or frozenset(node.queues) or default
    return Member(node.name, queues, _standing(status))


def _told(status: NodeStatus) -> frozenset[str]:
    """What it consumes by its own account, for as long as it does."""
    if not status.state.running or status.snapshot is None:
        return frozenset()
    return frozenset(status.snapshot.queues)


def _default_queues(fleet: Fleet, seen: dict[str, NodeStatus]) -> frozenset[str]:
    """What nodes consume for which fleet.yaml names no queues: one that runs knows it."""
    told = (_told(seen[node.name]) for node in fleet.nodes if not node.queues)
    return next(filter(None, told), frozenset({_DEFAULT_QUEUE}))


def _standing(status: NodeStatus) -> Standing:
    if not status.state.running or status.target is None:
        return Standing.DOWN  # also what can't be signalled: it is to be refused before all else
    return Standing.UP if status.state in _CONSUMING else Standing.LEAVING
