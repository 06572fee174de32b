"""A probe as the controller sees it: a process that tries whether nodes could start."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from fleetctl.process.spawn import RuntimeProcess
from fleetctl.runtime.formats import (
    Cause,
    Fault,
    Malformed,
    ProbeAnswer,
    ProbePlan,
    from_json,
    to_json,
)


class Ending:
    """The end of a process that isn't reaped before: readable once it has come (a pidfd)."""

    def __init__(self, pid: int) -> None:
        self._descriptor = os.pidfd_open(pid)

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        os.close(self._descriptor)


class ProbeProcess(RuntimeProcess):
    """One running probe: to give one plan to, and to hear one answer from."""

    ENTRY = "--probe"

    def __init__(
        self, python: str, *, workdir: Path, environment: Mapping[str, str], ahead: bool = False
    ) -> None:
        super().__init__(python, workdir=workdir, environment=environment, ahead=ahead)
        self.ending = Ending(self._process.pid)
        self._app = ""

    def give_plan(self, plan: ProbePlan) -> None:
        """Hand over what is to be tried: as a file, for that never waits for its reader."""
        self._app = plan.app
        with tempfile.TemporaryFile() as file, suppress(ConnectionError):
            file.write(to_json(plan))
            file.flush()
            socket.send_fds(self._control, [b"\n"], [file.fileno()])

    def hear(self) -> bool:
        """Take in what it has said; whether it may say more."""
        try:
            data = self._control.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except ConnectionError:
            data = b""
        self._buffer += data
        return bool(data)

    def answer(self) -> list[Fault] | None:
        """What it has found, from all that was heard; None while it has yet to say it."""
        line, found, _ = self._buffer.partition(b"\n")
        if not found:
            return None
        try:
            return from_json(ProbeAnswer, line).faults
        except Malformed:
            text = f"while it was imported, {self._app} wrote into files that it hadn't opened"
            return [Fault(Cause("app-error", text))]

    def last_answer(self) -> list[Fault]:
        """The same of one that has ended, maybe before it could say anything."""
        self.hear()
        found = self.answer()
        return [Fault(self._without_a_word())] if found is None else found

    def abandon(self) -> None:
        """End it and what it has started, and forget it."""
        # Not reaped yet, so its pid, which is also its group's id, is nobody else's.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self.ending.close()
        self._close()

    def _without_a_word(self) -> Cause:
        """The app ended it before it could say anything, or the interpreter did."""
        how = _how_it_ended(self._process.pid)
        last = self.last_line()
        text = f"the interpreter ended with {how} while it imported {self._app}"
        return Cause("app-exit", f"{text}: {last}" if last else text)


def _how_it_ended(pid: int) -> str:
    """``exit code 1`` or ``SIGSEGV``, of a child that has ended; it stays to be reaped."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    if ended is None or ended.si_code == os.CLD_EXITED:
        return f"exit code {ended.si_status if ended else 0}"
    return signal.Signals(ended.si_status).name
