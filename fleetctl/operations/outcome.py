"""How an operation ended for each node, and the exit code that makes."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from fleetctl.errors import ExitCode


class Outcome(Enum):
    """The end of one node's part in an operation."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    """Nothing was done: something else has its place."""
    FORCED = "forced"
    TIMED_OUT = "timed out"
    INTERRUPTED = "interrupted"


def exit_code(outcomes: Iterable[Outcome]) -> ExitCode:
    """The exit code for all nodes: an interrupt outranks a failure, a failure a timeout."""
    seen = set(outcomes)
    if Outcome.INTERRUPTED in seen:
        return ExitCode.INTERRUPTED
    if seen & {Outcome.FAILED, Outcome.REFUSED, Outcome.FORCED}:
        return ExitCode.PARTIAL
    if Outcome.TIMED_OUT in seen:
        return ExitCode.TIMED_OUT
    return ExitCode.DONE
