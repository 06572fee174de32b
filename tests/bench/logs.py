"""What `fleetctl logs` costs: against `tail`, in bytes read, in records a second, in latency.

Each figure stands beside its limit. The large files are made once, in a temporary folder, and
removed at the end; `--gigabytes 0.1` makes do with less room.

    python -m tests.bench.logs
"""

from __future__ import annotations

import argparse
import os
import re
import selectors
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.support.fleets import FLEETCTL
from tests.support.waiting import wait_until
from tests.support.watching import watches

GIGABYTE = 10**9
MEBIBYTE = 1 << 20
TEN = [f"w{number}" for number in range(10)]
FIFTY = [f"w{number}" for number in range(50)]
RECORD = "[{stamp}: INFO/ForkPoolWorker-1] Task sample.add[{number:036}] succeeded in 0.0012s: 4\n"
ROUNDS = 7
PROBES = 100
SECONDS_AT_FULL_SPEED = 6

WRITER = """
import sys, time
record = sys.argv[1]
files = [open(path, "ab", buffering=0) for path in sys.argv[3:]]
end, number = time.time() + float(sys.argv[2]), 0
while time.time() < end:
    for file in files:
        now = time.time()
        local = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(now))
        stamp = f"{local},{int(now % 1 * 1000):03}"
        lines = [record.format(stamp=stamp, number=number + one) for one in range(50)]
        file.write("".join(lines).encode())
        number += 50
print(number)
"""


@dataclass(frozen=True)
class Row:
    """One line of the table; kept if the figure is at most, or at least, the limit."""

    work: str
    figure: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


def main() -> int:
    """Measure, print the table; 1 if a limit is broken."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--gigabytes", type=float, default=1.0, help="the size of a large log")
    size = int(options.parse_args().gigabytes * GIGABYTE)
    rows = []
    # Compiled modules are kept, as they are wherever a program is installed.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        rows += against_tail(fleet(Path(folder) / "large", TEN), size)
        rows += at_full_speed(fleet(Path(folder) / "fast", TEN))
        rows += quiet(fleet(Path(folder) / "quiet", FIFTY))
        rows += without_newline(fleet(Path(folder) / "endless", ["w0"]), 5 * size)
    table = Table("work", "figure", "limit", "ratio", "", title="fleetctl logs")
    for row in rows:
        ratio = row.limit / row.figure if row.at_least else row.figure / row.limit
        figure, limit = f"{row.figure:,.4g} {row.unit}", f"{row.limit:,.4g} {row.unit}"
        table.add_row(row.work, figure, limit, f"{ratio:.2f}", "kept" if row.kept else "BROKEN")
    Console(width=110).print(table)
    return 0 if all(row.kept for row in rows) else 1


def fleet(folder: Path, names: list[str]) -> Path:
    """A fleet of which only the logs are wanted."""
    (folder / "log").mkdir(parents=True)
    workers = ", ".join(f"{name}: {{}}" for name in names)
    (folder / "fleet.yaml").write_text(f"app: fleetctl.sample:app\nworkers: {{{workers}}}\n")
    for name in names:
        log(folder, name).touch()
    return folder


def log(folder: Path, name: str) -> Path:
    """A node's log."""
    return folder / "log" / f"{name}.log"


def against_tail(folder: Path, size: int) -> list[Row]:
    """The last lines of ten large logs, and the middle of one."""
    begun, ended = fill([log(folder, name) for name in TEN], size)
    logs = [str(log(folder, name)) for name in TEN]
    ours, start_up, tails = [], [], []
    for _ in range(ROUNDS):
        start_up.append(seconds_of([str(FLEETCTL), "names"], folder))
        ours.append(seconds_of([str(FLEETCTL), "logs", "-n", "100"], folder))
        tails.append(seconds_of(["tail", "-n", "100", *logs], folder))
    allowed = min(start_up) + 3 * min(tails)
    middle = (begun + (ended - begun) / 2).isoformat(timespec="seconds")
    until = (begun + (ended - begun) / 2 + timedelta(milliseconds=100)).isoformat()
    share = bytes_read(["logs", "w0", "--since", middle, "--until", until], folder) / size
    for name in TEN:
        log(folder, name).unlink()
    return [
        Row("the last 100 of ten logs (start-up + 3 x tail)", min(ours), allowed, "s"),
        Row("--since in the middle of a log, read", share * 100, 1.0, "%"),
    ]


def fill(paths: list[Path], size: int) -> tuple[datetime, datetime]:
    """Write the same records, a millisecond apart, into all; when the first and last are from."""
    begun = now = datetime.now() - timedelta(days=2)  # noqa: DTZ005 - logs are local
    files = [path.open("wb") for path in paths]
    number = written = 0
    while written < size:
        lines = []
        for _ in range(20_000):
            stamp = f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03}"
            lines.append(RECORD.format(stamp=stamp, number=number))
            now += timedelta(milliseconds=1)
            number += 1
        data = "".join(lines).encode()
        written += len(data)
        for file in files:
            file.write(data)
    for file in files:
        file.close()
    return begun, now


