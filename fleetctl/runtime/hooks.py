"""Where the agent takes hold of Celery: two bootsteps, three signals, a count of failures.

Nothing of the user's app is touched, and all of it is imported after gevent or eventlet patched.
"""

import functools
import itertools
import os
import signal
from types import FrameType
from typing import Any, Callable, Dict, List, Optional, Tuple

import celery
from billiard import common
from billiard.einfo import ExceptionWithTraceback
from celery import bootsteps, signals
from celery.apps import worker as program
from celery.exceptions import Ignore, Reject, Retry, Terminated
from celery.worker import state
from celery.worker.request import Request

from . import native
from .agent import Agent
from .broker_url import shown
from .causes import boot_cause, exit_cause, is_of_logging, one_line
from .formats import ActiveTask, Cause
from .workings import Workings

EX_CANTCREAT = 73
MOST_TASKS_TOLD = 2000

_POOLS = {"thread": "threads"}


class RunningWorker(Workings):
    """Answers for the worker of this process, from the agent's thread."""

    def __init__(self, worker: Any) -> None:
        self._worker = worker
        self._consumer: Any = None
        self._started: Dict[Tuple[str, float], float] = {}
        module = worker.pool_cls if isinstance(worker.pool_cls, str) else worker.pool_cls.__module__
        name = module.rpartition(":")[0] or module
        short = name.rpartition(".")[2]
        self.pool = _POOLS.get(short, short)
        self.celery = celery.__version__
        timeout = getattr(worker.app.conf, "worker_soft_shutdown_timeout", None)
        self.soft_shutdown_timeout = float(timeout or 0.0)
        # Read when billiard was imported, which for a forked node was in its launcher.
        self.cold_term = getattr(common, "REMAP_SIGTERM", None) == "SIGQUIT"

    def attach(self, consumer: Any) -> None:
        """The consumer whose loop `call_soon` reaches."""
        self._consumer = consumer

    @property
    def processed(self) -> int:
        # Celery counts a task when it begins.
        return max(int(state.all_total_count[0]) - len(state.active_requests), 0)

    @property
    def counts(self) -> Tuple[int, int]:
        return len(state.active_requests), len(state.reserved_requests)

    @property
    def concurrency(self) -> Optional[int]:
        value = self._worker.concurrency
        return value if isinstance(value, int) else None

    @property
    def pool_size(self) -> Optional[int]:
        if self.pool == "prefork":
            return len(self._processes())
        size = getattr(self._worker.pool, "num_processes", None)
        return size if isinstance(size, int) else self.concurrency

    @property
    def queues(self) -> List[str]:
        consuming = getattr(getattr(self._consumer, "task_consumer", None), "queues", None)
        if consuming:
            return [queue.name for queue in list(consuming)]
        return list(self._worker.app.amqp.queues.consume_from)

    @property
    def shape(self) -> Any:
        consumer = getattr(self._consumer, "task_consumer", None)
        size = getattr(self._worker.pool, "num_processes", None)
        return size, consumer is not None and len(consumer.queues)

    @property
    def children(self) -> List[int]:
        return [process.pid for process in self._processes() if process.pid]

    def active(self, now: float) -> List[ActiveTask]:
        shift = now - native.clock()
        started = self._started
        self._started = {}
        told = []
        for request in _live(state.active_requests):
            key = (request.id, request.time_start or 0.0)
            # Reckoned once: the clock of `time_start` may be set while the task runs.
            begun = started.get(key, (request.time_start or native.clock()) + shift)
            self._started[key] = begun
            late = bool(request.task.acks_late)
            told.append(ActiveTask(request.id, request.name, begun, late))
        told.sort(key=lambda task: task.started)
        return told[:MOST_TASKS_TOLD]

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> bool:
        if self._consumer is None or self._consumer.connection is None:
            return False
        self._consumer.call_soon(callback, *args)
        return True

    def _processes(self) -> List[Any]:
        # worker.pool is Celery's, its _pool billiard's, and that one's _pool the list of processes.
        inner = getattr(getattr(self._worker.pool, "_pool", None), "_pool", None)
        return list(inner) if isinstance(inner, list) else []


