"""A node that leaves by itself was not told to stop, and says why it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.conftest import APP, MakeLaunch
from tests.support import brokers


# Not gevent: without a broker Celery's own shutdown may hang there.
@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_ready_node_that_gives_up_on_its_broker_was_not_told_to_stop(
    make_launch: MakeLaunch, tmp_path: Path, pool: str
) -> None:
    launch = make_launch(APP + "\napp.conf.broker_connection_max_retries = 1\n")
    port = brokers.free_port()
    launch.env["BROKER"] = f"redis://127.0.0.1:{port}/0"
    launch.node("w1", "-c", "1", pool=pool)
    with brokers.redis_server(tmp_path, port=port):
        launch.start().ready("w1")
    launch.ended("w1")
    last = launch.snapshot("w1")
    assert last is not None
    assert (last.phase, last.told) == ("exited", None)
    assert last.cause is not None
    assert last.cause.kind == "broker"
    assert "refused" in last.cause.message


def test_a_node_that_gives_up_before_it_was_ready_failed_for_its_broker(
    make_launch: MakeLaunch,
) -> None:
    launch = make_launch(APP + "\napp.conf.broker_connection_max_retries = 1\n")
    launch.env["BROKER"] = f"redis://127.0.0.1:{brokers.free_port()}/0"
    launch.node("w1", pool="solo")
    launch.start()
    launch.ended("w1")
    last = launch.snapshot("w1")
    assert last is not None
    assert (last.phase, last.told) == ("failed", None)
    assert last.cause is not None
    assert last.cause.kind == "broker"


def test_a_ready_node_that_something_makes_exit_was_not_told_to_stop(
    make_launch: MakeLaunch,
) -> None:
    leave = """
from celery.signals import worker_ready
@worker_ready.connect
def leave(sender, **_):
    sender.hub.call_later(0.2, stop)
def stop():
    raise SystemExit(3)
"""
    launch = make_launch(APP + leave)
    launch.node("w1", "-c", "1")
    launch.start().ready("w1")
    assert launch.ended("w1").code == 3
    last = launch.snapshot("w1")
    assert last is not None
    assert (last.phase, last.told) == ("exited", None)
    assert last.cause is not None
    assert last.cause.message == "exit(3) was called by something in the worker"
