"""What a node has used of the machine, from /proc."""

import os
from typing import List, Optional

from . import native

_TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Samples the CPU of a node; ``percent`` is the mean between the last two samples."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._sampled = 0.0
        self.seconds: Optional[float] = None
        self.percent: Optional[float] = None

    def sample(self, now: float, children: List[int]) -> None:
        """Look at the node and its live `children`; `now` is monotonic."""
        before, self.seconds = self.seconds, cpu_seconds(self._pid, children)
        if before is not None and self.seconds is not None:
            # A pool child that has gone but isn't reaped yet is missing for a moment.
            self.percent = 100 * max(self.seconds - before, 0.0) / (now - self._sampled)
        self._sampled = now


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
