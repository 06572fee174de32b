"""Why a node didn't come up: the cause in its last snapshot, the traceback in its output."""

from __future__ import annotations

import fcntl
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fleetctl.runtime.formats import Cause, LaunchPlan, to_json
from tests.runtime.conftest import APP, MakeLaunch
from tests.runtime.driver import Launch
from tests.support.processes import wait_gone


def cause_of(launch: Launch, name: str = "w1") -> Cause:
    """Wait for a node's end; why it failed, as the snapshot and the last datagram say."""
    assert launch.ended(name).code != 0
    last = launch.snapshot(name)
    assert last is not None
    assert last.phase == "failed"
    assert last.cause is not None
    assert f"STATUS=failed: {last.cause.message}" in launch.told(name)[-1]
    return last.cause


@pytest.mark.parametrize(
    ("app", "message"),
    [
        ("nosuch", "no module named nosuch"),
        ("app:nosuch", "module app has no attribute nosuch"),
        ("empty", "no Celery app found in empty"),
    ],
)
def test_an_app_that_is_not_there_is_app_missing(launch: Launch, app: str, message: str) -> None:
    (launch.folder / "empty.py").write_text("x = 1\n")
    launch.node("w1", pool="solo", app=app)
    launch.start()
    assert cause_of(launch) == Cause("app-missing", message)


@pytest.mark.parametrize("pool", ["solo", "gevent"])
def test_an_app_that_raises_names_the_innermost_line_of_the_users(
    launch: Launch, pool: str
) -> None:
    (launch.folder / "settings.py").write_text("def load():\n    raise ValueError('no\\nkey')\n")
    (launch.folder / "app.py").write_text("import settings\nsettings.load()\n")
    launch.node("w1", pool=pool)
    launch.start()
    place = str(launch.folder / "settings.py")
    assert cause_of(launch) == Cause("app-error", "ValueError: no key", place, 2)
    assert "raise ValueError('no\\nkey')" in launch.output("w1")


def test_a_library_that_the_app_misses_is_the_apps_error(launch: Launch) -> None:
    (launch.folder / "app.py").write_text("x = 1\nimport nosuchlib\n")
    launch.node("w1", pool="solo")
    launch.start()
    message = "ModuleNotFoundError: No module named 'nosuchlib'"
    assert cause_of(launch) == Cause("app-error", message, str(launch.folder / "app.py"), 2)


def test_a_syntax_error_names_its_own_line(launch: Launch) -> None:
    (launch.folder / "app.py").write_text("x = 1\ndef (:\n")
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert (cause.kind, cause.file, cause.line) == ("app-error", str(launch.folder / "app.py"), 2)


def test_an_app_that_exits_is_app_exit(launch: Launch) -> None:
    (launch.folder / "app.py").write_text("exit(1)\n")
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert cause.kind == "app-exit"
    assert cause.message == "app called exit(1) while it was imported"


def test_an_app_that_raises_keyboard_interrupt_names_the_line(launch: Launch) -> None:
    (launch.folder / "app.py").write_text("x = 1\nraise KeyboardInterrupt\n")
    launch.node("w1", pool="solo")
    launch.start()
    place = str(launch.folder / "app.py")
    assert cause_of(launch) == Cause("app-error", "KeyboardInterrupt", place, 2)


def test_an_error_in_our_own_registry_is_not_the_apps(launch: Launch) -> None:
    launch.registry = "/no\0where"
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert (cause.kind, cause.file) == ("error", None)
    assert cause.message.startswith("fleetctl's own registry of running nodes: ValueError")


def test_an_app_that_hangs_shows_where_it_stands(launch: Launch) -> None:
    hang = "import time\ndef wait():\n    time.sleep(600)\nwait()\n"
    (launch.folder / "app.py").write_text(hang)
    launch.node("w1", pool="solo")
    launch.start()
    where = f"{launch.folder / 'app.py'}:3 in wait"
    told = launch.until("w1", "shows its place", lambda s: s.place == where)
    assert told.phase == "booting"
    assert "STATUS=importing app" in launch.told("w1")[-1]
    launch.kill("w1", signal.SIGTERM)
    assert launch.ended("w1").signal == "TERM"


