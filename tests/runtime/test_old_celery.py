"""The runtime in another virtualenv: an older Celery, and no fleetctl."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from tests.runtime.conftest import MakeLaunch, Send
from tests.runtime.driver import eventually


def test_the_old_virtualenv_has_an_old_celery_and_no_fleetctl(
    old_python: str, tmp_path: Path
) -> None:
    script = (
        "import celery, importlib.util as u; print(celery.__version__, u.find_spec('fleetctl'))"
    )
    done = subprocess.run(
        [old_python, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("5.4.")
    assert done.stdout.strip().endswith("None")


@pytest.mark.parametrize("pool", ["prefork", "solo", "threads"])
def test_a_node_on_an_old_celery_works_fails_advises_and_drains(
    make_launch: MakeLaunch, send: Send, old_python: str, pool: str
) -> None:
    launch = make_launch(python=old_python)
    launch.node("w1", "-c", "1", pool=pool)
    launch.start().ready("w1")
    send("fail")
    launch.until("w1", "counts", lambda s: (s.processed, s.failed) == (1, 1))
    launch.kill("w1", signal.SIGHUP)
    eventually("advice", lambda: "fleetctl restart w1" in launch.log("w1"))
    task = send("slow", 3)
    launch.until("w1", "runs", lambda s: [t.id for t in s.active] == [task])
    launch.kill("w1", signal.SIGTERM)
    told = launch.until("w1", "drains", lambda s: s.phase == "draining")
    assert [t.id for t in told.active] == [task]
    assert told.celery is not None
    assert told.celery.startswith("5.4.")
    assert launch.ended("w1").code == 0
