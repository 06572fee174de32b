"""Ask nodes to stop, and, where asked to, watch them until they are gone."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import partial
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.fleet.model import Node
from fleetctl.operations import chronicle, shutdown
from fleetctl.operations.endings import Endings
from fleetctl.operations.events import (
    NodeNotRunning,
    NodeRefused,
    OrphansFound,
    SignalSent,
    Sink,
    Warned,
)
from fleetctl.operations.homecoming import await_records
from fleetctl.operations.loop import Loop
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.shutdown import Fact, Rung, Shutdown, advance
from fleetctl.operations.signalling import Target, signal_node
from fleetctl.process.identity import ProcessGone, open_process
from fleetctl.process.lock import LOCK_PATIENCE, Locked
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.formats import Asked, Invoker

_LOOK_INTERVAL = 0.25
_LOCK_INTERVAL = 0.02


class Manner(Enum):
    """How to stop: ask and return, ask and watch, or not wait for tasks."""

    ASK = "stop"
    WATCH = "stopwait"
    NOW = "stop --now"


def stop(
    rundir: Path,
    nodes: Mapping[str, Node | None],
    *,
    manner: Manner,
    invoker: Invoker,
    sink: Sink,
    loop: Loop,
    timeout: float | None = None,
) -> dict[str, Outcome]:
    """Stop `nodes` (by name; None for one that has left fleet.yaml); return how each ended.

    `timeout` bounds the watching, in seconds, and sends nothing.
    """
    targets = [Target(rundir, name, node, invoker) for name, node in nodes.items()]
    await_records(rundir, nodes, loop)
    with Endings(loop, rundir) as endings:
        return Stopping(targets, manner, sink, loop, endings).run(timeout)


class Stopping:
    """The nodes that are being stopped; `run` for all of them, or `begin` for one at a time."""

    def __init__(
        self, targets: list[Target], manner: Manner, sink: Sink, loop: Loop, endings: Endings
    ) -> None:
        self._targets = {target.name: target for target in targets}
        self._manner = manner
        self._sink = sink
        self._loop = loop
        self._endings = endings
        self._began = loop.now()
        self._states: dict[str, Shutdown] = {}
        self._seen: dict[str, NodeStatus] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._locked_since: dict[str, float] = {}
        loop.every(_LOOK_INTERVAL, self._look)

    def run(self, timeout: float | None) -> dict[str, Outcome]:
        with self._loop.interrupts(lambda _: self.interrupt()):
            for name in self._targets:
                self.begin(name)
            if timeout is not None:
                due = self._began + timeout
                self._loop.call_at(due, partial(self._tell_all, shutdown.TimeUp(timeout)))
            self._loop.run(self._finished)
        return {name: self.outcome(name) or Outcome.DONE for name in self._targets}

    def outcome(self, name: str) -> Outcome | None:
        """How the stop of a node that was begun has ended; None while it goes on."""
        state = self._states.get(name)
        nothing_to_do = Outcome.DONE if state is None else None
        return (state.outcome if state else None) or self._outcomes.get(name, nothing_to_do)

    def interrupt(self) -> None:
        """Leave what drains to itself."""
        self._tell_all(shutdown.Interrupted())

    def _finished(self) -> bool:
        return all(self.outcome(name) is not None for name in self._states)

    def begin(self, name: str) -> None:
        """Ask one node to stop, and watch it."""
        status = self._targets[name].observe()
        if status.orphans:
            self._sink(OrphansFound(name, status.orphans))
        if status.target is None:
            self._nothing_to_stop(status)
            return
        if status.state is State.UNRESPONSIVE:
            advice = f"it may not hear the signal; `fleetctl kill {name}` ends it anyway"
            self._sink(Warned(name, f"{status.reason}: {advice}"))
        self._seen[name] = status
        self._states[name] = Shutdown(
            node=name,
            pid=status.target.pid,
            pool=_pool(self._targets[name], status),
            ladder=self._ladder(name, status),
            began=self._loop.now(),
            cold=self._manner is Manner.NOW,
            told=status.snapshot is not None and status.snapshot.told is not None,
            active=status.active,
            soft=status.soft_shutdown_timeout > 0,
            awaited=self._manner is not Manner.ASK,
        )
        self._hear(name, shutdown.Begin())

    def _nothing_to_stop(self, status: NodeStatus) -> None:
        """Fine if nothing runs; a failure if something does that can't be signalled."""
        if status.state.running or status.state is State.FOREIGN:
            reason = status.reason or "it can't be signalled from here"
            self._sink(NodeRefused(status.name, f"not stopped: {reason}"))
            self._outcomes[status.name] = Outcome.FAILED
        else:
            self._sink(NodeNotRunning(status.name, status.state.value, status.reason))
            chronicle.adopted_found_gone(status, self._targets[status.name].rundir, self._sink)

    def _ladder(self, name: str, status: NodeStatus) -> tuple[Rung, ...]:
        pool = _pool(self._targets[name], status)
        if self._manner is Manner.NOW:
            return shutdown.cold_ladder(pool, bool(status.active))
        if self._manner is Manner.ASK:
            return (Rung("TERM", None),)
        spec = self._targets[name].node or status.record
        return shutdown.warm_ladder(
            pool,
            spec.stop_timeout if spec else None,
            spec.kill_timeout if spec else 10.0,
            status.soft_shutdown_timeout,
        )

    def _hear(self, name: str, fact: Fact) -> None:
        """Let the node's machine take in a fact, and send what it asks for.

        While somebody else holds the node's lock, the fact counts as not yet heard: it comes
        again, and the other nodes don't wait for that.
        """
        if isinstance(fact, shutdown.Begin) and self.outcome(name) is not None:
            return
        state, signal, events = advance(self._states[name], fact, self._loop.now())
        try:
            if signal is not None and not self._send(name, signal):
                return
        except Locked as error:
            self._postpone(name, fact, error)
            return
        self._locked_since.pop(name, None)
        self._states[name] = state
        if isinstance(fact, shutdown.Begin) and signal is None:
            self._watch(name)
        for event in events:
            self._sink(event)
        sent = [event for event in events if isinstance(event, SignalSent)]
        if sent and self._manner is not Manner.WATCH:
            self._leave(name, sent[-1])
        elif isinstance(fact, shutdown.Begin) and self._manner is Manner.ASK:
            self._outcomes[name] = Outcome.DONE

    def _postpone(self, name: str, fact: Fact, error: Locked) -> None:
        now = self._loop.now()
        if now - self._locked_since.setdefault(name, now) >= LOCK_PATIENCE:
            self._refuse(name, error)
        elif not isinstance(fact, shutdown.Tick):  # of which the next comes by itself
            self._loop.call_at(now + _LOCK_INTERVAL, partial(self._hear, name, fact))

    def _refuse(self, name: str, error: FleetctlError) -> None:
        self._sink(NodeRefused(name, error.message, error.hint))
        self._outcomes[name] = Outcome.FAILED

    def _leave(self, name: str, sent: SignalSent) -> None:
        """`stop` doesn't watch: it is done with its last signal, but for a KILL, which is quick."""
        if sent.then is None and sent.signal != "KILL":
            self._outcomes[name] = Outcome.FORCED if sent.cut else Outcome.DONE

    def _send(self, name: str, signal: str) -> bool:
        """Whether the signal went out; otherwise it is told why, and the node is settled.

        Raises Locked.
        """
        seen = self._seen[name]
        try:
            signalled = signal_node(self._targets[name], signal, self._sink, seen.target)
        except ProcessGone:
            self._ended(name)
            return False
        except Locked:
            raise
        except FleetctlError as error:
            self._refuse(name, error)
            return False
        if signalled.handle is None:
            self._ended(name)
            return False
        if name in self._endings:
            signalled.handle.close()
        else:
            self._endings.watch(seen, signalled.handle, partial(self._ended, name))
        return True

    def _watch(self, name: str) -> None:
        """Be told when a node ends that needs no signal of ours."""
        seen = self._seen[name]
        try:
            if seen.target is not None:
                handle = open_process(seen.target)
                self._endings.watch(seen, handle, partial(self._ended, name))
        except ProcessGone:
            self._ended(name)

    def _look(self) -> None:
        """What the draining nodes still run, and whether it is time to climb."""
        for name, state in self._states.items():
            if state.rung >= 0 and self.outcome(name) is None:
                status = self._targets[name].observe()
                if status.target == self._seen[name].target:
                    self._hear(name, shutdown.TasksSeen(status.active))
                self._hear(name, shutdown.Tick())

    def _ended(self, name: str) -> None:
        status = self._targets[name].observe()
        other = self._stronger_hand(name, status)
        if other is not None:
            by = other.by
            who = f"{by.user}'s `{by.command}` (pid {by.pid})"
            self._sink(Warned(name, f"SIG{other.signal} came from {who}"))
        seen = self._seen[name]
        if seen.adopted:
            # Its parent has long gone: who watches is the only one to tell.
            chronicle.adopted_ended(seen, self._targets[name].rundir, self._sink)
        signal = other.signal if other else _violence(status)
        active = status.active or (self._states[name].active if signal else ())
        self._hear(name, shutdown.Ended(status.exit, active, signal))

    def _stronger_hand(self, name: str, status: NodeStatus) -> Asked | None:
        """The QUIT or KILL that somebody else sent to the node while we watched it."""
        if status.record is None:
            return None
        ours = self._targets[name].invoker
        others = [
            asked
            for asked in status.record.asked
            if asked.signal != "TERM" and asked.by != ours and (asked.noted or 0.0) >= self._began
        ]
        return others[-1] if others else None

    def _tell_all(self, fact: Fact) -> None:
        for name in self._states:
            if name not in self._outcomes:
                self._hear(name, fact)


def _violence(status: NodeStatus) -> str | None:
    """How a node that we only asked to stop was ended all the same, by whomever (an OOM killer)."""
    if status.exit is not None and status.exit.signal not in (None, "TERM", "INT"):
        return status.exit.signal
    # It went without a last word, tasks in hand.
    return "something unseen" if status.active else None


def _pool(target: Target, status: NodeStatus) -> str:
    """The pool that runs, which the app's own settings may have chosen; else what it was told."""
    if status.snapshot is not None and status.snapshot.pool is not None:
        return status.snapshot.pool
    spec = status.record or target.node
    return spec.pool if spec else "prefork"
