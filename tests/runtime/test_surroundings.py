"""What a node finds around it: environment, sys.path, folders, signals."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from tests.runtime.conftest import APP, MakeLaunch, Send
from tests.runtime.driver import Launch

TELL = """
import gc, json, sys
with open(os.environ["TELL"], "w") as told:
    json.dump({"path": sys.path, "argv": sys.argv[1:], "main": sys.modules["__main__"].__name__,
               "tz": time.tzname[0], "cwd": os.getcwd(),
               "garbage": [gc.isenabled(), gc.get_threshold()]}, told)
"""


@pytest.mark.parametrize("pool", ["solo", "gevent"])
def test_an_app_finds_python_as_python_m_celery_would_have_it(
    make_launch: MakeLaunch, pool: str
) -> None:
    launch = make_launch(APP + TELL)
    launch.node("w1", pool=pool, env={"TELL": str(launch.folder / "ours")})
    launch.start().ready("w1")
    ours = json.loads((launch.folder / "ours").read_text())

    command = launch.nodes[0].record.argv
    plain = subprocess.Popen(
        command[: command.index("-f")],
        cwd=launch.folder,
        env={**launch.env, "TELL": str(launch.folder / "theirs")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        theirs = told(launch.folder / "theirs")
    finally:
        plain.kill()
        plain.wait()
    assert ours["path"] == theirs["path"]
    assert ours["argv"] == command[3:]
    assert ours["garbage"] == theirs["garbage"]


def test_a_safe_path_stays_safe(make_launch: MakeLaunch) -> None:
    launch = make_launch(APP + TELL)
    launch.env["PYTHONSAFEPATH"] = "1"
    launch.env["PYTHONPATH"] = str(launch.folder)
    launch.node("w1", pool="solo", env={"TELL": str(launch.folder / "told")})
    launch.start().ready("w1")
    assert told(launch.folder / "told")["path"][0] == str(launch.folder)
    assert not any("fleetctl/runtime" in str(p) for p in told(launch.folder / "told")["path"])


@pytest.mark.parametrize("pool", ["solo", "gevent"])
def test_the_users_modules_are_not_shadowed_by_ours(make_launch: MakeLaunch, pool: str) -> None:
    names = ["agent", "formats", "node", "launcher", "hooks", "native", "lease"]
    launch = make_launch(f"import {', '.join(names)}\nassert agent.mine\n" + APP)
    for name in names:
        (launch.folder / f"{name}.py").write_text("mine = True\n")
    launch.node("w1", pool=pool)
    launch.start().ready("w1")


def test_celery_worker_variables_change_no_option(launch: Launch) -> None:
    launch.env.update(
        CELERY_WORKER_CONCURRENCY="9",
        CELERY_WORKER_QUEUES="hijacked",
        CELERY_WORKER_POOL="threads",
        CELERY_WORKER_PURGE="1",
        CELERY_WORKER_LOGLEVEL="nonsense",
        APP="nosuch",
    )
    launch.node("w1", "-c", "1")
    launch.start().ready("w1")
    snapshot = launch.snapshot("w1")
    assert snapshot is not None
    assert (snapshot.pool, snapshot.pool_size, snapshot.concurrency) == ("prefork", 1, 1)
    assert snapshot.queues == ["celery"]


@pytest.mark.parametrize("pool", ["solo", "gevent"])
def test_a_nodes_environment_is_what_its_plan_says(
    launch: Launch, client: Celery, send: Send, pool: str
) -> None:
    launch.env.update(GONE="1", KEPT="1", CHANGED="1", NOTIFY_SOCKET="/nosuch", WATCHDOG_USEC="1")
    launch.node("w1", pool=pool, env={"CHANGED": "2", "NEW": "3"}, unset=["GONE"])
    launch.start().ready("w1")
    environ = client.AsyncResult(send("environ")).get(timeout=20)
    assert {k: environ.get(k) for k in ("GONE", "KEPT", "CHANGED", "NEW")} == {
        "GONE": None,
        "KEPT": "1",
        "CHANGED": "2",
        "NEW": "3",
    }
    assert not [name for name in environ if name.startswith(("NOTIFY_", "WATCHDOG_"))]


def test_each_node_stands_in_its_own_workdir_and_time_zone(make_launch: MakeLaunch) -> None:
    launch = make_launch(APP + TELL)
    other = launch.folder / "other"
    other.mkdir()
    (other / "app.py").write_text(APP + TELL)
    launch.node("w1", pool="solo", env={"TELL": str(launch.folder / "t1"), "TZ": "Asia/Tokyo"})
    launch.node("w2", pool="solo", workdir=other, env={"TELL": str(launch.folder / "t2")})
    launch.start().ready()
    one, two = told(launch.folder / "t1"), told(launch.folder / "t2")
    assert (one["cwd"], one["path"][0], one["tz"]) == (str(launch.folder), one["cwd"], "JST")
    assert (two["cwd"], two["path"][0], two["tz"]) == (str(other), two["cwd"], time.tzname[0])
    assert one["main"] == two["main"] == "celery.__main__"


@pytest.mark.parametrize(("remap", "cold"), [("SIGQUIT", True), (None, False)])
def test_a_snapshot_says_whether_term_is_a_cold_shutdown(
    launch: Launch, remap: str | None, cold: bool
) -> None:
    launch.env.pop("REMAP_SIGTERM", None)
    if remap is not None:
        launch.env["REMAP_SIGTERM"] = remap
    launch.node("w1", pool="solo")
    launch.start().ready("w1")
    assert launch.until("w1", "consumes", lambda s: s.phase == "consuming").cold_term is cold


def test_what_a_node_prints_is_bounded(make_launch: MakeLaunch) -> None:
    noise = "\nos.write(1, b'FIRST\\n' + b'x' * (2 << 20) + b'\\nLAST\\n')\n"
    launch = make_launch(APP + noise)
    files = launch.node("w1", pool="solo")
    launch.start().ready("w1")

    def is_cut() -> bool:
        return Path(files.output("L1")).stat().st_size < (330 << 10)

    launch.until("w1", "cuts its output", lambda _: is_cut())
    text = launch.output("w1")
    assert text.startswith("FIRST")
    assert "fleetctl left out" in text
    assert "LAST" in text


def told(path: Path) -> dict[str, Any]:
    """What TELL wrote, once it is all there."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.exists() and path.read_text().endswith("}"):
            found: dict[str, Any] = json.loads(path.read_text())
            return found
        time.sleep(0.02)
    raise AssertionError(f"{path} was not written under {sys.executable}")
