"""What processes have used, as the kernel counts it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

NANOSECONDS = 1e9


def pss(pids: Iterable[int]) -> int:
    """Bytes of memory of these processes, shared pages divided among those that share them."""
    return sum(_pss(pid) for pid in pids)


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"no Pss of {pid}")


def cpu(pids: Iterable[int]) -> float:
    """Seconds of CPU that these processes have used, all their threads together."""
    return sum(thread_cpu(pid, tid) for pid in pids for tid in threads(pid))


def parent(pid: int) -> int:
    """The pid of a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def threads(pid: int) -> list[int]:
    """The threads of a process; the main thread has its pid."""
    return [int(path.name) for path in Path(f"/proc/{pid}/task").iterdir()]


def thread_cpu(pid: int, tid: int) -> float:
    """Seconds of CPU that one thread has used, to the nanosecond."""
    return int(Path(f"/proc/{pid}/task/{tid}/schedstat").read_text().split()[0]) / NANOSECONDS


def written(pid: int) -> int:
    """Bytes that a process caused to be written to a disk, less what was deleted before it was."""
    fields = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(fields["write_bytes"]) - int(fields["cancelled_write_bytes"])
