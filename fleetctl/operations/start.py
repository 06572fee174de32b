"""Start what isn't running, all at once, until each node is ready or says why it is not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from fleetctl.fleet.model import Fleet, Node
from fleetctl.operations import chronicle, startup
from fleetctl.operations.endings import Endings
from fleetctl.operations.events import OrphansFound, Sink
from fleetctl.operations.homecoming import await_records
from fleetctl.operations.launch import Launches
from fleetctl.operations.loop import Loop
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.startup import Action, Fact, Phase, Startup, advance
from fleetctl.process.facts import observe
from fleetctl.process.identity import ProcessGone, open_process
from fleetctl.process.notify import Notice, NotifySocket
from fleetctl.process.procfs import ProcessTable
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.formats import Cause, Invoker
from fleetctl.runtime.status_text import FAILED_TEXT

START_TIMEOUT = 60.0
"""Seconds `start` waits by default; what isn't ready by then goes on starting."""

_OBSERVE_INTERVAL = 0.1
_UP = frozenset({State.READY, State.DISCONNECTED})
_CHECK_INTERVAL = 1.0
_IN_FLIGHT = 0.02


def start(
    fleet: Fleet,
    nodes: Sequence[Node],
    *,
    invoker: Invoker,
    sink: Sink,
    loop: Loop,
    timeout: float | None = START_TIMEOUT,
    wait: bool = True,
) -> dict[str, Outcome]:
    """Start `nodes` and return how each ended. `timeout` is seconds for all together.

    What is draining is waited for, then started. A node that fails raises nothing: that is in its
    outcome and in the events.
    """
    with NotifySocket() as notify, Endings(loop, fleet.rundir) as endings:
        operation = Starting(
            fleet,
            nodes,
            loop=loop,
            sink=sink,
            notify=notify,
            endings=endings,
            invoker=invoker,
            wait=wait,
        )
        try:
            return operation.run(timeout)
        finally:
            operation.close()


