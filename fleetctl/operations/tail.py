"""The last lines of a node that failed: what it logged since its start, what it printed."""

from __future__ import annotations

import re
from pathlib import Path

from fleetctl.runtime.files import read_nofollow
from fleetctl.runtime.formats import Malformed

LINES = 10
_WINDOW = 1 << 16

_NOISE = re.compile(
    r"""\s*$                  # nothing
    | \s*[\^~]+\s*$           # a traceback's underlining
    | \s*File\ "<frozen\      # the import machinery in it
    | \s?-+\ [-*]+            # Celery's banner,
    | \s-{14}\               # and its headings
    | \s*\.>\                 # what it was told about itself
    """,
    re.VERBOSE,
)


def size(path: Path) -> int:
    """How long a log is now; 0 if it can't be told."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def last_lines(output: Path, logfile: Path, logged_before: int) -> tuple[str, ...]:
    """The end of the log beyond its first `logged_before` bytes, then the end of the output."""
    return (*_log_lines(logfile, logged_before), *_output_lines(output))


def _log_lines(logfile: Path, logged_before: int) -> tuple[str, ...]:
    try:
        with logfile.open("rb") as log:
            length = log.seek(0, 2)
            # A log that has shrunk was rotated or truncated: all of it is new.
            begin = logged_before if length >= logged_before else 0
            log.seek(max(begin, length - _WINDOW))
            return _lines(log.read(_WINDOW))
    except OSError:
        return ()


def _output_lines(output: Path) -> tuple[str, ...]:
    try:
        return _lines(read_nofollow(str(output), limit=2 << 20))
    except (OSError, Malformed):
        return ()


def _lines(data: bytes) -> tuple[str, ...]:
    lines = data.decode("utf-8", "replace").splitlines()
    return tuple(line.rstrip() for line in lines if not _NOISE.match(line))[-LINES:]
