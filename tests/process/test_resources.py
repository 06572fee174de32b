from __future__ import annotations

import os
import subprocess

import pytest

from fleetctl.process.resources import Memory, cpu_seconds, memory, parse_rollup
from tests.process.conftest import Python, Spawn, done_by_nobody

ROLLUP = """\
55986e40f000-7fff75353000 ---p 00000000 00:00 0                          [rollup]
Rss:                1632 kB
Pss:                 374 kB
Pss_Dirty:           112 kB
"""


def test_a_rollup_is_in_kibibytes() -> None:
    assert parse_rollup(ROLLUP) == Memory(1632 * 1024, 374 * 1024)
    assert parse_rollup("") == Memory(None, None)


def test_the_memory_of_children_is_included(sleeper: subprocess.Popen[str]) -> None:
    alone, both = memory(os.getpid()), memory(os.getpid(), [sleeper.pid])
    assert alone.rss and alone.pss and both.rss and both.pss
    assert both.rss > alone.rss > alone.pss


def test_the_memory_of_what_is_gone_is_unknown(spawn: Spawn) -> None:
    process = spawn("true")
    process.wait()
    assert memory(process.pid) == Memory(None, None)
    assert cpu_seconds(process.pid) is None
    assert memory(os.getpid(), [process.pid]).rss


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_another_users_process_has_a_resident_size_only(sleeper: subprocess.Popen[str]) -> None:
    said = done_by_nobody(lambda: memory(sleeper.pid))
    assert said.startswith("Memory(rss=")
    assert said.endswith("pss=None)")
    assert "rss=None" not in said


def test_processor_time_grows_with_work(python: Python) -> None:
    code = "import time\nwhile time.process_time() < 0.3: pass\nprint('done'); input()"
    worker = python(code, stdin=subprocess.PIPE)
    used = cpu_seconds(worker.pid)
    assert used is not None
    assert 0.25 < used < 30
    assert (cpu_seconds(os.getppid(), [worker.pid]) or 0) >= used
