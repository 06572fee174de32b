"""A launcher as the controller sees it: a process to give orders to and to take words from."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

import fleetctl.runtime
from fleetctl.runtime.formats import LaunchPlan, Order, Word, from_json, to_json

_SCRIPT = Path(fleetctl.runtime.__file__).with_name("launcher.py")
_SEND_TIMEOUT = 30.0
_KEPT_OUTPUTS = 4


def output_file(rundir: Path, launch: str) -> Path:
    """Where the launcher of this launch prints to; those of all but the latest are removed.

    Makes RUNDIR/launchers. Raises OSError.
    """
    folder = rundir / "launchers"
    folder.mkdir(mode=0o700, exist_ok=True)
    # Launch ids sort by time.
    for old in sorted(folder.glob("*.output"))[:-_KEPT_OUTPUTS]:
        old.unlink(missing_ok=True)
    return folder / f"{launch}.output"


class LauncherGone(Exception):  # noqa: N818 - a state, as in ProcessLookupError's kin
    """The launcher has ended, or doesn't listen, before it could take an order."""


class LauncherProcess:
    """One running launcher and the control socket to it.

    Raises OSError when the interpreter can't be run. ``title_space`` is how many bytes the nodes'
    own titles in ``ps`` may take; ``output`` gets what the launcher prints.
    """

    def __init__(
        self,
        python: str,
        *,
        workdir: Path,
        environment: Mapping[str, str],
        output: Path,
        inherit: Collection[int],
        title_space: int,
    ) -> None:
        self.output = output
        self._control, theirs = socket.socketpair()
        self._buffer = b""
        self._control.settimeout(_SEND_TIMEOUT)
        descriptor = os.open(
            output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW, 0o600
        )
        try:
            self._process = subprocess.Popen(
                [python, str(_SCRIPT), "--control", str(theirs.fileno()), "-" * title_space],
                cwd=workdir,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                pass_fds=(theirs.fileno(), *inherit),
                start_new_session=True,
            )
        except BaseException:
            self._control.close()
            raise
        finally:
            os.close(descriptor)
            theirs.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def fileno(self) -> int:
        return self._control.fileno()

    def give_plan(self, plan: LaunchPlan) -> None:
        """Hand over the plan; raises LauncherGone."""
        self._send(to_json(plan))

    def order(self, node: str) -> None:
        """Have it fork `node`; raises LauncherGone."""
        self._send(to_json(Order(start=node)))

    def _send(self, line: bytes) -> None:
        try:
            self._control.sendall(line + b"\n")
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

    def last_words(self) -> str:
        """The end of what it printed: why it went, where it went without a word."""
        try:
            text = self.output.read_text("utf-8", "replace")
        except OSError:
            return ""
        return text[-4096:].strip()

    def exit_status(self) -> int | None:
        """Its exit status if it has ended (negative: by that signal)."""
        return self._process.poll()

    def abandon(self) -> None:
        """Kill a launcher that has forked nothing."""
        self._process.kill()
        self._process.wait()

    def leave(self) -> None:
        """No more orders: it stays as the parent of its nodes, or goes if it has none."""
        self._control.close()
        # It outlives us by design; without this, Popen's destructor warns about that.
        self._process.returncode = self._process.poll() or 0
