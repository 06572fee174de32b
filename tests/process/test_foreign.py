from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fleetctl.process import pidfile
from fleetctl.process.foreign import Holder, describe, examine
from fleetctl.process.identity import open_process
from fleetctl.process.pidfile import PidfileFacts
from fleetctl.process.tree import kill_tree
from fleetctl.runtime.identity import identity_of
from tests.process.conftest import Spawn, as_nobody, done_by_nobody
from tests.support.waiting import wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

NODENAME = f"w1@{socket.gethostname()}"
AS_NOBODY = """
import os, time
os.setuid(65534)
print("up", flush=True)
time.sleep(1000)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w1.pid"


@pytest.fixture
def celery(tmp_path: Path) -> str:
    """A script named celery that waits, whatever its arguments."""
    script = tmp_path / "bin" / "celery"
    script.parent.mkdir()
    script.write_text("import time\nprint('up', flush=True)\ntime.sleep(1000)\n")
    return str(script)


def up(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def written(path: Path, pid: int, age: float = 0.0) -> PidfileFacts:
    path.write_text(f"{pid}\n")
    os.utime(path, (time.time() - age, time.time() - age))
    return pidfile.read(path)


def held(facts: PidfileFacts, nodename: str = NODENAME) -> Holder:
    holder = examine(facts, nodename)
    assert holder is not None
    return holder


def test_nobody_holds_a_missing_pidfile_or_that_of_a_dead_process(
    path: Path, sleeper: subprocess.Popen[str]
) -> None:
    assert examine(pidfile.read(path), NODENAME) is None
    facts = written(path, sleeper.pid)
    sleeper.kill()
    wait_until(lambda: examine(facts, NODENAME) is None, timeout=10, what="its end as a zombie")
    sleeper.wait()
    assert examine(facts, NODENAME) is None


@pytest.mark.parametrize(
    "options",
    [
        ["--pidfile={path}"],
        ["--pidfile", "{path}", "-n", "w1@%h"],
        ["--pidfile=w1.pid"],
        ["--pidfile=./%n.pid", "-n", "w1@%h"],
        ["-n", "w1@%h"],
        [f"--hostname={NODENAME}"],
    ],
)
def test_a_worker_whose_command_line_names_this_pidfile_or_node_is_adopted(
    path: Path, celery: str, spawn: Spawn, options: list[str]
) -> None:
    words = [option.format(path=path) for option in options]
    worker = up(spawn(sys.executable, celery, "-A", "x", "worker", *words, cwd=path.parent))
    holder = held(written(path, worker.pid))
    assert (holder.adopted, holder.replaceable) == (True, False)
    assert holder.identity.pid == worker.pid


@pytest.mark.parametrize("name", [["-n", "other"], ["-nother@%h"], ["--hostname=w2@%h"]])
def test_a_worker_of_another_name_with_this_pidfile_is_neither_adopted_nor_replaced(
    path: Path, celery: str, spawn: Spawn, name: list[str]
) -> None:
    worker = up(spawn(sys.executable, celery, "worker", f"--pidfile={path}", *name))
    holder = held(written(path, worker.pid, age=3600))
    assert (holder.adopted, holder.replaceable) == (False, False)


def test_a_pidfile_reached_through_a_link_is_the_same_pidfile(
    tmp_path: Path, celery: str, spawn: Spawn
) -> None:
    (tmp_path / "release").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "release")
    path = tmp_path / "release/w1.pid"
    option = f"--pidfile={tmp_path}/current/w1.pid"
    worker = up(spawn(sys.executable, celery, "worker", option))
    assert held(written(path, worker.pid)).adopted


@pytest.mark.parametrize("options", [["--pidfile=/run/w2.pid"], ["--pidfile=%x.pid"]])
def test_a_worker_with_another_pidfile_is_not_this_node(
    path: Path, celery: str, spawn: Spawn, options: list[str]
) -> None:
    worker = up(spawn(sys.executable, celery, "worker", "-n", "w1@%h", *options))
    holder = held(written(path, worker.pid))
    assert (holder.adopted, holder.replaceable) == (False, True)


def test_a_worker_without_a_pidfile_and_of_another_name_may_be_this_node(
    path: Path, celery: str, spawn: Spawn
) -> None:
    worker = up(spawn(sys.executable, celery, "worker", "-n", "w2@%h"))
    holder = held(written(path, worker.pid))
    assert (holder.adopted, holder.replaceable) == (False, False)


def test_a_rewritten_title_proves_nothing_either_way(path: Path, spawn: Spawn) -> None:
    title = "[celeryd: w1@host:MainProcess] -active- (worker)"
    process = spawn(title, "1000", executable="/bin/sleep")
    facts = written(path, process.pid)
    wait_until(lambda: held(facts).description.startswith("["), timeout=10, what="exec")
    holder = held(facts)
    assert (holder.adopted, holder.replaceable) == (False, False)


def test_a_python_program_that_may_be_a_worker_is_not_replaced(path: Path, spawn: Spawn) -> None:
    process = up(
        spawn(sys.executable, "-c", "import time; print('up', flush=True); time.sleep(1000)")
    )
    assert not held(written(path, process.pid)).replaceable


def test_a_pidfile_older_than_its_process_proves_nothing_for_the_clock_may_have_been_set(
    path: Path, spawn: Spawn
) -> None:
    process = up(
        spawn(sys.executable, "-c", "import time; print('up', flush=True); time.sleep(1000)")
    )
    assert not held(written(path, process.pid, age=3600)).replaceable


@pytest.mark.parametrize(("later", "replaceable"), [(1, True), (0, False)])
def test_a_process_that_has_the_pid_of_the_dead_node_is_not_the_worker(
    path: Path, spawn: Spawn, later: int, replaceable: bool
) -> None:
    process = up(
        spawn(sys.executable, "-c", "import time; print('up', flush=True); time.sleep(1000)")
    )
    found = identity_of(process.pid)
    dead = replace(found, start_ticks=found.start_ticks - later)
    holder = examine(written(path, process.pid), "w1@host", dead)
    assert holder is not None and holder.replaceable is replaceable


def test_another_program_is_replaceable_and_described(
    path: Path, sleeper: subprocess.Popen[str]
) -> None:
    holder = held(written(path, sleeper.pid))
    assert (holder.adopted, holder.replaceable) == (False, True)
    assert holder.description.startswith("sleep 1000, started ")
    assert " s ago by " in holder.description


@as_root
def test_another_users_worker_with_this_pidfile_is_neither_ours_nor_replaced(
    path: Path, celery: str, spawn: Spawn
) -> None:
    Path(celery).write_text(AS_NOBODY)
    worker = up(spawn(sys.executable, celery, "-A", "x", "worker", f"--pidfile={path}"))
    holder = held(written(path, worker.pid))
    assert (holder.adopted, holder.replaceable) == (False, False)
    assert holder.description.endswith("by nobody")


@as_root
def test_another_users_python_program_may_be_a_worker(path: Path, spawn: Spawn) -> None:
    process = up(spawn(sys.executable, "-c", AS_NOBODY))
    assert not held(written(path, process.pid)).replaceable


@as_root
def test_another_users_other_program_is_replaceable(path: Path, spawn: Spawn) -> None:
    process = spawn("sleep", "1000", preexec_fn=as_nobody)
    facts = written(path, process.pid)
    wait_until(lambda: held(facts).description.startswith("sleep"), timeout=10, what="exec")
    holder = held(facts)
    assert (holder.adopted, holder.replaceable) == (False, True)


@as_root
@pytest.mark.parametrize(
    ("argv", "replaceable"),
    [
        (["sleep", "1000"], "True"),
        (["[celeryd: w1@host:MainProcess]", "1000"], "False"),
        (["acme-title", "1000"], "False"),
    ],
)
def test_a_program_that_may_not_be_looked_into_is_judged_by_its_names(
    open_path: Path, spawn: Spawn, argv: list[str], replaceable: str
) -> None:
    process = spawn(*argv, executable="/bin/sleep")
    facts = written(open_path / "w1.pid", process.pid)
    # Looked at by root first, too: what is imported on the way, nobody may not read.
    wait_until(lambda: held(facts).description.startswith(argv[0]), timeout=10, what="exec")
    assert done_by_nobody(lambda: held(facts).replaceable) == replaceable


@as_root
def test_a_relative_pidfile_of_another_users_worker_may_be_this_one(
    open_path: Path, celery: str, spawn: Spawn
) -> None:
    worker = up(spawn(sys.executable, celery, "worker", "--pidfile=w1.pid", cwd=open_path))
    facts = written(open_path / "w1.pid", worker.pid)
    assert held(facts).adopted
    assert done_by_nobody(lambda: held(facts).replaceable) == "False"


def test_a_process_without_a_command_line_is_described_by_its_name() -> None:
    said = describe((), "kthreadd", 3 * 86400.0, "root")
    assert said == "[kthreadd], started 3 d ago by root"


def test_a_long_command_line_is_cut(path: Path, spawn: Spawn) -> None:
    process = spawn("sleep", *["1000"] * 50)
    facts = written(path, process.pid)
    wait_until(lambda: "sleep 1000" in held(facts).description, timeout=10, what="exec")
    assert "…, started " in held(facts).description
    assert len(held(facts).description) < 100


def test_a_worker_that_celery_multi_started_is_adopted(tmp_path: Path) -> None:
    path = tmp_path / "w1.pid"
    multi = [sys.executable, "-m", "celery", "multi", "start", "w1", "-b", "memory://"]
    options = ["-P", "solo", f"--pidfile={tmp_path}/%n.pid", f"--logfile={tmp_path}/%n.log"]
    environment = {**os.environ, "C_FORCE_ROOT": "1"}
    subprocess.run([*multi, *options], check=True, env=environment, cwd=tmp_path, timeout=60)
    wait_until(lambda: pidfile.read(path).pid, timeout=60, what="the worker's pidfile")
    holder = held(pidfile.read(path))
    try:
        assert (holder.adopted, holder.replaceable) == (True, False)
    finally:
        with open_process(holder.identity) as handle:
            assert kill_tree(handle).survivors == ()
