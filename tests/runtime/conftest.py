"""Launches in folders of their own, an app with tasks of every fate, older Celerys."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery

from tests.runtime.driver import Launch

MakeLaunch = Callable[..., Launch]
Send = Callable[..., str]

APP = """
import os, time
from celery import Celery
from celery.exceptions import Ignore, Reject

app = Celery("app", broker=os.environ["BROKER"], backend=os.environ["BROKER"])
app.conf.broker_connection_retry_on_startup = True

@app.task(name="slow")
def slow(seconds):
    time.sleep(seconds)

@app.task(name="late", acks_late=True)
def late(seconds):
    time.sleep(seconds)

@app.task(name="fail")
def fail():
    raise RuntimeError("on purpose")

@app.task(name="limited", time_limit=1)
def limited():
    time.sleep(60)

@app.task(name="retry", bind=True, default_retry_delay=0, max_retries=1)
def retry(self):
    if not self.request.retries:
        raise self.retry(countdown=0)

@app.task(name="ignore")
def ignore():
    raise Ignore()

@app.task(name="reject", acks_late=True)
def reject():
    raise Reject("no", requeue=False)

@app.task(name="pid")
def pid():
    return os.getpid()

@app.task(name="environ")
def environ():
    return dict(os.environ)
"""


@pytest.fixture
def make_launch(tmp_path: Path, redis_url: str) -> Iterator[MakeLaunch]:
    """Make a Launch: ``make_launch(app=SOURCE)``; ended, by pid, with the test."""
    made: list[Launch] = []

    def make(app: str = APP, name: str = "fleet", **options: str) -> Launch:
        folder = tmp_path / f"{name}-{tmp_path.name}"
        folder.mkdir(exist_ok=True)
        (folder / "app.py").write_text(app)
        launch = Launch(folder, **options)
        launch.env["BROKER"] = redis_url
        made.append(launch)
        return launch

    yield make
    for launch in made:
        launch.close()


@pytest.fixture
def launch(make_launch: MakeLaunch) -> Launch:
    return make_launch()


@pytest.fixture
def client(redis_url: str) -> Iterator[Celery]:
    """A Celery app that only sends."""
    app = Celery("client", broker=redis_url, backend=redis_url, set_as_current=False)
    yield app
    app.close()
    app.backend.client.close()


@pytest.fixture
def send(client: Celery) -> Send:
    """Send a task by name: its id."""

    def send_task(name: str, *args: object, queue: str = "celery") -> str:
        return str(client.send_task(name, args=args, queue=queue).id)

    return send_task


@pytest.fixture(scope="session")
def old_python(request: pytest.FixtureRequest) -> str:
    """The python of a virtualenv with Celery 5.4 and Redis's client, without fleetctl."""
    assert request.config.cache is not None
    home = request.config.cache.mkdir(
        f"celery-5.4-python-{sys.version_info[0]}.{sys.version_info[1]}"
    )
    python = home / "bin" / "python"
    done = home / "complete"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        pip = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "celery[redis]==5.4.*",
            "kombu==5.5.*",
        ]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        subprocess.run(pip, check=True, env=environment)
        done.touch()
    return str(python)
