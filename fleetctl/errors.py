"""The error tree and the exit codes: what may go wrong, in words an operator can act on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process exits with; the same table for every command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    PARTIAL = 3
    TIMED_OUT = 4
    INTERRUPTED = 130


class FleetctlError(Exception):
    """An expected failure: one message, an optional hint, an exit code.

    The command line renders it as one line (and one for the hint); it never shows a traceback.
    """

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(FleetctlError):
    """The command line or fleet.yaml asks for something that can't be meant."""

    exit_code = ExitCode.USAGE