def _live(requests: Any) -> List[Any]:
    # Iterating a WeakSet while the main thread changes it raises now and then; its data never did.
    found = [reference() for reference in list(requests.data)]
    return [request for request in found if request is not None]


def install(agent: Agent) -> None:
    """Have every worker that this process makes from now on tell `agent` how it is."""

    def on_init(sender: Any, **_: Any) -> None:
        agent.workings = RunningWorker(sender)
        sender.app.steps["worker"].add(_worker_step(agent))
        sender.app.steps["consumer"].add(_consumer_step(agent))

    def on_ready(sender: Any, **_: Any) -> None:
        # On Redis the signal comes before the first read of the queue; the loop's first turn says
        # that the loop turns.
        sender.call_soon(agent.consuming)

    def on_shutting_down(sig: str = "shutdown", **_: Any) -> None:
        agent.draining(sig[3:] if sig.startswith("SIG") else sig)

    def on_process_init(**_: Any) -> None:
        # TERM to the node's group would end its children, tasks and all (celery/celery#2700); a
        # leader of its own group is what billiard expects where it ends one with all it started.
        # (The solo pool's one process is the node's own, which leads its session already.)
        if os.getpgid(0) != os.getpid():
            os.setpgid(0, 0)

    signals.worker_process_init.connect(on_process_init, weak=False)
    signals.worker_init.connect(on_init, weak=False)
    signals.worker_ready.connect(on_ready, weak=False)
    signals.worker_shutting_down.connect(on_shutting_down, weak=False)
    count_failures(agent)
    tell_beginnings(agent)
    guard_signals(agent)


def _worker_step(agent: Agent) -> type:
    class FleetctlWorkerStep(bootsteps.StartStopStep):  # type: ignore[misc]
        """Sees the worker start, fail to, and close (on remote control's word too)."""

        requires = ("celery.worker.components:Pool",)

        def __init__(self, worker: Any, **options: Any) -> None:
            super().__init__(worker, **options)
            agent.pidfile = worker.pidfile
            worker.blueprint.start = watched_start(agent, worker.blueprint.start)

        def close(self, _: Any) -> None:
            # Celery sends no worker_shutting_down where its cold handler raised: solo, gevent.
            if is_cold():
                agent.draining("QUIT")
            elif agent.standing.cause is None:
                agent.draining("shutdown")

    return FleetctlWorkerStep


def watched_start(agent: Agent, start: Callable[[Any], None]) -> Callable[[Any], None]:
    """`start`, telling the agent why it ended: WorkController.start logs it and forgets it."""

    @functools.wraps(start)
    def watched(worker: Any) -> None:
        try:
            start(worker)
        except Exception as error:
            if not is_cold():
                # Without the library for it, no broker was ever asked for.
                other = isinstance(error, ImportError) or is_of_logging(error)
                lost = None if other else _lost_broker(agent)
                agent.failed(lost or boot_cause(error, agent.record.pool))
            raise
        except SystemExit as leaving:
            cause = None
            if leaving.code and not agent.was_told and not is_cold():
                cause = _lost_broker(agent) or exit_cause(leaving, agent.was_ready)
            if leaving.code == EX_CANTCREAT:
                text = f"pidfile {worker.pidfile} belongs to a live process"
                cause = Cause("already-running", text)
            if cause is not None:
                agent.failed(cause)
            raise

    return watched


def is_cold() -> bool:
    """Whether the worker is shut down cold: what its tasks and steps raise then is no news."""
    return state.should_terminate not in (None, False)


def _lost_broker(agent: Agent) -> Optional[Cause]:
    broker = agent.standing.broker
    if broker is None or broker.connected or broker.error is None:
        return None
    return Cause("broker", f"cannot reach {broker.url}: {broker.error.rstrip('.')}")


def _consumer_step(agent: Agent) -> type:
    class FleetctlConsumerStep(bootsteps.StartStopStep):  # type: ignore[misc]
        """Sees the connection come and go; a worker step would not (celery/celery#3955)."""

        requires = ("celery.worker.consumer.connection:Connection",)

        def __init__(self, consumer: Any, **options: Any) -> None:
            super().__init__(consumer, **options)
            if isinstance(agent.workings, RunningWorker):
                agent.workings.attach(consumer)
            watch_connection(agent, consumer)
            agent.disconnected(shown(consumer.conninfo), None)
            agent.connecting()

        def start(self, consumer: Any) -> None:
            agent.connected(shown(consumer.connection))

        def stop(self, consumer: Any) -> None:
            # Stopped in a blueprint that still runs: Celery is about to connect again.
            if consumer.blueprint.state == bootsteps.RUN:
                agent.disconnected(shown(consumer.conninfo), None)

    return FleetctlConsumerStep


