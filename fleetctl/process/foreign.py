"""Whose is the living process whose pid stands in a pidfile, when it isn't one of our own?"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from fleetctl.fleet import expand
from fleetctl.process import procfs
from fleetctl.process.commandline import WorkerCommand, is_python, worker_command
from fleetctl.process.identity import here, user_name
from fleetctl.process.pidfile import PidfileFacts, exists
from fleetctl.process.procfs import Stat
from fleetctl.process.spans import span
from fleetctl.runtime.formats import Identity, Record

#: The kernel keeps so many bytes of a program's name (TASK_COMM_LEN of proc(5), less the NUL).
_COMMAND_LENGTH = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """A living process with the pid that a pidfile holds.

    ``adopted``: proven to be this node's worker, started by `celery multi` or by hand.
    ``replaceable``: certain not to be it, so that the pidfile is stale.
    ``letter`` is its state in proc(5); ``age`` in seconds.
    """

    identity: Identity
    letter: str
    age: float
    description: str
    adopted: bool
    replaceable: bool


def examine(
    pidfile: PidfileFacts, nodename: str | None, dead: Identity | None = None
) -> Holder | None:
    """The process behind a pidfile; None when there is none, or when it is a zombie.

    `dead` is the process that is known to have written the pidfile last, and to have ended.
    """
    if pidfile.pid is None:
        return None
    process = procfs.stat(pidfile.pid)
    if process is None:
        return _hidden(pidfile.pid) if exists(pidfile.pid) else None
    uid = procfs.real_uid(process.pid)
    if not process.alive or uid is None:
        return None
    return _examine(pidfile, nodename, process, uid, dead)


def _examine(
    pidfile: PidfileFacts, nodename: str | None, process: Stat, uid: int, dead: Identity | None
) -> Holder:
    identity = Identity(process.pid, process.start_ticks, *here())
    argv = procfs.command_line(process.pid)
    worker = worker_command(argv)
    age = procfs.age(process.start_ticks)
    directory = procfs.working_directory(process.pid)
    agreed = worker is not None and agrees(worker, nodename, pidfile.path, directory)
    keeps = worker is not None and _keeps(worker, pidfile.path, directory)
    program = procfs.executable(process.pid) or named_program(argv, process.command)
    return Holder(
        identity=identity,
        letter=process.state,
        age=age,
        description=describe(argv, process.command, age, user_name(uid)),
        adopted=agreed and uid == os.geteuid(),
        replaceable=not keeps
        and not agreed
        and (
            _reused(dead, identity)
            or (worker is not None and _keeps_another(worker, pidfile.path, directory))
            or _is_no_worker(program, argv)
        ),
    )


def owned(holder: Holder, pidfile: PidfileFacts, owner: Record) -> Holder:
    """The same process, which the record `owner` proves to be another node's of this fleet.

    Then it isn't this node's worker; the pidfile is stale unless it is that node's, too.
    """
    return replace(
        holder,
        description=f"node {owner.name} of this fleet",
        adopted=False,
        replaceable=os.path.realpath(owner.pidfile) != os.path.realpath(pidfile.path),
    )


def agrees(
    worker: WorkerCommand, nodename: str | None, pidfile: Path, directory: str | None
) -> bool:
    """Whether a worker's command line names this very pidfile and node: each that it names.

    A pidfile that is the same for every node proves nothing, a nodename without one does.
    """
    if worker.pidfile is None:
        return _bears(worker, nodename)
    if not _keeps(worker, pidfile, directory):
        return False
    return worker.nodename is None or nodename is None or _bears(worker, nodename)


def _bears(worker: WorkerCommand, nodename: str | None) -> bool:
    try:
        return _full_name(worker.nodename) == nodename
    except expand.UnknownFormatError:
        return False


def _keeps(worker: WorkerCommand, pidfile: Path, directory: str | None) -> bool:
    """Whether it was given this pidfile; a relative one is relative to its own `directory`."""
    if worker.pidfile is None:
        return False
    try:
        expanded = expand.path(worker.pidfile, _full_name(worker.nodename))
    except expand.UnknownFormatError:
        return False
    return os.path.realpath(Path(directory or "/") / expanded) == os.path.realpath(pidfile)


def named_program(argv: tuple[str, ...], command: str) -> str | None:
    """The program that runs, by its command line, where the kernel keeps it from other users.

    None unless a program of that name is there and the kernel's own name for the process
    (`command`, proc(5)) is the same: a rewritten title or a script's name proves nothing.
    """
    program = shutil.which(argv[0]) if argv else None
    return program if program and Path(program).name[:_COMMAND_LENGTH] == command else None


def describe(argv: tuple[str, ...], command: str, age: float, user: str) -> str:
    """A process in half a sentence: ``sleep 1000, started 3 h ago by root``."""
    line = " ".join(argv) or f"[{command}]"
    shown = line if len(line) <= 60 else line[:59] + "…"
    return f"{shown}, started {span(age)} ago by {user}"


def _full_name(given: str | None) -> str:
    host = expand.gethostname()
    return expand.nodename(given or "celery@%h", host.partition(".")[0], host)


def _hidden(pid: int) -> Holder:
    # /proc mounted with hidepid hides other users' processes, never one's own.
    return Holder(
        identity=Identity(pid, -1, *here()),
        letter="?",
        age=0.0,
        description="a process of another user",
        adopted=False,
        replaceable=False,
    )


def _reused(dead: Identity | None, identity: Identity) -> bool:
    # That it is younger than the pidfile would prove it too, were clocks never set.
    return dead is not None and dead.pid == identity.pid and dead != identity


def _keeps_another(worker: WorkerCommand, pidfile: Path, directory: str | None) -> bool:
    """Whether it has a pidfile of its own, which isn't this one."""
    if worker.pidfile is None or _keeps(worker, pidfile, directory):
        return False
    return directory is not None or Path(worker.pidfile).is_absolute()


def _is_no_worker(executable: str | None, argv: tuple[str, ...]) -> bool:
    """No interpreter, and nothing in its command line that a worker's title would have."""
    if executable is None or not argv:
        return False
    return not is_python(executable) and not any("celery" in word for word in argv)
