"""The one loop the controller waits in: for descriptors, deadlines and ^C."""

from __future__ import annotations

import heapq
import itertools
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from fleetctl.process.limits import raise_open_files


class HasFileno(Protocol):
    """What a selector can wait for: a socket, a pidfd's handle."""

    def fileno(self) -> int: ...


Callback = Callable[[], None]

INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Loop:
    """Calls back when a descriptor is readable, when a moment has come, when the user interrupts.

    Times are seconds of the monotonic clock. Not thread-safe; one loop an operation.
    """

    def __init__(self) -> None:
        raise_open_files()
        self._selector = selectors.DefaultSelector()
        self._timers: list[tuple[float, int, Callback]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return time.monotonic()

    def watch(self, source: HasFileno | int, callback: Callback) -> None:
        """Call `callback` whenever `source` is readable (a pidfd is once its process has ended)."""
        self._selector.register(source, selectors.EVENT_READ, callback)

    def unwatch(self, source: HasFileno | int) -> None:
        self._selector.unregister(source)

    def call_at(self, when: float, callback: Callback) -> None:
        heapq.heappush(self._timers, (when, next(self._order), callback))

    def every(self, interval: float, callback: Callback) -> None:
        """Call `callback` each `interval` seconds, counted from the end of the call before."""

        def again() -> None:
            callback()
            self.call_at(self.now() + interval, again)

        self.call_at(self.now() + interval, again)

    def run(self, done: Callable[[], bool]) -> None:
        """Wait and call back until `done()`."""
        while not done():
            self.turn()

    def turn(self) -> None:
        """Wait for what comes next, and handle all that has come by then."""
        for key, _ in self._selector.select(self._patience()):
            key.data()
        while self._timers and self._timers[0][0] <= self.now():
            heapq.heappop(self._timers)[2]()

    def _patience(self) -> float | None:
        return max(0.0, self._timers[0][0] - self.now()) if self._timers else None

    @contextmanager
    def interrupts(self, callback: Callable[[signal.Signals], None]) -> Iterator[None]:
        """Within, ^C and its kin call `callback` from the loop, and break into no code."""
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        old_wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        old_handlers = {number: signal.signal(number, _noticed) for number in INTERRUPTS}

        def read() -> None:
            for number in os.read(reader, 64):
                if number in INTERRUPTS:
                    callback(signal.Signals(number))

        self.watch(reader, read)
        try:
            yield
        finally:
            self.unwatch(reader)
            for number, handler in old_handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(old_wakeup)
            os.close(reader)
            os.close(writer)

    def close(self) -> None:
        self._selector.close()


def _noticed(_number: int, _frame: FrameType | None) -> None:
    """The wakeup descriptor has told the loop; there is nothing to do in signal context."""
