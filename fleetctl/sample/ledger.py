"""An append-only file of what tasks did: proof of how often each began and ended.

Written if ``FLEETCTL_SAMPLE_LEDGER`` names a file. One JSON object a line, one write a line,
on disk before the task goes on.
"""

from __future__ import annotations

import json
import os
import time

from celery import Task


def write(**entry: object) -> None:
    """Append one line to the ledger, if there is one. Raises OSError."""
    path = os.environ.get("FLEETCTL_SAMPLE_LEDGER")
    if not path:
        return
    line = json.dumps({**entry, "pid": os.getpid(), "at": time.time()}) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class LedgerTask(Task):
    """A task that writes ``start`` when it begins, and ``end`` or ``raised`` when it is over.

    A task that was cut off by a signal has a ``start`` alone.
    """

    def __call__(self, *args: object, **kwargs: object) -> object:
        self._note("start")
        try:
            result = super().__call__(*args, **kwargs)
        except Exception:
            self._note("raised")
            raise
        self._note("end")
        return result

    def _note(self, event: str) -> None:
        write(event=event, id=self.request.id, task=self.name, node=self.request.hostname)
