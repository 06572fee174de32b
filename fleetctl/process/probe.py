"""A probe as the controller sees it: a process that tries whether nodes could start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import fleetctl.runtime
from fleetctl.process import trace
from fleetctl.runtime.formats import Cause, Fault, ProbeAnswer, ProbePlan, from_json, to_json

_SCRIPT = Path(fleetctl.runtime.__file__).with_name("launcher.py")
_END_TIMEOUT = 5.0


class ProbeProcess:
    """One running probe. Raises OSError when the interpreter can't be run."""

    def __init__(
        self, python: str, *, workdir: Path, environment: Mapping[str, str], plan: ProbePlan
    ) -> None:
        self._plan = plan
        self._buffer = b""
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._control, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [python, str(_SCRIPT), "--probe", str(theirs.fileno())],
                cwd=workdir,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            trace.ran([python, str(_SCRIPT), "--probe"], workdir)
            self._control.sendall(to_json(plan) + b"\n")
        except BaseException:
            self._control.close()
            self._output.close()
            raise
        finally:
            theirs.close()

    def fileno(self) -> int:
        """Readable when there is something of an answer."""
        return self._control.fileno()

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

    def end(self) -> None:
        """End it and what it has started, and forget it."""
        # Not reaped yet, so its pid, which is also its group's id, is nobody else's.
        if self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._control.close()
        self._output.close()

    def _without_a_word(self) -> Cause:
        """It ended before it could say anything: the app ended it, or the interpreter did."""
        try:
            code = self._process.wait(_END_TIMEOUT)
        except subprocess.TimeoutExpired:
            return Cause("error", f"the probe of {self._plan.app} hung up")
        how = f"exit code {code}" if code >= 0 else f"SIG{signal.Signals(-code).name[3:]}"
        said = self._last_line()
        text = f"the interpreter ended with {how} while it imported {self._plan.app}"
        return Cause("app-exit", f"{text}: {said}" if said else text)

    def _last_line(self) -> str:
        file = self._output.fileno()
        text = os.pread(file, 4096, max(0, os.fstat(file).st_size - 4096))
        return next(iter(text.decode("utf-8", "replace").strip().splitlines()[-1:]), "")
