"""Finds the Celery workers that run as the caller and that no fleetctl has started."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from fleetctl.fleet.env import inherited
from fleetctl.fleet.options import WORKER_OPTIONS
from fleetctl.init import invocation, keys, worker
from fleetctl.init.keys import Told
from fleetctl.init.remarks import Remarks
from fleetctl.init.shell import utf8
from fleetctl.process import cgroup, procfs
from fleetctl.process.commandline import after_celery, subcommand_place, worker_command
from fleetctl.process.identity import user_name
from fleetctl.process.procfs import ProcessTable, Stat

#: What belongs to a terminal, a login or a supervisor, not to the worker.
_NOISE = frozenset({
    "_", "PWD", "OLDPWD", "SHLVL", "TERM", "COLORTERM", "COLUMNS", "LINES", "EDITOR", "VISUAL",
    "PAGER", "DISPLAY", "WAYLAND_DISPLAY", "WINDOW", "STY", "MAIL", "LOGNAME", "USER", "USERNAME",
    "SHELL", "HOSTNAME", "INVOCATION_ID", "JOURNAL_STREAM", "NOTIFY_SOCKET", "MANAGERPID",
    "MAINPID", "PATH", "PS1", "PS2", "PROMPT_COMMAND", "DEBIAN_FRONTEND", "FLEETCTL_FLEET",
})  # fmt: skip
_NOISY = (
    "LS_", "LESS", "HIST", "SSH_", "XDG_", "DBUS_", "TMUX", "SUDO_", "WATCHDOG_", "LISTEN_",
    "SYSTEMD_", "SUPERVISOR_", "VIRTUAL_ENV", "CONDA_", "_", "BASH_", "ZSH", "CELERY_WORKER_",
)  # fmt: skip
_SUPERVISORS = frozenset({"supervisord", "circusd", "runsv", "s6-supervise", "honcho", "foreman"})


@dataclass(frozen=True, slots=True)
class Running:
    """A worker's main process, as /proc has it; `words` are what comes after ``celery``."""

    process: Stat
    argv: tuple[str, ...]
    words: tuple[str, ...]
    cwd: Path
    environ: Mapping[str, str]

    @property
    def titled(self) -> bool:
        """Whether a title stands where the command line and the environment were."""
        return len(self.argv) == 1

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid


@dataclass(frozen=True, slots=True)
class Found:
    """The caller's workers by age, and whose else run here."""

    workers: tuple[Running, ...]
    others: tuple[str, ...]


def look(table: ProcessTable) -> Found:
    """The workers that run here, in this container. Pool children and fleetctl's are left out."""
    commands = dict(_commands(table))
    native = {pid for pid in commands if _is_fleetctls(pid)}
    mains = [pid for pid in commands if pid not in native and not _is_child(pid, commands, table)]
    own = [pid for pid in mains if procfs.real_uid(pid) == os.geteuid()]
    others = {
        user_name(uid)
        for pid in mains
        if (uid := procfs.real_uid(pid)) != os.geteuid() and uid is not None
    }
    found = [running for pid in own if (running := _running(table.processes[pid])) is not None]
    found.sort(key=lambda running: (running.process.start_ticks, running.pid))
    return Found(tuple(found), tuple(sorted(others)))


def _commands(table: ProcessTable) -> Iterator[tuple[int, tuple[str, ...]]]:
    here = procfs.pid_namespace(os.getpid())
    for process in table.processes.values():
        argv = procfs.command_line(process.pid) if process.alive else ()
        # Another user's namespace can't be seen; it is only counted.
        if worker_command(argv) and procfs.pid_namespace(process.pid) in (here, None):
            yield process.pid, argv


def _is_fleetctls(pid: int) -> bool:
    # A node of ours keeps its proof of life open as long as it lives (NodeFiles.alive).
    return any("/nodes/" in path and ".alive" in path for path in procfs.open_files(pid))


def _is_child(pid: int, commands: Mapping[int, tuple[str, ...]], table: ProcessTable) -> bool:
    """Whether a worker has started it: pool processes bear their parent's command line."""
    parent = table.processes[pid].ppid
    while parent in table.processes and parent > 1:
        if parent in commands:
            return True
        parent = table.processes[parent].ppid
    return False


def _running(process: Stat) -> Running | None:
    argv = procfs.command_line(process.pid)
    words = after_celery(argv)
    cwd = procfs.working_directory(process.pid)
    if words is None or cwd is None:
        return None
    environ = {} if len(argv) == 1 else procfs.environment(process.pid)
    try:
        return Running(
            process, tuple(map(utf8, argv)), tuple(map(utf8, words)), Path(utf8(cwd)), environ
        )
    except UnicodeDecodeError:
        return None  # fleet.yaml is UTF-8: it can't say this