def watch_connection(agent: Agent, consumer: Any) -> None:
    """Have the agent hear every error of connecting, at any log level."""
    ensure_connected = consumer.ensure_connected
    after_connected = consumer.on_connection_error_after_connected

    def watched_ensure(connection: Any) -> Any:
        ensure_connection = connection.ensure_connection

        def watched_retry(errback: Any = None, *args: Any, **options: Any) -> Any:
            def told(error: BaseException, interval: float) -> Any:
                agent.disconnected(shown(connection), one_line(error))
                return errback(error, interval) if errback is not None else None

            return ensure_connection(told, *args, **options)

        connection.ensure_connection = watched_retry
        try:
            return ensure_connected(connection)
        except Exception as error:
            if not is_of_logging(error):
                agent.disconnected(shown(connection), one_line(error))
            raise
        finally:
            del connection.ensure_connection

    def watched_loss(error: BaseException) -> Any:
        if not is_of_logging(error):
            agent.disconnected(shown(consumer.conninfo), one_line(error))
        return after_connected(error)

    consumer.ensure_connected = watched_ensure
    consumer.on_connection_error_after_connected = watched_loss


def count_failures(agent: Agent) -> None:
    """Count failed tasks in the main process, which on every pool hears of each: once a request."""
    numbers = itertools.count(1)
    on_failure, on_timeout = Request.on_failure, Request.on_timeout

    def count(request: Any) -> None:
        # billiard reports a hard time limit twice, as a timeout and as a failure.
        if not getattr(request, "_fleetctl_failed", False):
            request._fleetctl_failed = True
            agent.workings.failed = next(numbers)

    @functools.wraps(on_failure)
    def counted_failure(self: Any, exc_info: Any, *args: Any, **options: Any) -> Any:
        if is_failure(self, exc_info.exception):
            count(self)
        return on_failure(self, exc_info, *args, **options)

    @functools.wraps(on_timeout)
    def counted_timeout(self: Any, soft: bool, timeout: float) -> Any:
        if not soft:
            count(self)
        return on_timeout(self, soft, timeout)

    Request.on_failure, Request.on_timeout = counted_failure, counted_timeout


def tell_beginnings(agent: Agent) -> None:
    """Tell the agent of each task that begins: every pool accepts it in the main process."""
    on_accepted = Request.on_accepted

    @functools.wraps(on_accepted)
    def told_acceptance(self: Any, *args: Any, **options: Any) -> Any:
        accepted = on_accepted(self, *args, **options)
        agent.accepted()
        return accepted

    Request.on_accepted = told_acceptance


def is_failure(request: Any, error: BaseException) -> bool:
    """Whether a request that ended with `error` failed: retried, ignored or revoked ones didn't."""
    if isinstance(error, ExceptionWithTraceback):
        error = error.exc
    if request._already_cancelled or request._already_revoked:
        return False
    return not isinstance(error, (Retry, Ignore, Reject, Terminated))


def guard_signals(agent: Agent) -> None:
    """Make HUP, and USR2 unless it is Celery's debugger, harmless and instructive.

    Celery's HUP handler re-executes ``sys.argv[0]``, which kills any worker started by
    ``python -m celery`` (celery/celery#4202); USR2 is deadly by default.
    """
    advice = "{} does nothing here; to restart this worker: fleetctl restart " + agent.record.name

    def advise(signum: int, _: Optional[FrameType]) -> None:
        agent.warn(advice.format(signal.Signals(signum).name))

    def install_restart_handler(_: Any, sig: str = "SIGHUP") -> None:
        signal.signal(getattr(signal, sig), advise)

    signal.signal(signal.SIGHUP, advise)
    if not os.environ.get("CELERY_RDBSIG"):
        signal.signal(signal.SIGUSR2, advise)
    program.install_worker_restart_handler = install_restart_handler