@pytest.mark.parametrize(
    ("options", "kind", "fragment"),
    [
        (["-P", "nosuch"], "pool-unknown", "'nosuch' is not one of"),
        (["--nosuch"], "option", "--nosuch"),
        (["-c", "many"], "option", "'many'"),
        (["--pidfile", "/sys/w1.pid"], "permission", "/sys/w1.pid"),
        (["-f", "/sys/w1.log"], "permission", "/sys/w1.log"),
        (["--statedb", "/nosuch/w1.db"], "error", "/nosuch/w1.db"),
        (["-X", "nosuch", "-I", "nosuchmodule"], "error", "nosuchmodule"),
    ],
)
def test_an_option_the_worker_refuses_is_told_by_kind(
    launch: Launch, options: list[str], kind: str, fragment: str
) -> None:
    launch.node("w1", *options, pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert cause.kind == kind
    assert fragment in cause.message


def test_a_pool_without_its_library_says_so(launch: Launch) -> None:
    (launch.folder / "gevent.py").write_text("raise ModuleNotFoundError('x', name='gevent')\n")
    launch.node("w1", pool="gevent")
    launch.start()
    cause = cause_of(launch)
    assert cause.kind == "pool-library-missing"
    assert cause.message.startswith("the gevent pool needs a library that isn't installed")


def test_a_refused_broker_is_the_cause_where_retrying_is_off(make_launch: MakeLaunch) -> None:
    launch = make_launch(APP + "\napp.conf.broker_connection_retry_on_startup = False\n")
    launch.env["BROKER"] = f"redis://:secret@127.0.0.1:{closed_port()}/0"
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert cause.kind == "broker"
    assert "Connection refused" in cause.message
    assert "secret" not in cause.message


def test_a_refused_broker_is_told_while_the_worker_retries(launch: Launch) -> None:
    launch.env["BROKER"] = f"redis://127.0.0.1:{closed_port()}/0"
    launch.node("w1", "-l", "FATAL", pool="solo")
    launch.start()
    told = launch.until(
        "w1", "error", lambda s: s.broker is not None and s.broker.error is not None
    )
    assert told.phase == "connecting"
    assert told.broker is not None
    assert not told.broker.connected
    assert "Connection refused" in str(told.broker.error)


def test_a_broker_url_of_an_unknown_transport_is_told(launch: Launch) -> None:
    launch.env["BROKER"] = "nosuch://localhost"
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert cause.kind == "error"
    assert "nosuch" in cause.message


def test_an_error_in_a_bootstep_of_the_users_is_told_with_its_place(
    make_launch: MakeLaunch,
) -> None:
    step = """
from celery.bootsteps import StartStopStep
class Broken(StartStopStep):
    requires = {"celery.worker.components:Pool"}
    def start(self, parent):
        raise KeyError("bucket")
app.steps["worker"].add(Broken)
"""
    launch = make_launch(APP + step)
    launch.node("w1", pool="solo")
    launch.start()
    line = (APP + step).splitlines().index('        raise KeyError("bucket")') + 1
    place = str(launch.folder / "app.py")
    assert cause_of(launch) == Cause("error", "KeyError: 'bucket'", place, line)


def test_exit_called_by_a_signal_handler_of_the_users_is_told(make_launch: MakeLaunch) -> None:
    handler = """
from celery.signals import worker_init
@worker_init.connect
def leave(**_):
    raise SystemExit(3)
"""
    launch = make_launch(APP + handler)
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert launch.ended("w1").code == 3
    assert cause.message == "exit(3) was called before the worker was ready"
    assert cause.file == str(launch.folder / "app.py")


def test_a_live_processes_pidfile_is_already_running(launch: Launch) -> None:
    pidfile = launch.folder / "w1.pid"
    launch.node("w1", "--pidfile", str(pidfile), pool="solo")
    pidfile.write_text("1\n")
    launch.start()
    cause = cause_of(launch)
    assert cause.kind == "already-running"
    assert str(pidfile) in cause.message


def test_a_missing_workdir_is_told_though_nothing_ran(launch: Launch) -> None:
    launch.node("w1", pool="solo", workdir=launch.folder / "gone")
    launch.start()
    assert "gone" in cause_of(launch).message


def test_a_python_without_celery_breaks_the_launcher_in_one_word(launch: Launch) -> None:
    (launch.folder / "celery.py").write_text("raise ImportError('none here')\n")
    launch.node("w1", pool="solo")
    launch.start()
    assert "none here" in str(launch.word("broken").error)
    assert not Path(launch.files("w1").record).exists()


def test_a_record_that_cannot_be_written_leaves_nothing_running(launch: Launch) -> None:
    files = launch.node("w1", pool="solo")
    launch.node("w2", pool="solo")
    Path(files.record).mkdir()
    (Path(files.record) / "in-the-way").touch()
    launch.start()
    assert "record.json" in str(launch.word("unspawned", "w1").error)
    assert not Path(files.output("L1")).exists()
    assert is_free(files.lock)
    launch.ready("w2")
    assert is_free(launch.files("w2").lock)


def test_a_child_whose_launcher_dies_before_the_record_is_written_runs_nothing(
    tmp_path: Path,
) -> None:
    script = """
import os, signal, sys
from fleetctl.runtime import spawning
from fleetctl.runtime.formats import LaunchPlan, from_json

def die(path, data, durable):
    (pid,) = open(f"/proc/self/task/{os.getpid()}/children").read().split()
    print(pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

spawning.write_atomic = die
plan = from_json(LaunchPlan, sys.stdin.buffer.read())
if spawning.spawn(plan.rundir, plan.nodes[0], os.open(os.devnull, os.O_RDWR)) is None:
    open("ran", "w").close()
"""
    launch = Launch(tmp_path)
    try:
        launch.node("w1", pool="solo")
        plan = LaunchPlan("L1", str(launch.rundir), "", "", None, launch.nodes)
        command = [sys.executable, "-c", script]
        done = subprocess.run(
            command, input=to_json(plan), cwd=tmp_path, stdout=subprocess.PIPE, check=False
        )
        assert done.returncode == -signal.SIGKILL
        wait_gone(int(done.stdout))
        assert not (tmp_path / "ran").exists()
    finally:
        launch.close()


def is_free(lock: str) -> bool:
    """Whether nobody holds the lock file."""
    with open(lock, "rb") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def closed_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
