"""One node's way to ready or failed: (state, fact, now) -> (state, actions, events).

Pure: `fleetctl.operations.start` gathers the facts and carries out the actions.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from enum import Enum

from fleetctl.operations.events import (
    Event,
    NodeAlreadyRunning,
    NodeAwaited,
    NodeFailed,
    NodeLeftStarting,
    NodeProgressed,
    NodeReady,
    NodeRefused,
    NodeSpawned,
    Warned,
)
from fleetctl.operations.outcome import Outcome
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.formats import Cause, Exit


class Phase(Enum):
    """Where a node stands on its way."""

    LOOKING = "looking"
    AWAITING_EXIT = "awaiting exit"
    LAUNCHING = "launching"
    BOOTING = "booting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Startup:
    """One node's start. ``began`` and ``spawned`` are monotonic seconds."""

    node: str
    began: float
    wait: bool = True
    phase: Phase = Phase.LOOKING
    pid: int = 0
    text: str | None = None
    shared: bool = False
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Observed:
    """What the node is now."""

    status: NodeStatus


@dataclass(frozen=True, slots=True)
class Spawned:
    """The launcher has forked it; its record is durable."""

    pid: int


@dataclass(frozen=True, slots=True)
class Unspawned:
    """It could not be forked; nothing of it runs."""

    cause: Cause
    tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progressed:
    """It said what it is doing."""

    text: str


@dataclass(frozen=True, slots=True)
class BecameReady:
    """It said that it consumes."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The process that was waited for is gone; `cause` is why, if it was starting."""

    cause: Cause
    exit: Exit | None = None
    tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time to wait is over; `text` is where the node stands, if it is still starting."""

    text: str | None = None


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user has had enough of waiting; `text` as for `TimeUp`."""

    text: str | None = None


Fact = Observed | Spawned | Unspawned | Progressed | BecameReady | Ended | TimeUp | Interrupted


class Action(Enum):
    """What the machine wants done."""

    LOOK = "observe it again"
    LAUNCH = "have a launcher fork it"
    AWAIT_EXIT = "say when its process has ended"
    AWAIT_READY = "say when it is ready or its process has ended"


Step = tuple[Startup, tuple[Action, ...], tuple[Event, ...]]


def advance(state: Startup, fact: Fact, now: float) -> Step:
    """The next state, what to do, and what to tell."""
    if state.phase is Phase.DONE:
        return state, (), ()
    match fact:
        case Observed(status):
            return _observed(state, status)
        case Spawned(pid):
            return _spawned(state, pid)
        case Unspawned(cause, tail):
            return _done(state, Outcome.FAILED, NodeFailed(state.node, cause, None, tail))
        case Progressed(text):
            return replace(state, text=text), (), (NodeProgressed(state.node, text),)
        case BecameReady() if state.shared:
            return _done(state, Outcome.DONE, NodeAlreadyRunning(state.node, state.pid, "ready"))
        case BecameReady():
            return _done(state, Outcome.DONE, NodeReady(state.node, state.pid, now - state.began))
        case Ended():
            return _ended(state, fact)
        case TimeUp(text):
            return _given_up(state, Outcome.TIMED_OUT, text, now)
        case Interrupted(text):
            return _given_up(state, Outcome.INTERRUPTED, text, now)


def _observed(state: Startup, status: NodeStatus) -> Step:
    pid = status.target.pid if status.target else 0
    state = replace(state, pid=pid)
    match status.state:
        case State.READY | State.DISCONNECTED:
            runs = _runs(state, status)
            return _done(state, Outcome.DONE, replace(runs, changes=status.changes))
        case State.UNRESPONSIVE:
            return _done(state, Outcome.FAILED, _runs(state, status))
        case State.DRAINING:
            waiting = replace(state, phase=Phase.AWAITING_EXIT)
            event = NodeAwaited(state.node, pid, status.active)
            return waiting, (Action.AWAIT_EXIT,), (event,)
        case State.STARTING:
            return _await_other(state, status)
        case State.FOREIGN if not startable(status):
            return _done(state, Outcome.REFUSED, _refusal(state, status))
        case State.FOREIGN if state.phase is Phase.LOOKING:
            stale = Warned(state.node, f"replacing a stale pidfile: {status.reason}")
            return replace(state, phase=Phase.LAUNCHING), (Action.LAUNCH,), (stale,)
        case _:
            return replace(state, phase=Phase.LAUNCHING), (Action.LAUNCH,), ()


