"""Every format the two halves share: identities, records, snapshots, exits, the launch plan.

The controller reads what the runtime writes and the other way round, each under its own
Python; whatever passes between them is defined here and nowhere else.

Clocks: a field named ``..._at`` is seconds since the epoch, for people to read. Everything
that is *aged* is seconds of CLOCK_MONOTONIC (``time.monotonic()``), which on Linux is one clock
for all processes since boot and which nobody can set.
"""

import json
from dataclasses import dataclass, field, fields
from typing import Any, Dict, List, Optional, Type, TypeVar

SCHEMA = 1

#: Phases of a node, as its own agent tells them.
BOOTING = "booting"  # before the app has been imported
CONNECTING = "connecting"  # the worker is set up and is reaching for its broker
CONSUMING = "consuming"  # has been ready; the broker may be away again, see Broker
DRAINING = "draining"  # told to stop, finishing its tasks
EXITED = "exited"  # left by its own will; the last thing an agent writes
FAILED = "failed"  # left before it was ready; `cause` says why

T = TypeVar("T")


@dataclass(frozen=True)
class Identity:
    """A process, told apart from every other that ever had or will have its pid.

    ``start_ticks`` is field 22 of /proc/PID/stat (clock ticks since boot), ``boot_id`` is
    /proc/sys/kernel/random/boot_id, ``pid_namespace`` the inode of /proc/PID/ns/pid.
    """

    pid: int
    start_ticks: int
    boot_id: str
    pid_namespace: int


@dataclass(frozen=True)
class Invoker:
    """Who asked for something: user name, terminal (or None), the command typed, its pid."""

    user: str
    tty: Optional[str]
    command: str
    pid: int


@dataclass(frozen=True)
class Asked:
    """A signal fleetctl sent to a node, by name (``TERM``, ``QUIT``, ``KILL``).

    ``noted`` is when, like ``at``, on the monotonic clock; ``cut`` are tasks that a QUIT cut off:
    the node itself leaves in order and no longer knows them.
    """

    signal: str
    at: float
    by: Invoker
    noted: Optional[float] = None
    cut: List["ActiveTask"] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """What fleetctl knows of a node it started; durable on disk before the node runs."""

    name: str
    worker: str
    nodename: str
    kind: str
    fleet: str
    app: str
    launch: str
    identity: Identity
    uid: int
    python: str
    argv: List[str]
    workdir: str
    pidfile: str
    logfile: str
    pool: str
    concurrency: Optional[int]
    queues: List[str]
    digest: str
    started_at: float
    started_monotonic: float
    started_by: Invoker
    stop_timeout: Optional[float] = None
    kill_timeout: float = 10.0
    asked: List[Asked] = field(default_factory=list)
    schema: int = SCHEMA


@dataclass(frozen=True)
class ActiveTask:
    """A task a node is executing; ``started`` is on the monotonic clock."""

    id: str
    name: str
    started: float
    acks_late: bool = False


@dataclass(frozen=True)
class Broker:
    """The consumer's connection: its URL without the password, and since when it is up or down."""

    url: str
    connected: bool
    since: float
    since_at: float
    error: Optional[str] = None


@dataclass(frozen=True)
class Cause:
    """Why a node never became ready, or left by itself after it had been.

    ``kind`` is one of: ``app-missing``, ``app-error``, ``app-exit``, ``app-hang``,
    ``celery-missing``, ``pool-unknown``, ``pool-library-missing``, ``permission``, ``option``,
    ``already-running``, ``broker``, ``error``.
    ``file`` and ``line`` name the innermost place in the user's own code, where there is one.
    """

    kind: str
    message: str
    file: Optional[str] = None
    line: Optional[int] = None


@dataclass(frozen=True)
class Snapshot:
    """The last thing a node's agent said of it.

    ``written`` is when (monotonic); ``answered`` when the consumer's loop last ran what the agent
    handed it; ``cpu`` the CPU seconds of the node and its pool children at ``written``;
    ``cpu_percent`` their mean since the sample before, at least a second earlier (100 is one core);
    ``cold_term`` whether TERM is a cold shutdown here (REMAP_SIGTERM=SIGQUIT);
    ``place`` where the main thread stands (``file:line in function``) while the node boots;
    ``told`` the signal that began the drain, or ``shutdown`` (remote control's); ``pool_size`` the
    live pool processes, or as many threads or greenlets as may run at once.
    """

    launch: str
    pid: int
    phase: str
    phase_since: float
    phase_since_at: float
    written: float
    written_at: float
    ready_at: Optional[float] = None
    answered: Optional[float] = None
    broker: Optional[Broker] = None
    active: List[ActiveTask] = field(default_factory=list)
    reserved: int = 0
    processed: int = 0
    failed: int = 0
    pool: Optional[str] = None
    pool_size: Optional[int] = None
    concurrency: Optional[int] = None
    queues: List[str] = field(default_factory=list)
    cpu: Optional[float] = None
    cpu_percent: Optional[float] = None
    soft_shutdown_timeout: float = 0.0
    cold_term: bool = False
    place: Optional[str] = None
    told: Optional[str] = None
    cause: Optional[Cause] = None
    celery: Optional[str] = None
    python: Optional[str] = None
    schema: int = SCHEMA


