"""What processes use: memory and processor time, as the kernel counts them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from fleetctl.process import procfs

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Memory(NamedTuple):
    """Bytes. ``pss`` divides shared pages among those who share them; None where unknown."""

    rss: int | None
    pss: int | None


def memory(pid: int, children: Iterable[int] = ()) -> Memory:
    """The memory of a process and its children; processes that are gone count for nothing."""
    found = [usage for each in (pid, *children) if (usage := _memory_of(each)).rss is not None]
    shares = [usage.pss for usage in found]
    return Memory(
        rss=sum(usage.rss or 0 for usage in found) if found else None,
        pss=sum(share or 0 for share in shares) if found and None not in shares else None,
    )


def cpu_seconds(pid: int, children: Iterable[int] = ()) -> float | None:
    """The processor time that a process and its children have used; None when it is gone."""
    main = procfs.stat(pid)
    if main is None:
        return None
    return main.cpu + sum(child.cpu for child in map(procfs.stat, children) if child)


def parse_rollup(text: str) -> Memory:
    """The sums of /proc/PID/smaps_rollup, which is in KiB."""
    sizes: dict[str, int] = {}
    for line in text.splitlines():
        name, _, rest = line.partition(":")
        if rest.endswith(" kB"):
            sizes[name] = int(rest.split()[0]) * 1024
    return Memory(sizes.get("Rss"), sizes.get("Pss"))


def _memory_of(pid: int) -> Memory:
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            return parse_rollup(rollup.read())
    except OSError:
        # Another user's, a kernel without it (before 4.14), or a process that is ending.
        return Memory(_resident(pid), None)


def _resident(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/statm") as statm:
            return int(statm.read().split()[1]) * _PAGE
    except OSError:
        return None
