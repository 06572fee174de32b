"""A probe as the controller sees it: a process that tries whether nodes could start."""

from __future__ import annotations

import os
import signal
import subprocess

from fleetctl.process.spawn import RuntimeProcess
from fleetctl.runtime.formats import Cause, Fault, ProbeAnswer, ProbePlan, from_json, to_json

_END_TIMEOUT = 5.0


class ProbeProcess(RuntimeProcess):
    """One running probe: to give one plan to, and to take one answer from."""

    ENTRY = "--probe"

    def give_plan(self, plan: ProbePlan) -> None:
        """Hand over what is to be tried. If the probe has ended, `answer` will say so."""
        self._app = plan.app
        try:
            self._control.sendall(to_json(plan) + b"\n")
        except ConnectionError:
            return

    def answer(self) -> list[Fault] | None:
        """What it found, after waiting for news of it; None while it has yet to finish."""
        try:
            data = self._control.recv(1 << 16)
        except ConnectionError:
            data = b""
        self._buffer += data
        line, found, _ = self._buffer.partition(b"\n")
        if found:
            return from_json(ProbeAnswer, line).faults
        return None if data else [Fault(self._without_a_word())]

    def abandon(self) -> None:
        """End it and what it has started, and forget it."""
        # Not reaped yet, so its pid, which is also its group's id, is nobody else's.
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._close()

    def _without_a_word(self) -> Cause:
        """It ended before it could say anything: the app ended it, or the interpreter did."""
        try:
            code = self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            return Cause("error", f"the probe of {self._app} hung up")
        how = f"exit code {code}" if code >= 0 else f"SIG{signal.Signals(-code).name[3:]}"
        said = next(iter(self.last_words().splitlines()[-1:]), "")
        text = f"the interpreter ended with {how} while it imported {self._app}"
        return Cause("app-exit", f"{text}: {said}" if said else text)