class Starting:
    """The nodes that are being started; `run` for all of them, or `begin` for one at a time."""

    def __init__(
        self,
        fleet: Fleet,
        nodes: Sequence[Node],
        *,
        loop: Loop,
        sink: Sink,
        notify: NotifySocket,
        endings: Endings,
        invoker: Invoker,
        wait: bool,
    ) -> None:
        self._fleet = fleet
        self._nodes = {node.name: node for node in nodes}
        self._loop = loop
        self._sink = sink
        self._notify = notify
        self._endings = endings
        self._invoker = invoker
        self._began = loop.now()
        self._wait = wait
        self._states: dict[str, Startup] = {}
        self._launches = Launches(
            fleet, loop=loop, notify=notify.address, invoker=invoker, hear=self._hear
        )
        self._by_pid: dict[int, str] = {}
        self._early: dict[int, list[Notice]] = {}
        self._strangers: set[str] = set()
        loop.watch(notify, self._read_notices)
        loop.every(_OBSERVE_INTERVAL, partial(self._observe_booting, self._strangers))
        loop.every(_CHECK_INTERVAL, partial(self._observe_booting, self._states.keys()))
        loop.every(_CHECK_INTERVAL, self._observe_awaited)

    def run(self, timeout: float | None) -> dict[str, Outcome]:
        if timeout is not None:
            self._loop.call_at(self._began + timeout, partial(self._give_up, startup.TimeUp))
        chronicle.warn_unless_writable(self._fleet.rundir, self._sink)
        await_records(self._fleet.rundir, self._nodes, self._loop)
        with self._loop.interrupts(lambda _: self.interrupt()):
            self._look_at_all()
            self._loop.run(self._finished)
        return {name: state.outcome or Outcome.FAILED for name, state in self._states.items()}

    def prepare(self) -> None:
        """Begin the launchers of all nodes before any is asked for; raises FleetctlError."""
        self._launches.expect(self._nodes.values())
        self._launches.begin()

    def begin(self, name: str, timeout: float | None) -> None:
        """Start one node, of those that were prepared; `timeout` is seconds for it alone."""
        began = self._loop.now()
        if timeout is not None:
            self._loop.call_at(began + timeout, partial(self._give_up, startup.TimeUp, name))
        self._look_at(name, self._observe(name), began)

    def outcome(self, name: str) -> Outcome | None:
        """How the start of a node that was begun has ended; None while it goes on."""
        return self._states[name].outcome

    def interrupt(self) -> None:
        """Leave what isn't ready to itself."""
        self._give_up(startup.Interrupted)

    def close(self) -> None:
        self._loop.unwatch(self._notify)
        self._launches.close()

    def _finished(self) -> bool:
        return all(state.phase is Phase.DONE for state in self._states.values())

    def _look_at_all(self) -> None:
        """Observe first, so that launchers are made only for what has to be started."""
        table = ProcessTable()
        seen = {name: self._observe(name, table) for name in self._nodes}
        self._launches.expect(
            self._nodes[name] for name, status in seen.items() if _may_launch(status)
        )
        for name, status in seen.items():
            self._look_at(name, status, self._began)

    def _look_at(self, name: str, status: NodeStatus, began: float) -> None:
        self._states[name] = Startup(name, began, self._wait)
        if status.orphans:
            self._sink(OrphansFound(name, status.orphans))
        chronicle.adopted_found_gone(status, self._fleet.rundir, self._sink)
        self._hear(name, startup.Observed(status))

    def _observe(self, name: str, table: ProcessTable | None = None) -> NodeStatus:
        return observe(self._fleet.rundir, name, self._nodes[name], table)

    def _hear(self, name: str, fact: Fact) -> None:
        """Let the node's machine take in a fact, and do what it asks for."""
        state, actions, events = advance(self._states[name], fact, self._loop.now())
        self._states[name] = state
        for event in events:
            self._sink(event)
            chronicle.of_start(self._fleet.rundir, event, fact, self._invoker, self._sink)
        for action in actions:
            self._act(name, action, fact)

    def _give_up(
        self, why: type[startup.TimeUp | startup.Interrupted], only: str | None = None
    ) -> None:
        """Leave what isn't ready to itself, saying where each node stands at this moment."""
        names = list(self._states) if only is None else [only]
        self._launches.cancel(names)
        if self._launches.in_flight:
            self._loop.call_at(self._loop.now() + _IN_FLIGHT, partial(self._give_up, why, only))
            return
        self._observe_booting(names)
        for name in names:
            booting = self._states[name].phase is Phase.BOOTING
            self._hear(name, why(self._observe(name).reason if booting else None))

    def _act(self, name: str, action: Action, fact: Fact) -> None:
        match action:
            case Action.LAUNCH:
                self._launches.request(self._nodes[name])
            case Action.LOOK:
                self._hear(name, startup.Observed(self._observe(name)))
            case Action.AWAIT_EXIT:
                self._watch(name)
            case Action.AWAIT_READY:
                self._watch(name)
                if isinstance(fact, startup.Spawned):
                    self._take_early_notices(name, fact.pid)
                else:
                    self._strangers.add(name)

    def _watch(self, name: str) -> None:
        """Be told by the kernel when the node's process ends."""
        status = self._observe(name)
        ended = partial(self._ended, name)
        try:
            if status.target is None:
                raise ProcessGone(name)
            self._endings.watch(status, open_process(status.target), ended)
        except ProcessGone:
            self._loop.call_at(self._loop.now(), ended)

    def _ended(self, name: str) -> None:
        self._strangers.discard(name)
        self._read_notices()  # its last words may have been all it could still say
        status = self._observe(name)
        cause = _cause(status, self._states[name].text)
        # Where the place is known, a traceback says no more, at length.
        tail = () if cause.file else self._launches.last_lines(self._nodes[name])
        self._hear(name, startup.Ended(cause, status.exit, tail))

    def _read_notices(self) -> None:
        for notice in self._notify.receive():
            name = self._by_pid.get(notice.pid)
            if name is None:
                self._early.setdefault(notice.pid, []).append(notice)
            else:
                self._take_notice(name, notice)

    def _take_early_notices(self, name: str, pid: int) -> None:
        """A node may speak before its launcher has said that it was spawned."""
        self._by_pid[pid] = name
        for notice in self._early.pop(pid, ()):
            self._take_notice(name, notice)

    def _take_notice(self, name: str, notice: Notice) -> None:
        if notice.ready:
            self._hear(name, startup.BecameReady())
        elif notice.status:
            self._hear(name, startup.Progressed(notice.status))

    def _observe_booting(self, names: Collection[str]) -> None:
        """Read what booting nodes write: strangers tell another fleetctl, datagrams get lost."""
        for name in tuple(names):
            if self._states[name].phase is Phase.BOOTING and self._observe(name).state in _UP:
                self._strangers.discard(name)
                self._hear(name, startup.BecameReady())

    def _observe_awaited(self) -> None:
        """See which node doesn't drain at all: who noted a signal may have died before it went."""
        for name, state in tuple(self._states.items()):
            if state.phase is Phase.AWAITING_EXIT:
                status = self._observe(name)
                if status.state in _UP:
                    self._hear(name, startup.Observed(status))


def _may_launch(status: NodeStatus) -> bool:
    return startup.startable(status) or status.state in (State.DRAINING, State.STARTING)


def _cause(status: NodeStatus, said: str | None) -> Cause:
    """Why it never became ready; what it `said` at last counts where it could write nothing."""
    if status.snapshot is not None and status.snapshot.cause is not None:
        return status.snapshot.cause
    if said is not None and said.startswith(FAILED_TEXT):
        return Cause("error", said.removeprefix(FAILED_TEXT))
    if status.state is State.STOPPED:
        return Cause("error", "told to stop before it was ready")
    if status.exit is not None and status.exit.signal is not None:
        return Cause("error", f"killed by SIG{status.exit.signal} before it was ready")
    if status.exit is not None:
        return Cause("error", f"exited with {status.exit.code} before it was ready")
    return Cause("error", status.reason or "ended before it was ready")