def told(running: Running, environ: Mapping[str, str], remarks: Remarks) -> Told:
    """What a worker was told: by its command line, and by its environment where that counts.

    `environ` is the caller's, which its nodes will inherit: what is the same there isn't noted.
    """
    place = (subcommand_place(running.words) or 0) + 1
    words = [*running.words[:place], *_from_environment(running.environ), *running.words[place:]]
    telling = keys.told(worker.read(words, remarks), remarks)
    telling.workdir = str(running.cwd)
    telling.python = invocation.resolved(
        telling.python or _interpreter(running), running.cwd, running.environ.get("PATH")
    )
    telling.env = {**_that_matters(running.environ, environ), **telling.env}
    if running.titled:
        remarks.add(
            "setproctitle has written over its environment: what it was started with isn't known",
            "compare it with yours, which its node gets at the next restart, and add to `env`",
        )
    _remark_on_path(running.environ, environ, remarks)
    _warn_of_supervisor(running, remarks)
    return telling


def _from_environment(environ: Mapping[str, str]) -> Iterator[str]:
    """The options that CELERY_WORKER_* variables are to a plain worker, but not to ours."""
    for option in WORKER_OPTIONS:
        value = environ.get("CELERY_WORKER_" + option.name[2:].replace("-", "_").upper())
        if value and option.key is not None and not option.flag:
            yield f"{option.name}={value}"
        elif (
            value
            and option.key is not None
            and value.lower() in ("1", "true", "t", "yes", "y", "on")
        ):
            yield option.name


def _interpreter(running: Running) -> str | None:
    program = running.argv[0]
    return procfs.executable(running.pid) if running.titled else program


def _that_matters(of_worker: Mapping[str, str], of_caller: Mapping[str, str]) -> dict[str, str]:
    of_worker = _readable(of_worker)
    of_caller = _readable(of_caller)
    celery = {each.name for each in inherited(of_worker) if not each.ignored}
    return {
        name: value
        for name, value in sorted(of_worker.items())
        if name in celery
        or (
            of_caller.get(name) != value
            and name not in _NOISE
            and not name.startswith(_NOISY)
            and name != "REMAP_SIGTERM"
        )
    }


def _remark_on_path(
    of_worker: Mapping[str, str], of_caller: Mapping[str, str], remarks: Remarks
) -> None:
    """PATHs are never the same for long: only folders that the next start would lack count."""
    yours = _folders(of_caller)
    lacking = [text for real, text in _folders(of_worker).items() if real not in yours]
    if lacking:
        remarks.add(
            f"its PATH has {', '.join(lacking)}, which yours lacks",
            "if its tasks call programs from there, put PATH into `env`",
        )


def _folders(environ: Mapping[str, str]) -> dict[str, str]:
    """The folders on a PATH that are there, as they are written there, by their real paths."""
    every = environ.get("PATH", "").split(os.pathsep)
    there = [text for text in every if Path(text).is_absolute() and Path(text).is_dir()]
    return {os.path.realpath(text): text for text in reversed(there)}


def _readable(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that fleet.yaml can have: UTF-8, without control characters."""
    found = {}
    for name, value in environ.items():
        with suppress(UnicodeDecodeError):
            found[utf8(name)] = utf8(value)
    return {name: value for name, value in found.items() if name.isprintable()}


def _warn_of_supervisor(running: Running, remarks: Remarks) -> None:
    parent = procfs.stat(running.process.ppid)
    unit = cgroup.unit_of_process(running.pid)
    if parent is not None and parent.command in _SUPERVISORS:
        keeper = parent.command
    elif (
        unit is not None
        and unit.endswith(".service")
        and unit != cgroup.unit_of_process(os.getpid())
    ):
        keeper = unit
    else:
        return
    remarks.add(
        f"{keeper} keeps it: it may start it anew when it is stopped",
        "take it out of there before you stop or restart it here",
    )


def described(found: Sequence[Running]) -> list[str]:
    """The workers in a few lines, for the head of fleet.yaml."""
    pids = ", ".join(str(running.pid) for running in found)
    what = "the worker that ran" if len(found) == 1 else f"the {len(found)} workers that ran"
    first = shlex.join(found[0].argv)
    return [f"{what} as pid {pids}" + ("; the first:" if len(found) > 1 else ":"), first]
