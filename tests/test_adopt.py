"""`init --adopt`: workers that `celery multi` started become a fleet, and none of them notices."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import processes
from tests.support.fleets import SAMPLE, Fleet, Result
from tests.support.multi import MULTI
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

QUICK = ["--without-mingle", "--without-gossip", "-l", "INFO"]


def multi(
    fleet: Fleet,
    *arguments: str,
    ready: int,
    env: dict[str, str] | None = None,
    app: str = SAMPLE,
) -> Result:
    """`celery multi start ...`, and its workers up."""
    for name in ("run", "log"):
        (fleet.folder / name).mkdir(exist_ok=True)
    result = fleet.command(
        [*MULTI, "start", *arguments, "-A", app, f"--hostname={fleet.domain}", *QUICK], env=env
    )
    wait_until(lambda: ups(fleet) >= ready, timeout=30, what="the workers to be up")
    return result


def ups(fleet: Fleet) -> int:
    """How many workers have said in their logs that they are ready."""
    logs = [*fleet.folder.glob("log/*.log"), *fleet.folder.glob("*.log")]
    return sum(path.read_text().count(" ready.") for path in logs)


def config(fleet: Fleet) -> dict[str, object]:
    """The fleet.yaml that is there."""
    loaded: dict[str, object] = yaml.safe_load(fleet.path.read_text())
    return loaded


FILES = ["--pidfile=run/%n.pid", "--logfile=log/%n.log"]


@pytest.fixture
def two(fleet: Fleet) -> dict[str, int]:
    """Two workers of `celery multi`, by name."""
    multi(fleet, "w1", "w2", "-c", "1", "-Q:w2", "other", "-Q", "celery", *FILES, ready=2)
    return {name: fleet.pid(name) for name in ("w1", "w2")}


def test_status_knows_them_at_once_and_none_has_noticed(fleet: Fleet, two: dict[str, int]) -> None:
    result = fleet.run("init", "--adopt")
    assert result.code == 0, result
    rows = fleet.status()
    assert {name: row["pid"] for name, row in rows.items()} == two
    assert {row["state"] for row in rows.values()} == {"ready"}
    assert fleet.run("validate").code == 0
    assert fleet.log("w1").count(" ready.") == 1
    history = json.loads(fleet.run("history", "--json").stdout)["entries"]
    assert {(entry["node"], entry["what"], entry["pid"]) for entry in history} == {
        (name, "adopted", pid) for name, pid in two.items()
    }


def test_fleet_yaml_says_what_their_command_lines_say(fleet: Fleet, two: dict[str, int]) -> None:
    fleet.run("init", "--adopt")
    found = config(fleet)
    assert (found["app"], found["python"]) == (SAMPLE, sys.executable)
    assert found["workers"] == {"w1": {"queues": ["celery"]}, "w2": {"queues": ["other"]}}
    assert found["defaults"] == {
        "concurrency": 1,
        "loglevel": "info",
        "without_gossip": True,
        "without_mingle": True,
        "hostname": f"%n@{fleet.domain}",
    }
    # run/%n.pid and log/%n.log are fleetctl's own: nothing is said of them.
    assert {"pidfile", "logfile", "rundir", "logdir", "workdir"}.isdisjoint(found)


def test_stopwait_drains_them(fleet: Fleet, tasks: Tasks, two: dict[str, int]) -> None:
    fleet.run("init", "--adopt")
    task = tasks.send("slow", seconds=3)
    wait_until(lambda: fleet.ledger.count("start"), timeout=15, what="the task to run")
    result = fleet.run("stopwait", "w1")
    assert result.code == 0, result
    assert tasks.state(task) == "SUCCESS"
    assert fleet.states() == {"w1": "stopped", "w2": "ready"}


def ends(fleet: Fleet, name: str) -> list[tuple[str | None, str | None]]:
    """What history tells of a node's ends: the command that was behind it, and the signal."""
    entries = json.loads(fleet.run("history", name, "--json").stdout)["entries"]
    return [
        (entry["by"] and entry["by"]["command"], entry["signal"])
        for entry in entries
        if entry["what"] == "exit"
    ]


@pytest.mark.parametrize(
    ("command", "died_of"),
    [(["stopwait", "w1"], None), (["restart", "w1"], None), (["kill", "w1"], "KILL")],
)
def test_history_tells_who_ended_them(
    fleet: Fleet, two: dict[str, int], command: list[str], died_of: str | None
) -> None:
    fleet.run("init", "--adopt")
    assert fleet.run(*command).code == 0
    ((by, sent),) = ends(fleet, "w1")
    assert by is not None
    assert by.endswith(" ".join(command))
    assert sent == died_of
    shown = fleet.run("history", "w1").stdout
    assert ("killed by SIGKILL" if died_of else "adopted: nobody saw its exit code") in shown
    assert ends(fleet, "w2") == []


