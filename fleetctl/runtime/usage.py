"""What a node has used of the machine, from /proc."""

import os
from typing import List, Optional

from . import native

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int, children: List[int]) -> Optional[float]:
    """CPU seconds of `pid`, of the children it has already reaped, and of the live `children`.

    None where /proc doesn't tell.
    """
    own = _ticks(pid, 4)
    if own is None:
        return None
    live = sum(_ticks(child, 2) or 0 for child in children)
    return (own + live) / _TICKS


def _ticks(pid: int, count: int) -> Optional[int]:
    # proc(5): utime, stime, cutime, cstime are fields 14 to 17; field 2, a name, may hold spaces.
    try:
        line = native.read_all(f"/proc/{pid}/stat", 4096)
    except OSError:
        return None
    return sum(int(field) for field in line.rpartition(b")")[2].split()[11 : 11 + count])
