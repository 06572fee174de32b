"""The identity of a process, from /proc."""

import os

from .formats import Identity


def identity_of(pid: int) -> Identity:
    """The identity of a live process, from /proc.

    Raises ProcessLookupError when there is none, PermissionError never for one's own user.
    """
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat_file:
            text = stat_file.read()
    except FileNotFoundError:
        raise ProcessLookupError(f"no process {pid}") from None
    return Identity(pid, _start_ticks(text), boot_id(), own_pid_namespace())


def _start_ticks(stat_line: bytes) -> int:
    # The command name, field 2, may hold spaces and parentheses: count from the last one.
    return int(stat_line.rpartition(b")")[2].split()[19])


def boot_id() -> str:
    """This boot's id; a pid of another boot means nothing."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as boot:
        return boot.read().strip()


def own_pid_namespace() -> int:
    """The inode of the caller's pid namespace, in which alone a pid of its means anything."""
    return os.stat("/proc/self/ns/pid").st_ino
