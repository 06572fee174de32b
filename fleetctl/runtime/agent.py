"""The agent: keeps one node's snapshot true, from its own native thread, and never in Celery's way.

Steps and timers of Celery's stop with the consumer, which a drain closes first; greenlets stop with
their hub. So one thread made before any patching looks and writes. The main thread only sets
attributes here and wakes it: there is one writer, and a signal handler may tell it anything.
"""

import atexit
import platform
import signal
import sys
import traceback
from typing import Any, Callable, List, Optional

from . import entries, journal, native, output
from .causes import exit_cause, place_of
from .dwelling import Dwelling
from .formats import (
    BOOTING,
    CONNECTING,
    CONSUMING,
    EXITED,
    FAILED,
    Cause,
    Record,
    Snapshot,
    to_json,
)
from .node_files import NodeFiles
from .notify import Notifier
from .standing import Standing
from .status_text import status_text
from .usage import Meter
from .voice import RETRY_INTERVAL, Voice
from .workings import Workings

TICK = 0.25
IDLE_INTERVAL = 1.0
LOST_PING_TIMEOUT = 5.0
TOUCH_INTERVAL = 3600.0
FINISH_TIMEOUT = 2.0
MANY_TASKS = 200
# Without news for so long, a node dozes: it beats, and seldom writes a snapshot, until there are.
QUIET_INTERVAL = 5.0
BEAT_INTERVAL = 3.0
DOZING_INTERVAL = 60.0


