"""Hitting the right process or none: a pidfd opened first, compared second, used third."""

from __future__ import annotations

import errno
import os
import select
import signal
from functools import cache

from fleetctl.errors import FleetctlError
from fleetctl.process import procfs, trace
from fleetctl.process.pidfile import MAX_PID
from fleetctl.runtime.formats import Identity
from fleetctl.runtime.identity import boot_id, own_pid_namespace


class Unreachable(FleetctlError):
    """A process that can't or mustn't be signalled from here."""


class ProcessGone(Unreachable):
    """It has ended; its pid may be another's by now."""


class NotOurs(Unreachable):
    """It lives, as another user: `uid`."""

    def __init__(self, pid: int, uid: int) -> None:
        super().__init__(
            f"process {pid} belongs to {user_name(uid)}",
            hint=f"run as that user: sudo -u {user_name(uid)} fleetctl …",
        )
        self.uid = uid


class OtherNamespace(Unreachable):
    """It was started in another container: its pid means nothing here."""


class Protected(Unreachable):
    """It is init, fleetctl itself, or one of the processes that fleetctl runs under."""


@cache
def here() -> tuple[str, int]:
    """This boot's id and the caller's pid namespace; neither changes while a process lives."""
    return boot_id(), own_pid_namespace()


def user_name(uid: int) -> str:
    """A user's name, or ``uid 1234`` where nobody gave one."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def alive(identity: Identity) -> bool:
    """Whether this very process runs; a zombie doesn't, nor does one of another pid namespace."""
    return process_state(identity) is not None


def process_state(identity: Identity) -> str | None:
    """The state letter of proc(5) while it lives (``R``, ``S``, ``D``, ``T``, ``t``), else None."""
    if (identity.boot_id, identity.pid_namespace) != here():
        return None
    process = procfs.stat(identity.pid)
    if process is None or process.start_ticks != identity.start_ticks or not process.alive:
        return None
    return process.state


class ProcessHandle:
    """An open process: whatever happens to its pid, this stays that process.

    Made by `open_process`. Readable (for selectors) once the process has ended.
    """

    def __init__(self, identity: Identity, descriptor: int) -> None:
        self.identity = identity
        self._descriptor = descriptor

    def fileno(self) -> int:
        """The pidfd."""
        return self._descriptor

    def send(self, number: signal.Signals) -> None:
        """Send a signal. Raises ProcessGone, or NotOurs where the kernel refuses."""
        try:
            signal.pidfd_send_signal(self._descriptor, number)
        except ProcessLookupError:
            raise _gone(self.identity) from None
        except PermissionError:
            uid = procfs.real_uid(self.identity.pid)
            raise NotOurs(self.identity.pid, -1 if uid is None else uid) from None
        trace.sent(number.name, self.identity.pid)

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for its end; whether it has ended."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        return bool(poll.poll(max(0.0, timeout) * 1000))

    def close(self) -> None:
        """Let go of it; twice is fine."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> ProcessHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_process(identity: Identity, uid: int | None = None) -> ProcessHandle:
    """This very process, for signals and for waiting; close it, or use it in a `with`.

    `uid` is the real user it must run as, by default the caller's effective one.
    Raises ProcessGone, NotOurs, OtherNamespace and Protected.
    """
    check_reachable(identity)
    handle = ProcessHandle(identity, _pidfd(identity))
    try:
        if not alive(identity):
            raise _gone(identity)
        owner = procfs.real_uid(identity.pid)
        if owner is None or not alive(identity):
            raise _gone(identity)
        if owner != (os.geteuid() if uid is None else uid):
            raise NotOurs(identity.pid, owner)
    except BaseException:
        handle.close()
        raise
    return handle


def check_reachable(identity: Identity) -> None:
    """Raise ProcessGone (another boot), OtherNamespace or Protected where no signal may go."""
    boot, namespace = here()
    if identity.boot_id != boot:
        raise ProcessGone(f"process {identity.pid} ended before this boot")
    if identity.pid_namespace != namespace:
        raise OtherNamespace(
            f"process {identity.pid} was started in another pid namespace",
            hint="run fleetctl in the container the node was started in",
        )
    if identity.pid <= 1:
        raise Protected(f"pid {identity.pid} is never signalled")
    if identity.pid == os.getpid() or identity.pid in procfs.ancestors(os.getpid()):
        raise Protected(f"process {identity.pid} is the one fleetctl itself runs under")


def _pidfd(identity: Identity) -> int:
    if identity.pid > MAX_PID:
        raise _gone(identity)
    try:
        return os.pidfd_open(identity.pid)
    except OSError as error:
        # EINVAL: a thread's number.
        if error.errno in (errno.ESRCH, errno.EINVAL):
            raise _gone(identity) from None
        raise FleetctlError(
            f"cannot open process {identity.pid}: {error.strerror}",
            hint="fleetctl needs Linux 5.3 or newer" if error.errno == errno.ENOSYS else None,
        ) from error


def _gone(identity: Identity) -> ProcessGone:
    return ProcessGone(f"process {identity.pid} has ended")