def _runs(state: Startup, status: NodeStatus) -> NodeAlreadyRunning:
    return NodeAlreadyRunning(state.node, state.pid, status.state.value, reason=status.reason)


def startable(status: NodeStatus) -> bool:
    """Whether nothing of the node's runs; a stranger that merely has its old pid is no obstacle."""
    if status.state is State.FOREIGN:
        return status.stale is not None
    return not status.state.running


def _await_other(state: Startup, status: NodeStatus) -> Step:
    """Somebody else's start is under way: share in its outcome."""
    if not state.wait:
        return _done(state, Outcome.DONE, _runs(state, status))
    text = status.reason or "being started by another fleetctl"
    booting = replace(state, phase=Phase.BOOTING, text=text, shared=True)
    events: tuple[Event, ...] = (NodeProgressed(state.node, text),)
    if status.changes:
        changed = f"fleet.yaml has changed since it was started: {', '.join(status.changes)}"
        remedy = f"`fleetctl restart {shlex.quote(state.node)}` brings it up to date"
        events = (Warned(state.node, f"{changed}; {remedy}"), *events)
    return booting, (Action.AWAIT_READY,), events


def _refusal(state: Startup, status: NodeStatus) -> NodeRefused:
    hint = "stop that process yourself, or remove the pidfile if it is not this worker"
    if status.of_another_fleet:
        hint = "give one of the two fleets a rundir of its own"
        if status.record is not None:
            words = ["fleetctl", "-f", status.record.fleet, "stopwait", state.node]
            hint += f", or hand over: `{shlex.join(words)}`"
    return NodeRefused(
        state.node,
        status.reason or "its pidfile names a process that is not this worker",
        hint,
    )


def _spawned(state: Startup, pid: int) -> Step:
    state = replace(state, phase=Phase.BOOTING, pid=pid)
    event = NodeSpawned(state.node, pid)
    if state.wait:
        return state, (Action.AWAIT_READY,), (event,)
    left = NodeLeftStarting(state.node, pid, 0.0, None)
    return replace(state, phase=Phase.DONE, outcome=Outcome.DONE), (), (event, left)


def _ended(state: Startup, ended: Ended) -> Step:
    if state.phase is Phase.AWAITING_EXIT:
        return replace(state, phase=Phase.LOOKING), (Action.LOOK,), ()
    return _done(state, Outcome.FAILED, NodeFailed(state.node, ended.cause, ended.exit, ended.tail))


def _given_up(state: Startup, outcome: Outcome, text: str | None, now: float) -> Step:
    if state.phase is Phase.BOOTING:
        left = NodeLeftStarting(state.node, state.pid, now - state.began, text or state.text)
        return _done(state, outcome, left)
    if state.phase is Phase.AWAITING_EXIT:
        reason = f"not started: its old process (pid {state.pid}) is still draining"
        hint = f"`fleetctl stopwait {state.node}` shows what it still runs"
        return _done(state, outcome, NodeRefused(state.node, reason, hint))
    why = "interrupted" if outcome is Outcome.INTERRUPTED else "no time left"
    return _done(state, outcome, NodeRefused(state.node, f"not started: {why}"))


def _done(state: Startup, outcome: Outcome, event: Event) -> Step:
    return replace(state, phase=Phase.DONE, outcome=outcome), (), (event,)