class Agent:
    """One node's voice: the snapshot file, the sd_notify datagrams, the bounded output file."""

    def __init__(self, record: Record, files: NodeFiles, notifier: Notifier) -> None:
        self.record = record
        self.workings = Workings()
        self.standing = Standing()
        self.touch: Optional[Callable[[], None]] = None
        self.pidfile: Optional[str] = None
        self.dozes = False
        self._importing = False
        self._files = files
        self._notifier = notifier
        self._voice = Voice(notifier)
        self._ready_told = False
        self._pid = native.getpid()
        self._main = native.get_ident()
        self._python = platform.python_version()
        self._answered: Optional[float] = None
        self._pinged: Optional[float] = None
        self._warnings: List[str] = []
        self._wake = native.allocate_lock()
        self._ended = native.allocate_lock()
        self._over = False
        self._urgent = True
        self._written = self._kept = 0.0
        self._touched = native.monotonic()
        self._seen: Any = None
        self._shape: Any = None
        self._stirred = native.monotonic()
        self._dwelling = Dwelling(files, record.launch)
        self._meter = Meter(self._pid)

    def start(self) -> None:
        """Begin to watch and write; `finish` runs at exit, after everything registered later."""
        atexit.register(self.finish)
        self._wake.acquire()
        self._ended.acquire()
        native.start_new_thread(self._run, ())

    def settle_in(self) -> None:
        """Take the place where this node's life is proven; raises OSError."""
        self._dwelling.settle_in()

    def importing(self, now: bool) -> None:
        """Whether the app is being imported."""
        self._importing = now
        self._stir(at_once=now)

    def connecting(self) -> None:
        """The worker is set up and is about to reach for its broker."""
        self.standing.enter(CONNECTING)
        self._stir(at_once=False)

    def connected(self, url: str) -> None:
        """The consumer has a connection, the first or another."""
        self._pinged = None
        self.standing.connect(url, True, None)
        self._stir(at_once=False)

    def disconnected(self, url: str, error: Optional[str]) -> None:
        """The consumer has lost its connection, or couldn't get one."""
        self.standing.connect(url, False, error)
        self._stir(at_once=False)

    def consuming(self) -> None:
        """The consumer's loop ran its first callback: the node is ready."""
        self._answered = native.monotonic()
        if self.standing.phase in (BOOTING, CONNECTING):
            self.standing.become_ready()
            self._stir()

    def draining(self, told: str) -> None:
        """The node was told to stop; the first teller is the one that is remembered."""
        if self.standing.drain(told):
            self._stir()

    def failed(self, cause: Cause) -> None:
        """Why the node is about to leave; the first cause is the one that is remembered."""
        if self.standing.cause is None:
            self.standing.cause = cause

    def left(self, leaving: SystemExit) -> None:
        """Something called exit(), past all of Celery's ways to end."""
        if not self.was_ready and not self.was_told:
            self.failed(exit_cause(leaving, ready=False))

    def warn(self, message: str) -> None:
        """Log a warning from Celery's loop; safe in a signal handler, where logging is not."""
        self._warnings.append(message)
        self._stir()

    def accepted(self) -> None:
        """A task has begun: an agent that dozes is to see it now, another soon will."""
        if self.dozes:
            self._stir()

    @property
    def was_ready(self) -> bool:
        return self.standing.ready_at is not None

    @property
    def was_told(self) -> bool:
        """Whether someone wanted the node to stop."""
        return self.standing.told is not None

    def finish(self) -> None:
        """Write the last snapshot: EXITED, or FAILED where the node never became ready."""
        if native.getpid() != self._pid:
            return
        self._over = True
        self._stir()
        self._ended.acquire(True, FINISH_TIMEOUT)
        if self.was_ready or (self.was_told and self.standing.cause is None):
            self.standing.enter(EXITED)
        else:
            self.failed(Cause("error", "it left without a word before it was ready"))
            self.standing.enter(FAILED)
        self._publish(native.monotonic())

    def _stir(self, at_once: bool = True) -> None:
        """Have news written: now, or with the next tick, which for one that dozes is now, too."""
        self._urgent = True
        self._stirred = native.monotonic()
        if not at_once and not self.dozes:
            return
        try:
            self._wake.release()
        except RuntimeError:
            return  # already awake

    def _run(self) -> None:
        # Signals are for the main thread, whose system calls they must interrupt.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while not self._over:
            self._wake.acquire(True, self._patience())
            try:
                self._tick(native.monotonic())
            except Exception:  # noqa: BLE001 - nothing here may end the thread
                native.write_file(2, traceback.format_exc().encode("utf-8", "replace"))
        self._ended.release()

    def _patience(self) -> float:
        if self._voice.has_more:
            return RETRY_INTERVAL
        return BEAT_INTERVAL if self.dozes else TICK

    def _tick(self, now: float) -> None:
        # First the flag: a task that begins while the rest is looked at is told, or it is seen.
        dozed, self.dozes = self.dozes, True
        if self._may_doze(now, dozed):
            self._dwelling.beat(now)
            self._ping(now)
            return
        self.dozes = False
        if now - self._kept >= IDLE_INTERVAL:
            self._kept = now
            self._keep_house(now)
        self._pass_warnings()
        if self._is_due(now):
            self._publish(now)
        elif self._voice.has_more:
            self._voice.speak(now)

    def _may_doze(self, now: float, dozed: bool) -> bool:
        """Whether a beat says it all: nothing has changed, and the loop has answered."""
        if self._urgent or now - self._written >= DOZING_INTERVAL or self._pinged is not None:
            return False
        if self._shape != self.workings.shape or not (dozed or self._is_quiet(now)):
            return False
        self._dwelling.look(now)
        return self._dwelling.is_in_order

    def _is_quiet(self, now: float) -> bool:
        """Whether nothing has happened for a while, and what does happen will be told."""
        consuming = self.standing.phase == CONSUMING and self.standing.is_connected
        if not consuming or self.workings.counts[0] or self._seen != self._look():
            self._stirred = now
        return now - self._stirred >= QUIET_INTERVAL and not self._notifier.watchdog_interval

    def _is_due(self, now: float) -> bool:
        if self._urgent:
            return True
        age = now - self._written
        if age >= IDLE_INTERVAL:
            return True
        few = self.workings.counts[0] <= MANY_TASKS
        return few and age >= TICK and self._seen != self._look()

    def _look(self) -> Any:
        return self._place(), self.workings.counts, self.workings.processed, self.workings.failed

    def _publish(self, now: float) -> None:
        self._urgent = False
        self._seen, self._shape = self._look(), self.workings.shape
        self._written = now
        snapshot = self._snapshot(now)
        try:
            self._keep_dwelling(now)
            if self._dwelling.is_superseded:
                return
            if self._over or not self._dwelling.is_missing:
                path = self._files.snapshot(self.record.launch)
                native.replace_file(path, to_json(snapshot))
        except OSError:
            self._urgent = True  # full, or gone: on to the next tick
        if snapshot.ready_at is not None and not self._ready_told:
            self._ready_told = True
            told = entries.ready(self.record, self._pid, snapshot.ready_at)
            journal.tell(self._files.rundir, told)
        self._voice.think(snapshot, status_text(snapshot, self.record.app, self._importing))
        self._voice.speak(now, last=self._over)

    def _snapshot(self, now: float) -> Snapshot:
        workings, standing = self.workings, self.standing
        active, reserved = workings.counts
        return Snapshot(
            launch=self.record.launch,
            pid=self._pid,
            phase=standing.phase,
            phase_since=standing.phase_since,
            phase_since_at=standing.phase_since_at,
            written=now,
            written_at=native.clock(),
            ready_at=standing.ready_at,
            answered=self._answered,
            broker=standing.broker,
            active=workings.active(now),
            reserved=max(reserved - active, 0),
            processed=workings.processed,
            failed=workings.failed,
            pool=workings.pool or self.record.pool,
            pool_size=workings.pool_size,
            concurrency=workings.concurrency or self.record.concurrency,
            queues=workings.queues or self.record.queues,
            cpu=self._meter.seconds,
            cpu_percent=self._meter.percent,
            soft_shutdown_timeout=workings.soft_shutdown_timeout,
            cold_term=workings.cold_term,
            place=self._place(),
            told=standing.told,
            cause=standing.cause,
            celery=workings.celery,
            python=self._python,
        )

    def _place(self) -> Optional[str]:
        if self.standing.phase not in (BOOTING, CONNECTING):
            return None
        frame = sys._current_frames().get(self._main)
        return place_of(frame) if frame is not None else None

    def _keep_dwelling(self, now: float) -> None:
        """Restore the node's files where they are gone: as long as it lives, it is to be found."""
        self._dwelling.look(now)
        if self._over or not self._dwelling.is_missing:
            return
        self._urgent = True
        # Celery removes its pidfile on the way out, before the process has gone.
        started = self.standing.phase in (CONNECTING, CONSUMING)
        self._dwelling.restore(now, self.pidfile if started else None)

    def _pass_warnings(self) -> None:
        while self._warnings:
            message = self._warnings.pop(0)
            if not self.workings.call_soon(_log_warning, message):
                native.write_file(2, message.encode("utf-8", "replace") + b"\n")

    def _keep_house(self, now: float) -> None:
        self._ping(now)
        self._meter.sample(now, self.workings.children)
        if not self._is_stuck(now):
            self._notifier.feed_watchdog(now, early=TICK)
        try:
            output.bound(self._files.output(self.record.launch))
            if self.touch is not None and now - self._touched >= TOUCH_INTERVAL:
                self._touched = now
                self.touch()
        except OSError:
            return  # a deleted rundir is nothing to fail over

    def _ping(self, now: float) -> None:
        if self.standing.phase != CONSUMING:
            return
        if self._pinged is None or now - self._pinged >= LOST_PING_TIMEOUT:
            self._pinged = now
            self.workings.call_soon(self._answer)

    def _answer(self) -> None:
        self._answered = native.monotonic()
        self._pinged = None

    def _is_stuck(self, now: float) -> bool:
        idle = self.standing.is_connected and not self.workings.counts[0]
        silent = self._answered is not None and now - self._answered > 2 * LOST_PING_TIMEOUT
        return self.standing.phase == CONSUMING and idle and silent


def _log_warning(message: str) -> None:
    import logging

    logging.getLogger("celery.worker").warning("%s", message)
