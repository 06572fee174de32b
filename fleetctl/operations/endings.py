"""Being told that a process has ended, by the kernel, and then how, by its launcher."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from fleetctl.operations.loop import Loop
from fleetctl.process.identity import ProcessHandle
from fleetctl.process.status import NodeStatus
from fleetctl.runtime.node_files import NodeFiles

EXIT_RECORD_PATIENCE = 0.5
"""Seconds after a death within which its launcher, if it lives, has written how it died."""

_LOOK_AGAIN = 0.01


class Endings:
    """Watches processes through their pidfds and calls back when one has ended.

    The call comes once its exit record is there, or can't be expected any more.
    """

    def __init__(self, loop: Loop, rundir: Path) -> None:
        self._loop = loop
        self._rundir = rundir
        self._watched: dict[str, ProcessHandle] = {}
        self._stack = ExitStack()

    def watch(self, status: NodeStatus, handle: ProcessHandle, ended: Callable[[], None]) -> None:
        """Take over `handle`, and call `ended` once its process is gone."""
        self._stack.callback(handle.close)
        self._watched[status.name] = handle
        self._loop.watch(handle, partial(self._gone, status, ended))

    def __contains__(self, name: str) -> bool:
        return name in self._watched

    def close(self) -> None:
        for handle in self._watched.values():
            self._loop.unwatch(handle)
        self._watched.clear()
        self._stack.close()

    def _gone(self, status: NodeStatus, ended: Callable[[], None]) -> None:
        self._loop.unwatch(self._watched.pop(status.name))
        if status.record is None:
            ended()
            return
        files = NodeFiles(str(self._rundir), status.name)
        exit_file = Path(files.exit(status.record.launch))
        until = self._loop.now() + EXIT_RECORD_PATIENCE
        self._await_exit_record(exit_file, until, ended)

    def _await_exit_record(self, exit_file: Path, until: float, ended: Callable[[], None]) -> None:
        if exit_file.exists() or self._loop.now() >= until:
            ended()
            return
        again = partial(self._await_exit_record, exit_file, until, ended)
        self._loop.call_at(self._loop.now() + _LOOK_AGAIN, again)

    def __enter__(self) -> Endings:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
