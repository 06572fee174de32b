"""The machine that was measured on, in a few lines."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from tests.support.brokers import redis_binary

GIBIBYTE = 1 << 30


def describe() -> list[str]:
    """Processor, memory, kernel, versions, and how busy it is with other things."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIBIBYTE
    packages = ", ".join(f"{name} {version(name)}" for name in ("celery", "kombu", "redis"))
    return [
        f"{os.cpu_count()} x {_processor()}, {memory:.0f} GiB, Linux {platform.release()}",
        f"Python {platform.python_version()}, {packages}, {_redis_server()}",
        f"load average before: {os.getloadavg()[0]:.2f}",
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _redis_server() -> str:
    done = subprocess.run([redis_binary(), "--version"], capture_output=True, text=True, check=True)
    return "Redis " + done.stdout.partition("v=")[2].partition(" ")[0]
