"""The last lines of a node that failed: what it logged since its start, what it printed."""

from __future__ import annotations

import os
import re
from itertools import islice
from pathlib import Path

from fleetctl.logs import backwards
from fleetctl.logs.files import open_log
from fleetctl.logs.noise import NOISE
from fleetctl.logs.record import decoded

LINES = 10

#: Celery's warning to whoever runs it as root: true of nodes that work as well, and six lines long.
_OF_ROOT = re.compile(
    rb".*SecurityWarning: You're running the worker with superuser|absolutely not recommended!$"
    rb"|Please specify a different user using the --uid option\.$|User information: uid="
    rb"|\s*_warn_or_raise_security_error\(|\[tasks\]$"
)


def size(path: Path) -> int:
    """How long a log is now; 0 if it can't be told."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def last_lines(output: Path, logfile: Path, logged_before: int) -> tuple[str, ...]:
    """The end of the log beyond its first `logged_before` bytes, then the end of the output."""
    # No link is followed to what a node printed: others could have put it there.
    printed = _lines(output, 0, follow_links=False)
    return (*_lines(logfile, logged_before, follow_links=True), *printed)


def _lines(path: Path, begin: int, *, follow_links: bool) -> tuple[str, ...]:
    try:
        descriptor = open_log(path, follow_links=follow_links)
    except OSError:
        return ()
    try:
        length = os.fstat(descriptor).st_size
        # A log that has shrunk was rotated or truncated: all of it is new.
        found = backwards.lines(descriptor, length, begin if begin <= length else 0)
        telling = (decoded(line).rstrip() for line in found if not _is_noise(line))
        return tuple(islice(telling, LINES))[::-1]
    finally:
        os.close(descriptor)


def _is_noise(line: bytes) -> bool:
    return bool(NOISE.match(line) or _OF_ROOT.match(line))