@dataclass(frozen=True)
class Exit:
    """How a node ended, as its parent saw it: an exit code, or the name of a signal (``KILL``)."""

    launch: str
    code: Optional[int]
    signal: Optional[str]
    at: float
    schema: int = SCHEMA


@dataclass(frozen=True)
class NodePlan:
    """One node of a launch. ``record`` lacks only the identity and the time, which the fork gives.

    ``env`` is set, ``unset`` removed, on top of the launcher's own environment. ``exec_node`` asks
    for a fresh interpreter (gevent and eventlet patch before anything is imported).
    """

    record: Record
    env: Dict[str, str]
    unset: List[str]
    umask: Optional[int]
    exec_node: bool


@dataclass(frozen=True)
class LaunchPlan:
    """The first line a launcher reads from its control socket.

    ``notify`` is the address of the controller's sd_notify socket, ``registry`` the folder of
    nodename leases (one a user and machine).
    """

    launch: str
    rundir: str
    notify: str
    registry: str
    preload_app: Optional[str]
    nodes: List[NodePlan]
    schema: int = SCHEMA


@dataclass(frozen=True)
class Order:
    """Controller to launcher, one JSON line each: ``{"start": NAME}``; end of file: no more.

    With each comes the node's open, locked lock file (SCM_RIGHTS): whoever holds it open shares
    the lock.
    """

    start: str


@dataclass(frozen=True)
class Word:
    """Launcher to controller, one JSON line each.

    ``imported`` (Celery is loaded, orders are welcome), ``spawned`` (NAME's record is durable and
    the node runs), ``unspawned`` (fork or record failed; ``error`` says why; no node runs),
    ``exited`` (NAME is gone; its Exit is on disk, unless nobody can know it), ``broken`` (this
    launcher can't start anything: ``error``).
    """

    word: str
    node: Optional[str] = None
    pid: Optional[int] = None
    error: Optional[str] = None


@dataclass(frozen=True)
class ProbePlan:
    """What a probe is to try: import `app`, then parse each node's arguments after ``celery``.

    All nodes share the pool's library (gevent, eventlet) or need none. `env` is set on top of the
    probe's own environment. It ends itself after `limit` seconds.
    """

    app: str
    pool: str
    limit: float
    nodes: Dict[str, List[str]]
    env: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fault:
    """Why code can't start: for every node, or for `node` alone."""

    cause: Cause
    node: Optional[str] = None


@dataclass(frozen=True)
class ProbeAnswer:
    """Probe to controller, one line of JSON; without faults all is well."""

    faults: List[Fault]


class Malformed(ValueError):
    """A file or message isn't of the format it should be."""


def to_json(value: Any) -> bytes:
    """One line of JSON for a dataclass of this module, without the newline."""
    return json.dumps(vars(value), separators=(",", ":"), default=vars).encode("utf-8")


def from_json(kind: Type[T], data: bytes) -> T:
    """The dataclass that `to_json` wrote. Unknown keys are ignored (a newer writer's).

    Raises Malformed for anything else.
    """
    try:
        decoded = json.loads(data.decode("utf-8"))
    except ValueError as error:
        raise Malformed(f"not a {kind.__name__}: {error}") from error
    return build(kind, decoded)


def build(kind: Type[T], data: Any) -> T:
    """The dataclass that decoded JSON is; raises Malformed."""
    try:
        value: T = _build(kind, data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Malformed(f"not a {kind.__name__}: {error}") from error
    return value


_NESTED: Dict[Any, Dict[str, Any]] = {
    Asked: {"by": Invoker, "cut": [ActiveTask]},
    Record: {"identity": Identity, "started_by": Invoker, "asked": [Asked]},
    Snapshot: {"broker": Broker, "active": [ActiveTask], "cause": Cause},
    NodePlan: {"record": Record},
    LaunchPlan: {"nodes": [NodePlan]},
    Fault: {"cause": Cause},
    ProbeAnswer: {"faults": [Fault]},
}


def _build(kind: Any, data: Dict[str, Any]) -> Any:
    known = {f.name for f in fields(kind)}
    values = {key: value for key, value in data.items() if key in known}
    for name, nested in _NESTED.get(kind, {}).items():
        value = values.get(name)
        if value is None:
            continue
        if isinstance(nested, list):
            values[name] = [_build(nested[0], item) for item in value]
        else:
            values[name] = _build(nested, value)
    return kind(**values)