def test_an_end_that_nobody_watched_is_told_once_at_the_next_start(
    fleet: Fleet, two: dict[str, int]
) -> None:
    fleet.run("init", "--adopt")
    fleet.run("stop", "w1")
    processes.wait_gone(two["w1"])
    assert ends(fleet, "w1") == []
    fleet.start()
    ((by, sent),) = ends(fleet, "w1")
    assert by is not None
    assert by.endswith("stop w1")
    assert sent is None
    fleet.run("stopwait", "w1")
    assert len(ends(fleet, "w1")) == 2


def test_one_that_lives_on_without_its_pidfile_is_not_told_as_ended(
    fleet: Fleet, two: dict[str, int]
) -> None:
    fleet.run("init", "--adopt")
    os.kill(two["w1"], signal.SIGSTOP)
    fleet.run("stop", "w1")
    pidfile = fleet.folder / "run" / "w1.pid"
    pidfile.rename(pidfile.with_name("kept"))
    assert fleet.run("stopwait", "w1").code == 0
    assert ends(fleet, "w1") == []
    pidfile.with_name("kept").rename(pidfile)
    os.kill(two["w1"], signal.SIGCONT)
    processes.wait_gone(two["w1"])


def test_each_is_fleetctls_own_after_its_next_restart(fleet: Fleet, two: dict[str, int]) -> None:
    fleet.run("init", "--adopt")
    result = fleet.run("restart", "w1")
    assert result.code == 0, result
    rows = fleet.status()
    assert rows["w1"]["pid"] != two["w1"]
    assert rows["w1"]["queues"] == ["celery"]
    assert rows["w1"]["concurrency"] == 1
    assert rows["w2"]["pid"] == two["w2"]


def test_what_it_started_itself_is_nothing_to_adopt(fleet: Fleet) -> None:
    fleet.write({"w1": {"concurrency": 1}})
    fleet.start()
    fleet.path.rename(fleet.folder / "old.yaml")
    result = fleet.run("init", "--adopt", "--app", SAMPLE, "-n")
    assert f"pid {fleet.pid('w1')}" not in result.output
    fleet.path.with_name("old.yaml").rename(fleet.path)


def test_a_dry_run_writes_nothing(fleet: Fleet, two: dict[str, int]) -> None:
    before = sorted(fleet.folder.rglob("*"))
    result = fleet.run("init", "--adopt", "--dry-run")
    assert result.code == 0, result
    assert "workers:" in result.stdout
    assert sorted(fleet.folder.rglob("*")) == before


def test_a_fleet_yaml_that_is_there_is_left_as_it_is(fleet: Fleet, two: dict[str, int]) -> None:
    fleet.path.write_text("# mine\n")
    result = fleet.run("init", "--adopt")
    assert result.code == 2, result
    assert "is there already" in result.stderr
    assert fleet.path.read_text() == "# mine\n"


def test_the_environment_that_matters_comes_along_and_secrets_stay_secret(fleet: Fleet) -> None:
    env = {"TZ": "Asia/Tokyo", "SHOP_API_TOKEN": "s3'cr\\et", "SHOP_SK": "x1y2", "SHLVL": "7"}
    multi(fleet, "w1", "-c", "1", *FILES, ready=1, env=env)
    result = fleet.run("init", "--adopt")
    assert result.code == 0, result
    assert "s3" not in result.output
    assert "x1y2" not in result.output + fleet.path.read_text()
    assert "SHLVL" not in result.output
    found = config(fleet)
    variables = found["env"]
    assert isinstance(variables, dict)
    assert variables["TZ"] == "Asia/Tokyo"
    assert "SHOP_API_TOKEN" not in variables
    secrets = fleet.folder / "fleet.env"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert found["env_file"] == "fleet.env"
    shown = json.loads(fleet.run("show", "--json", "--reveal").stdout)["nodes"][0]["env"]
    assert (shown["SHOP_API_TOKEN"], shown["SHOP_SK"]) == (env["SHOP_API_TOKEN"], "x1y2")


def test_ten_of_a_range_become_replicas(fleet: Fleet) -> None:
    multi(fleet, "3", "-P", "solo", *FILES, ready=3)
    result = fleet.run("init", "--adopt")
    assert result.code == 0, result
    workers = config(fleet)["workers"]
    assert isinstance(workers, dict)
    assert list(workers) == ["celery"]
    assert workers["celery"]["replicas"] == 3
    assert set(fleet.states().values()) == {"ready"}


