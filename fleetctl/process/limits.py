"""Open files: fleetctl holds a few for each node it watches, the nodes get what the caller had."""

from __future__ import annotations

import resource
from contextlib import suppress

from fleetctl.errors import FleetctlError

WANTED = 65536
_OWN = 64

_callers = resource.getrlimit(resource.RLIMIT_NOFILE)


def raise_open_files() -> None:
    """Allow this process as many open files as the hard limit lets it, up to `WANTED`."""
    soft, hard = _callers
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def require_open_files(count: int) -> None:
    """Raise FleetctlError where this process may not open `count` files, and a few of its own."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit != resource.RLIM_INFINITY and count + _OWN > limit:
        raise FleetctlError(
            f"{count:,} files are to be open at once, and only {limit:,} may be",
            hint=f"raise the limit (ulimit -Hn {count + _OWN}), or name fewer nodes",
        )


def restore_open_files(pid: int) -> None:
    """Give a process that we have just started the limit that we were started with."""
    if hasattr(resource, "prlimit"):
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_NOFILE, _callers)
