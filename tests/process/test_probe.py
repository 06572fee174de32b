"""What a probe finds, under a real interpreter with a real Celery."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from fleetctl.process.probe import ProbeProcess
from fleetctl.runtime.formats import Fault, ProbePlan
from tests.support import processes
from tests.support.probing import faults_of

GOOD = "from celery import Celery\napp = Celery('proj', broker='redis://127.0.0.1:1/0')\n"


def probe(
    folder: Path,
    code: str,
    *options: str,
    pool: str = "prefork",
    limit: float = 30.0,
    python: str = sys.executable,
) -> list[Fault]:
    """What a probe says of an app with this code and a node with these options."""
    (folder / "proj.py").write_text(code)
    arguments = ["--app=proj:app", "worker", f"--pool={pool}", *options]
    plan = ProbePlan("proj:app", pool, limit, {"w1": arguments})
    process = ProbeProcess(python, workdir=folder, environment=os.environ)
    process.give_plan(plan)
    return faults_of(process)


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo", "gevent", "eventlet"])
def test_a_good_app_has_no_faults_though_its_broker_is_away(tmp_path: Path, pool: str) -> None:
    assert probe(tmp_path, GOOD, "--pidfile=run/w1.pid", pool=pool) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"proj.py", "__pycache__"}


@pytest.mark.parametrize(
    ("code", "kind", "message", "line"),
    [
        pytest.param("import no_such_library\n", "app-error", "no_such_library", 1, id="import"),
        pytest.param("x = 1\ndef f(:\n", "app-error", "SyntaxError", 2, id="syntax"),
        pytest.param("\nraise SystemExit(3)\n", "app-exit", "exit(3)", 2, id="exit"),
        pytest.param("other = 1\n", "app-missing", "app", None, id="no app in it"),
    ],
)
def test_an_app_that_cannot_be_imported_is_told_with_its_place(
    tmp_path: Path, code: str, kind: str, message: str, line: int | None
) -> None:
    [fault] = probe(tmp_path, code)
    assert (fault.cause.kind, fault.cause.line, fault.node) == (kind, line, None)
    assert message in fault.cause.message


def test_a_task_module_that_cannot_be_imported_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text("\n\nimport no_such_library\n")
    [fault] = probe(tmp_path, GOOD + "app.conf.imports = ['jobs']\n")
    assert (fault.cause.kind, fault.cause.file, fault.cause.line) == (
        "app-error",
        str(tmp_path / "jobs.py"),
        3,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--frob=1"], "--frob", id="unknown"),
        pytest.param(["--concurrency=many"], "concurrency", id="not a number"),
        pytest.param(["--", "no.such_setting=1"], "settings", id="no such setting"),
    ],
)
def test_options_that_celery_refuses_are_told_for_the_node_that_has_them(
    tmp_path: Path, options: list[str], message: str
) -> None:
    [fault] = probe(tmp_path, GOOD, *options)
    assert (fault.cause.kind, fault.node) == ("option", "w1")
    assert message in fault.cause.message


def test_a_queue_that_the_app_would_not_create_is_told(tmp_path: Path) -> None:
    code = GOOD + "app.conf.task_create_missing_queues = False\n"
    [fault] = probe(tmp_path, code, "--queues=nobody")
    assert (fault.cause.kind, fault.node) == ("option", "w1")
    assert "nobody" in fault.cause.message


@pytest.mark.parametrize(
    ("code", "message"),
    [
        pytest.param(
            GOOD + "import kombu.transport.redis as transport\ntransport.redis = None\n",
            "Missing redis library",
            id="its library is missing",
        ),
        pytest.param(
            GOOD.replace("redis:", "pigeon:"), "No such transport: pigeon", id="there is none such"
        ),
    ],
)
def test_a_broker_that_no_worker_could_speak_to_is_told(
    tmp_path: Path, code: str, message: str
) -> None:
    [fault] = probe(tmp_path, code)
    assert fault.cause.kind == "error"
    assert message in fault.cause.message


def test_an_older_celery_is_asked_in_its_own_virtualenv(tmp_path: Path, older_python: Path) -> None:
    assert probe(tmp_path, GOOD, python=str(older_python)) == []
    [fault] = probe(tmp_path, GOOD, "--frob=1", python=str(older_python))
    assert (fault.cause.kind, fault.node) == ("option", "w1")


def test_a_pool_whose_library_is_missing_is_told(tmp_path: Path, older_python: Path) -> None:
    [fault] = probe(tmp_path, GOOD, pool="gevent", python=str(older_python))
    assert fault.cause.kind == "pool-library-missing"


def test_an_import_that_hangs_is_ended_and_told_where(tmp_path: Path) -> None:
    [fault] = probe(tmp_path, "import time\n\ntime.sleep(600)\n", limit=1.0)
    assert fault.cause.kind == "app-hang"
    assert "proj.py:3 in <module>" in fault.cause.message


def test_an_app_that_ends_the_interpreter_is_told_with_its_last_words(tmp_path: Path) -> None:
    code = "import os, sys\nprint('no licence', flush=True)\nos._exit(9)\n"
    [fault] = probe(tmp_path, code)
    assert fault.cause.kind == "app-exit"
    assert "exit code 9" in fault.cause.message
    assert "no licence" in fault.cause.message


def test_what_the_app_starts_at_import_ends_with_the_probe(tmp_path: Path) -> None:
    code = (
        "import subprocess, threading, time\n"
        "child = subprocess.Popen(['sleep', '601'])\n"
        "open('child', 'w').write(str(child.pid))\n"
        "threading.Thread(target=time.sleep, args=(600,)).start()\n"
    )
    assert probe(tmp_path, code + GOOD) == []
    processes.wait_gone(int((tmp_path / "child").read_text()))


@pytest.mark.parametrize(
    ("end", "how"),
    [
        pytest.param("os._exit(7)", "exit code 7", id="exit"),
        pytest.param("os.kill(os.getpid(), 11)", "SIGSEGV", id="signal"),
    ],
)
def test_what_an_app_leaves_behind_neither_delays_the_answer_nor_outlives_it(
    tmp_path: Path, end: str, how: str
) -> None:
    code = (
        "import os, subprocess\n"
        "child = subprocess.Popen(['sleep', '602'], close_fds=False)\n"
        "open('child', 'w').write(str(child.pid))\n"
    )
    [fault] = probe(tmp_path, code + end + "\n")
    assert how in fault.cause.message
    processes.wait_gone(int((tmp_path / "child").read_text()))


def test_an_app_that_becomes_a_daemon_is_one_that_ends(tmp_path: Path) -> None:
    [fault] = probe(tmp_path, "import os\nif os.fork():\n    os._exit(0)\n" + GOOD)
    assert fault.cause.kind == "app-exit"
    assert "exit code 0" in fault.cause.message


def test_an_app_that_writes_into_others_files_is_told(tmp_path: Path) -> None:
    code = (
        "import os\nfor number in range(3, 64):\n    try:\n"
        "        os.write(number, b'noise\\n')\n    except OSError:\n        pass\n"
    )
    [fault] = probe(tmp_path, code + GOOD)
    assert "files that it hadn't opened" in fault.cause.message


def test_a_plan_is_handed_over_to_one_that_does_not_read(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(600)\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    process = ProbeProcess(sys.executable, workdir=tmp_path, environment=environment)
    nodes = {f"w{number}": ["x" * 1000] for number in range(2000)}
    try:
        process.give_plan(ProbePlan("proj:app", "prefork", 30.0, nodes))
        assert process.answer() is None
    finally:
        process.abandon()


def test_an_interpreter_that_gives_up_is_told_with_its_reason(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "abc"}
    process = ProbeProcess(sys.executable, workdir=tmp_path, environment=environment)
    process.give_plan(ProbePlan("proj:app", "prefork", 30.0, {"w1": []}))
    [fault] = faults_of(process)
    assert "PYTHONHASHSEED must be" in fault.cause.message