def test_a_worker_without_a_pidfile_gets_one(fleet: Fleet) -> None:
    worker = fleet.spawn(
        [
            *(sys.executable, "-m", "celery", "-A", SAMPLE, "worker", "-P", "solo", *QUICK),
            *(f"-nplain@{fleet.domain}", f"--logfile={fleet.folder}/plain.log"),
        ]
    )
    with worker:
        wait_until(lambda: ups(fleet), timeout=30, what="the worker to be up")
        result = fleet.run("init", "--adopt")
        assert result.code == 0, result
        row = fleet.status()["plain"]
        assert (row["state"], row["pid"]) == ("ready", worker.pid)
        assert fleet.pid("plain") == worker.pid
        assert fleet.run("stopwait", "plain", "--timeout", "20s").code == 0
        worker.communicate(timeout=10)
    assert worker.returncode == 0
    assert fleet.states() == {"plain": "stopped"}
    fleet.start()
    assert fleet.status()["plain"]["pool"] == "solo"


def test_a_worker_with_a_title_of_setproctitle_is_known_by_it(fleet: Fleet) -> None:
    fleet.module("setproctitle", SETPROCTITLE)
    multi(fleet, "w1", "-P", "solo", *FILES, ready=1)
    pid = fleet.pid("w1")
    assert Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"[celeryd: w1@")
    result = fleet.run("init", "--adopt")
    assert result.code == 0, result
    assert fleet.status()["w1"]["pid"] == pid
    assert "setproctitle has written over its environment" in result.stderr
    assert fleet.run("stopwait", "w1").code == 0
    assert not processes.alive(pid)


#: What the library of this name does, for Celery to find in the folder the workers run in.
SETPROCTITLE = """
import os

def setproctitle(text):
    numbers = open("/proc/self/stat", "rb").read().rpartition(b")")[2].split()
    start, end = int(numbers[45]), int(numbers[48])  # of arguments and environment: proc(5)
    title = text.encode()[: end - start - 1].ljust(end - start, b"\\0")
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        os.pwrite(memory.fileno(), title, start)
"""


def test_pool_children_are_no_workers(fleet: Fleet) -> None:
    multi(fleet, "w1", "-c", "3", *FILES, ready=1)
    result = fleet.run("init", "--adopt")
    assert result.code == 0, result
    assert list(fleet.states()) == ["w1"]


def test_two_of_one_name_are_told_apart_by_pid(fleet: Fleet) -> None:
    multi(fleet, "w1", "-P", "solo", *FILES, ready=1)
    multi(fleet, "w1", "-P", "solo", "--pidfile=run/x.pid", "--logfile=log/x.log", ready=2)
    result = fleet.run("init", "--adopt")
    assert result.code == 0, result
    other = int((fleet.folder / "run" / "x.pid").read_text())
    assert f"pid {other} is called w1@{fleet.domain}, as pid {fleet.pid('w1')} is" in result.stderr
    assert list(fleet.states()) == ["w1"]
    assert processes.alive(other)


def test_a_pool_child_that_outlived_its_worker_is_not_taken_for_one(fleet: Fleet) -> None:
    fleet.module("proj", CLINGING)
    result = multi(fleet, "w1", "-c", "1", *FILES, ready=1, app="proj")
    pid = fleet.pid("w1")
    os.kill(pid, signal.SIGKILL)
    processes.wait_gone(pid)
    (orphan,) = wait_until(fleet.survivors, timeout=10, what="the orphan")
    result = fleet.run("init", "--adopt")
    assert result.code == 2, result
    assert f"pid {orphan.pid} isn't the pid in its pidfile" in result.output
    assert not fleet.path.exists()


#: An app whose pool processes don't end with their worker, as those of old kernels don't.
CLINGING = """
import os, signal
from celery import Celery, signals

app = Celery("proj")

@signals.worker_process_init.connect
def cling(**_):
    if not os.fork():
        while True:
            signal.pause()
"""


def test_where_none_runs_it_says_so_and_takes_none_from_elsewhere(fleet: Fleet) -> None:
    result = fleet.run("init", "--adopt")
    assert result.code == 2, result
    assert "error: no Celery worker" in result.stderr
    assert not fleet.path.exists()


def test_one_that_was_killed_is_not_among_them(fleet: Fleet, two: dict[str, int]) -> None:
    os.kill(two["w2"], signal.SIGKILL)
    processes.wait_gone(two["w2"])
    result = fleet.run("init", "--adopt")
    assert result.code == 0, result
    assert list(fleet.states()) == ["w1"]


def test_a_nodename_that_fleet_yaml_cannot_say_is_left_out_not_started_twice(fleet: Fleet) -> None:
    (fleet.folder / "log").mkdir()
    worker = [*MULTI[:-1], "-A", SAMPLE, "worker", "-n", f"sp ace@{fleet.domain}", "-P", "solo"]
    assert fleet.command([*worker, "--detach", "--logfile=log/w1.log", *QUICK]).code == 0
    wait_until(lambda: ups(fleet), timeout=30, what="the worker to be up")
    result = fleet.run("init", "--adopt")
    assert result.code == 2
    assert f"is called sp ace@{fleet.domain}, which fleet.yaml can't say" in result.stderr
    assert not fleet.path.exists()
