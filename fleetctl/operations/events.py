"""What happened, told by the operations to one sink: frozen facts in the past tense.

The live board and the plain lines are two views of these. ``node`` is always the node's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fleetctl.runtime.formats import ActiveTask, Cause, Exit


@dataclass(frozen=True, slots=True)
class Event:
    node: str


@dataclass(frozen=True, slots=True)
class NodeAlreadyRunning(Event):
    """Nothing to start: it runs, `state` says how well, `reason` why it isn't ready.

    `changes` are those of fleet.yaml since.
    """

    pid: int
    state: str
    changes: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class NodeAwaited(Event):
    """Before it can be started, the old process must be gone (it is draining)."""

    pid: int
    active: tuple[ActiveTask, ...]


@dataclass(frozen=True, slots=True)
class NodeSpawned(Event):
    pid: int


@dataclass(frozen=True, slots=True)
class NodeProgressed(Event):
    """What a starting node says it is doing: ``importing proj.celery``, ``connecting to redis://…``."""

    text: str


@dataclass(frozen=True, slots=True)
class NodeReady(Event):
    pid: int
    seconds: float


@dataclass(frozen=True, slots=True)
class NodeFailed(Event):
    """It never became ready. `tail` are the last lines it logged or printed."""

    cause: Cause
    exit: Exit | None
    tail: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeLeftStarting(Event):
    """The time to wait is over, or nobody waits (`--no-wait`); the node goes on starting."""

    pid: int
    waited: float
    text: str | None


@dataclass(frozen=True, slots=True)
class NodeRefused(Event):
    """Nothing was done to the node, and why; `hint` says what to do."""

    reason: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class NodeNotRunning(Event):
    """Nothing to stop."""

    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class SignalSent(Event):
    """`then` is the next rung of the ladder, in `then_in` seconds; None: as long as tasks run.

    `cut` are the tasks it cuts off; with `fates` they are lost or requeued by it, for certain.
    `awaited`: somebody stays to see the end.
    """

    pid: int
    signal: str
    then: str | None = None
    then_in: float | None = None
    cut: tuple[ActiveTask, ...] = ()
    fates: bool = False
    awaited: bool = True


@dataclass(frozen=True, slots=True)
class TasksRunning(Event):
    """The tasks a draining node is still running."""

    active: tuple[ActiveTask, ...]


@dataclass(frozen=True, slots=True)
class NodeStopped(Event):
    """`forced` is the hardest signal it got beyond TERM; `lost` and `requeued` were cut off.

    `amiss` is whether it took more force, or cost more, than was asked for.
    """

    pid: int
    exit: Exit | None
    seconds: float
    forced: str | None = None
    lost: tuple[ActiveTask, ...] = ()
    requeued: tuple[ActiveTask, ...] = ()
    amiss: bool = False


@dataclass(frozen=True, slots=True)
class NodeStillStopping(Event):
    """The time to wait is over, or the watching was interrupted; the drain goes on."""

    pid: int
    waited: float
    active: tuple[ActiveTask, ...]


@dataclass(frozen=True, slots=True)
class OrphansFound(Event):
    """Pool children that outlived their main process."""

    pids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RestartHalted(Event):
    """A restart has ended before its end: how it leaves the nodes. ``node`` is empty.

    ``draining`` ones will be down once they have finished; ``untouched`` ones run as before; in the
    place of ``refused`` ones something else runs.
    """

    restarted: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    starting: tuple[str, ...] = ()
    draining: tuple[str, ...] = ()
    untouched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppsTried(Event):
    """The probes take their time to import `apps`, and are given `limit` seconds."""

    apps: tuple[str, ...]
    limit: float


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something the operator should know; `node` is empty when it is about all.

    `failed` is whether something that was tried has failed, though nothing else depends on it.
    """

    message: str
    failed: bool = False


Sink = Callable[[Event], None]
