"""Open files: fleetctl holds a few for each node it watches, the nodes get what the caller had."""

from __future__ import annotations

import resource
from contextlib import suppress

WANTED = 65536

_callers = resource.getrlimit(resource.RLIMIT_NOFILE)


def raise_open_files() -> None:
    """Allow this process as many open files as the hard limit lets it, up to `WANTED`."""
    soft, hard = _callers
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def restore_open_files(pid: int) -> None:
    """Give a process that we have just started the limit that we were started with."""
    if hasattr(resource, "prlimit"):
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, _callers)
