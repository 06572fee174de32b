"""What the kernel says of processes, from /proc (proc(5)): pure parsing and thin reads."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fleetctl.runtime.formats import Identity, Record, Snapshot
from fleetctl.runtime.identity import boot_id, own_pid_namespace

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

#: States of a process that has ended, its status line still being there.
DEAD = frozenset("ZXx")


@dataclass(frozen=True, slots=True)
class Stat:
    """A line of /proc/PID/stat. ``cpu`` is user and system seconds of all its threads."""

    pid: int
    command: str
    state: str
    ppid: int
    session: int
    start_ticks: int
    cpu: float

    @property
    def alive(self) -> bool:
        """Whether it runs code; a zombie doesn't."""
        return self.state not in DEAD


def parse_stat(line: bytes) -> Stat:
    """A line of /proc/PID/stat; raises ValueError or IndexError for anything else."""
    # The command may hold spaces and parentheses: count from the last one.
    head, _, tail = line.rpartition(b")")
    pid, _, command = head.partition(b" (")
    fields = tail.split()
    return Stat(
        pid=int(pid),
        command=command.decode("utf-8", "replace"),
        state=fields[0].decode("ascii"),
        ppid=int(fields[1]),
        session=int(fields[3]),
        start_ticks=int(fields[19]),
        cpu=(int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND,
    )


def stat(pid: int) -> Stat | None:
    """What /proc tells of a process, zombies included; None where there is none to see."""
    line = _read(pid, "stat")
    return parse_stat(line) if line else None


def real_uid(pid: int) -> int | None:
    """The user who started it, whatever it has become since; None where there is none to see."""
    for line in (_read(pid, "status") or b"").splitlines():
        if line.startswith(b"Uid:"):
            return int(line.split()[1])
    return None


def command_line(pid: int) -> tuple[str, ...]:
    """Its argv, which it may have rewritten; empty for a zombie, a kernel thread or nobody."""
    line = _read(pid, "cmdline") or b""
    return tuple(os.fsdecode(word) for word in line.rstrip(b"\0").split(b"\0") if line)


def executable(pid: int) -> str | None:
    """The program it runs; None where the kernel doesn't let us know."""
    return _link(pid, "exe")


def working_directory(pid: int) -> str | None:
    """Where it stands; None where the kernel doesn't let us know."""
    return _link(pid, "cwd")


def environment(pid: int) -> dict[str, str]:
    """The environment it was started with; empty where the kernel doesn't let us know."""
    words = (os.fsdecode(word) for word in (_read(pid, "environ") or b"").split(b"\0"))
    pairs = (word.partition("=") for word in words)
    return {name: value for name, equals, value in pairs if name and equals}


def pid_namespace(pid: int) -> str | None:
    """What tells its pid namespace from others; None where the kernel doesn't let us know."""
    return _link(pid, "ns/pid")


def open_files(pid: int) -> frozenset[str]:
    """What its descriptors lead to; empty where the kernel doesn't let us know."""
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208
    except OSError:
        return frozenset()
    return frozenset(path for each in descriptors if (path := _link(pid, f"fd/{each}")))


def _read(pid: int, name: str) -> bytes | None:
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def _link(pid: int, name: str) -> str | None:
    try:
        return str(Path(f"/proc/{pid}/{name}").readlink())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def since_boot() -> float:
    """Seconds since boot, sleep included: the clock that start ticks are counted on."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def age(start_ticks: int) -> float:
    """For how many seconds a process with these start ticks has existed."""
    return max(0.0, since_boot() - start_ticks / TICKS_PER_SECOND)


class ProcessTable:
    """All processes at one moment: looked up when first asked for, then kept."""

    @cached_property
    def processes(self) -> Mapping[int, Stat]:
        """Every process in sight by its pid, zombies included."""
        pids = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())  # noqa: PTH208
        return {found.pid: found for found in map(stat, pids) if found}

    def descendants(self, roots: Iterable[int]) -> tuple[Stat, ...]:
        """All that these processes started and that still has its parent; without the roots."""
        children: dict[int, list[Stat]] = {}
        for process in self.processes.values():
            children.setdefault(process.ppid, []).append(process)
        todo, seen, found = list(roots), set(roots), []
        while todo:
            for child in children.get(todo.pop(), ()):
                if child.pid not in seen:
                    seen.add(child.pid)
                    todo.append(child.pid)
                    found.append(child)
        return tuple(found)

    def session_members(self, session: int) -> tuple[Stat, ...]:
        """The processes of a session, its leader included."""
        return tuple(found for found in self.processes.values() if found.session == session)


def ancestors(pid: int) -> frozenset[int]:
    """Its parent, its parent's parent, and so on, reading no more than these."""
    found: set[int] = set()
    while (process := stat(pid)) and process.ppid not in found:
        pid = process.ppid
        found.add(pid)
    return frozenset(found)


def children(identity: Identity, table: ProcessTable | None = None) -> tuple[int, ...]:
    """The living processes that a live one has started, theirs included; its own pid is not."""
    processes = table or ProcessTable()
    root = processes.processes.get(identity.pid)
    if root is None or root.start_ticks != identity.start_ticks:
        return ()
    return tuple(sorted(p.pid for p in processes.descendants([root.pid]) if p.alive))


def orphans(
    record: Record, snapshot: Snapshot | None, table: ProcessTable | None = None
) -> tuple[int, ...]:
    """What outlived a dead node: the living members of its session, by pid.

    The kernel doesn't give a number away while a session bears it, so if one member is as old as
    the node's life, the session is the node's and not that of a later process with its pid. The
    node's `snapshot` is what proves how long that life was: without it there are no orphans.
    """
    identity = record.identity
    if snapshot is None or not _comparable(identity):
        return ()
    members = [
        member
        for member in (table or ProcessTable()).session_members(identity.pid)
        if member.alive and member.start_ticks >= identity.start_ticks
    ]
    if any(member.pid == identity.pid for member in members):
        return ()
    lived = snapshot.written - record.started_monotonic
    if not any(_started_within(lived, identity, member) for member in members):
        return ()
    return tuple(sorted(m.pid for m in members if real_uid(m.pid) == record.uid))


def _comparable(identity: Identity) -> bool:
    here = (boot_id(), own_pid_namespace())
    return identity.pid > 1 and (identity.boot_id, identity.pid_namespace) == here


def _started_within(lived: float, identity: Identity, process: Stat) -> bool:
    """Whether a process is certain to have begun in the first `lived` seconds of a node.

    Ticks go on while the machine sleeps, the monotonic clock doesn't: counted from the node's own
    start, a sleep can make a process too young for proof, never too old.
    """
    later = (process.start_ticks - identity.start_ticks + 1) / TICKS_PER_SECOND
    return later <= lived