def seconds_of(command: list[str], folder: Path) -> float:
    """How long a command takes, its output into a pipe."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - began


def bytes_read(arguments: list[str], folder: Path) -> int:
    """How many bytes it has read of files, beyond what it takes to start."""
    spent = [_rchar([*arguments], folder), _rchar(["logs", "w0", "-n", "0"], folder)]
    return spent[0] - spent[1]


def _rchar(arguments: list[str], folder: Path) -> int:
    code = (
        "import os, re, runpy, sys\n"
        "os._exit = sys.exit\n"  # it would leave without our line
        "try: runpy.run_module('fleetctl', run_name='__main__', alter_sys=True)\n"
        "except SystemExit: pass\n"
        "said = open('/proc/self/io').read()\n"
        "print(re.search(r'rchar: (\\d+)', said).group(1), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return int(done.stderr.split()[-1])


@contextmanager
def following(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`fleetctl logs -f`, which has begun."""
    command = [str(FLEETCTL), "logs", "-f", "-n", "0", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE)
    try:
        wait_until(lambda: watches(process.pid), timeout=30, what="it to follow")
        yield process
    finally:
        process.terminate()
        process.wait()


def at_full_speed(folder: Path) -> list[Row]:
    """Ten logs written as fast as one process can, followed."""
    logs = [str(log(folder, name)) for name in TEN]
    writing = [sys.executable, "-c", WRITER, RECORD, str(SECONDS_AT_FULL_SPEED), *logs]
    with following(folder) as process, subprocess.Popen(writing, stdout=subprocess.PIPE) as writer:
        began = time.perf_counter()
        written: list[int] = []
        waiting = threading.Thread(target=lambda: written.append(int(writer.communicate()[0])))
        waiting.start()
        peaks: list[float] = []
        seen = [0]
        for data in _output(process, lambda: sum(seen) >= sum(written or [1 << 60])):
            seen[0] += data.count(b"\n")
            peaks.append(_memory(process.pid, "VmRSS"))
        rate = seen[0] / (time.perf_counter() - began)
        waiting.join()
    third = len(peaks) // 3
    growth = statistics.median(peaks[-third:]) / statistics.median(peaks[third : 2 * third])
    return [
        Row("ten logs at full speed, followed", rate, 100_000, "records/s", at_least=True),
        Row("memory meanwhile, last third to middle third", growth, 1.1, "x"),
    ]


def _output(process: subprocess.Popen[bytes], done: Callable[[], bool]) -> Iterator[bytes]:
    assert process.stdout is not None
    deadline = time.monotonic() + 120
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not done() and time.monotonic() < deadline:
            if selector.select(0.2):
                yield os.read(process.stdout.fileno(), MEBIBYTE)


def quiet(folder: Path) -> list[Row]:
    """Fifty logs with now and then a record: how soon it is shown, and what waiting costs."""
    with following(folder) as process:
        assert process.stdout is not None
        idle_from, began = _cpu(process.pid), time.perf_counter()
        time.sleep(20)
        idle = (_cpu(process.pid) - idle_from) / (time.perf_counter() - began)
        delays = []
        for number in range(PROBES):
            now = datetime.now()  # noqa: DTZ005 - logs are local
            stamp = f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03}"
            with log(folder, FIFTY[number % 50]).open("a") as file:
                file.write(RECORD.format(stamp=stamp, number=number))
            written = time.perf_counter()
            process.stdout.readline()
            delays.append(time.perf_counter() - written)
            time.sleep(0.03)
    p99 = statistics.quantiles(delays, n=100)[98]
    return [
        Row("from write to screen, 50 quiet logs, p99", p99 * 1000, 100.0, "ms"),
        Row("CPU while all are quiet", idle * 100, 1.0, "%"),
    ]


def without_newline(folder: Path, size: int) -> list[Row]:
    """A log of one endless line."""
    with log(folder, "w0").open("wb") as file:
        block = b"x" * MEBIBYTE
        for _ in range(size // MEBIBYTE):
            file.write(block)
    code = (
        "import os, re, subprocess, sys\n"
        "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,\n"
        "    file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])\n"
        "print(os.wait4(pid, 0)[2].ru_maxrss)\n"
    )
    command = [sys.executable, "-c", code, str(FLEETCTL), "logs", "-n", "10"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    log(folder, "w0").unlink()
    peak = int(done.stdout) / 1024
    return [Row(f"peak memory, {size / GIGABYTE:g} GB in one line", peak, 100, "MB")]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int, field: str) -> float:
    found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) / 1024 if found else 0.0


if __name__ == "__main__":
    sys.exit(main())
