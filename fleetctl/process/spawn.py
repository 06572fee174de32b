"""The processes that the controller runs of the runtime: a launcher, or a probe."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import fleetctl.runtime
from fleetctl.process import trace
from fleetctl.process.limits import restore_open_files
from fleetctl.runtime.formats import LaunchPlan, Order, Word, from_json, to_json

_SCRIPT = Path(fleetctl.runtime.__file__).with_name("launcher.py")
_SEND_TIMEOUT = 30.0
_FATAL = "Fatal Python error:"

_PADDING = "-" * 4096
"""Room in its command line, where its nodes write their own titles for ``ps``."""


NOT_PASSED_ON = frozenset({"REMAP_SIGTERM"})
"""Variables of the caller's that would make a drain cut tasks off; fleet.yaml may set them."""


def passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment as nodes get it."""
    return {name: value for name, value in environ.items() if name not in NOT_PASSED_ON}


class RuntimeProcess:
    """The runtime in an interpreter of its own, in a session of its own, and a socket to it.

    With `ahead` it imports Celery before it is told what for. Raises OSError when the
    interpreter can't be run.
    """

    ENTRY: str

    def __init__(
        self, python: str, *, workdir: Path, environment: Mapping[str, str], ahead: bool = False
    ) -> None:
        self._buffer = b""
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the socket
        self._control, theirs = socket.socketpair()
        options = ["--ahead"] if ahead else []
        try:
            self._process = subprocess.Popen(
                [python, str(_SCRIPT), self.ENTRY, str(theirs.fileno()), *options, _PADDING],
                cwd=workdir,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        except BaseException:
            self._close()
            raise
        finally:
            theirs.close()
        restore_open_files(self._process.pid)
        trace.ran([python, str(_SCRIPT), self.ENTRY], workdir)

    def fileno(self) -> int:
        """The control socket: readable when it has said something."""
        return self._control.fileno()

    def last_line(self) -> str:
        """Of what it printed, the line that says why it went; empty if it printed nothing."""
        # The file's position is the other process's too: it must not be moved.
        file = self._output.fileno()
        text = os.pread(file, 4096, max(0, os.fstat(file).st_size - 4096))
        lines = text.decode("utf-8", "replace").strip().splitlines()
        # When the interpreter gives itself up, what follows is about where, not about why.
        fatal = [line.removeprefix(_FATAL).strip() for line in lines if line.startswith(_FATAL)]
        return next(iter(fatal or lines[-1:]), "")

    def _close(self) -> None:
        self._control.close()
        self._output.close()


class LauncherGone(Exception):
    """The launcher has ended, or doesn't listen, before it could take an order."""


class LauncherProcess(RuntimeProcess):
    """One running launcher: to give orders to, and to take words from."""

    ENTRY = "--control"

    def give_plan(self, plan: LaunchPlan) -> None:
        """Hand over the plan; raises LauncherGone."""
        self._control.settimeout(_SEND_TIMEOUT)
        try:
            self._control.sendall(to_json(plan) + b"\n")
        except ConnectionError as error:
            reason = self.last_line() or "it ended without a word"
            raise LauncherGone(reason) from error
        except OSError as error:
            raise LauncherGone(str(error)) from error

    def order(self, node: str, lock: int) -> None:
        """Have it fork `node`, sharing the open `lock`; raises LauncherGone."""
        try:
            socket.send_fds(self._control, [to_json(Order(start=node)) + b"\n"], [lock])
        except OSError as error:
            raise LauncherGone(str(error)) from error

    def words(self) -> list[Word] | None:
        """What it has said since the last call; None once it has nothing more to say."""
        try:
            data = self._control.recv(1 << 16)
        except ConnectionError:
            return None
        if not data:
            return None
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        return [from_json(Word, line) for line in lines]

    def abandon(self) -> None:
        """End a launcher that has forked nothing."""
        self._process.kill()
        self._process.wait()
        self.leave()

    def leave(self) -> None:
        """No more orders: it stays as the parent of its nodes, or goes if it has none."""
        self._close()
        # It outlives us by design; without this, Popen's destructor would complain of that.
        self._process.returncode = self._process.poll() or 0
