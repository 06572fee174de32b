"""One nodename on one broker runs once, whatever folder it is started from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from celery import Celery

from fleetctl.runtime.lease import broker_of
from tests.runtime.conftest import APP, MakeLaunch
from tests.runtime.driver import Launch

NAME = "w1@somewhere"


def test_a_nodename_that_runs_elsewhere_is_refused_naming_folder_and_pid(
    make_launch: MakeLaunch, tmp_path: Path
) -> None:
    old, new = make_launch(name="one"), make_launch(name="two")
    old.node("w1", pool="solo", nodename=NAME)
    new.node("w1", pool="solo", nodename=NAME)
    old.start().ready("w1")
    new.start()
    assert new.ended("w1").code == 1
    last = new.snapshot("w1")
    assert last is not None
    assert last.cause is not None
    assert last.cause.kind == "already-running"
    where = f"{NAME} is already running from {old.folder} (pid {old.pid('w1')})"
    assert last.cause.message == where
    (lease,) = (tmp_path / "registry").glob("*.lease")
    assert json.loads(lease.read_text()) == {"fleet": str(old.folder), "pid": old.pid("w1")}
    assert lease.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "registry").stat().st_mode & 0o777 == 0o700


def test_a_nodename_that_runs_from_the_same_folder_is_refused_saying_so(
    make_launch: MakeLaunch,
) -> None:
    old, new = make_launch(), make_launch()
    new.rundir = new.folder / "another-rundir"
    old.node("w1", pool="solo", nodename=NAME)
    new.node("w1", pool="solo", nodename=NAME)
    old.start().ready("w1")
    new.start()
    assert new.ended("w1").code == 1
    last = new.snapshot("w1")
    assert last is not None
    assert last.cause is not None
    where = f"{NAME} is already running from this very folder (pid {old.pid('w1')})"
    assert last.cause.message == where


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("redis://localhost", "redis://127.0.0.1:6379/0"),
        ("redis://localhost/", "redis://[::1]/0"),
        ("redis://u:p@LOCALHOST:6379//", "redis://localhost:6379"),
        ("amqp://guest:guest@localhost", "pyamqp://127.0.0.1:5672//"),
        ("amqp://", "amqp://localhost:5672/%2F"),
    ],
)
def test_two_spellings_of_a_broker_are_one(one: str, other: str) -> None:
    assert described(one) == described(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("redis://localhost/0", "redis://localhost/1"),
        ("redis://localhost:6379", "redis://localhost:6380"),
        ("redis://one", "redis://two"),
        ("amqp://localhost//", "amqp://localhost/mail"),
        ("redis://localhost:5672", "amqp://localhost:5672"),
    ],
)
def test_two_brokers_are_two(one: str, other: str) -> None:
    assert described(one) != described(other)


def test_a_filesystem_brokers_folder_is_one_by_whichever_link(tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "current").symlink_to("broker")
    options = [
        {"data_folder_in": str(tmp_path / name), "control_folder": str(tmp_path / name / "c")}
        for name in ("broker", "current", "elsewhere")
    ]
    one, same, other = (described("filesystem://", transport_options=o) for o in options)
    assert one == same != other


def test_a_broker_inside_the_process_is_nobody_elses() -> None:
    assert described("memory://") is None


def described(url: str, **options: object) -> dict[str, str] | None:
    """What the lease tells brokers apart by, for the connection an app would make."""
    app = Celery("client", broker=url, set_as_current=False)
    app.conf.broker_transport_options = options.get("transport_options", {})
    with app.connection_for_read() as connection:
        found = broker_of(connection.info())
    app.close()
    return found


def test_a_nodename_is_free_again_once_its_process_is_gone(make_launch: MakeLaunch) -> None:
    old, new = make_launch(name="one"), make_launch(name="two")
    old.node("w1", "-c", "1", nodename=NAME)
    new.node("w1", pool="solo", nodename=NAME)
    old.start().ready("w1")
    old.close()
    new.start().ready("w1")


def test_the_same_nodename_on_another_virtual_host_is_another_node(
    make_launch: MakeLaunch, redis_url: str
) -> None:
    old, new = make_launch(name="one"), make_launch(name="two")
    old.node("w1", pool="solo", nodename=NAME)
    new.node("w1", pool="solo", nodename=NAME)
    server, _, database = redis_url.rpartition("/")
    new.env["BROKER"] = f"{server}/{int(database) + 500}"
    old.start().ready("w1")
    new.start().ready("w1")


def test_filesystem_brokers_differ_by_their_folders(make_launch: MakeLaunch) -> None:
    folders = """
import os
here = os.getcwd() + "/broker"
os.makedirs(here + "/in", exist_ok=True)
os.makedirs(here + "/control", exist_ok=True)
app.conf.broker_url = "filesystem://"
app.conf.result_backend = None
app.conf.broker_transport_options = {
    "data_folder_in": here + "/in", "data_folder_out": here + "/in",
    "control_folder": here + "/control", "store_processed": False,
}
"""
    launches = [make_launch(APP + folders, name=name) for name in ("one", "two")]
    for launch in launches:
        launch.node("w1", pool="solo", nodename=NAME)
        launch.start()
    for launch in launches:
        launch.ready("w1")


def test_a_registry_open_to_others_is_not_trusted(launch: Launch, tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir(mode=0o700)
    (tmp_path / "registry").chmod(0o770)
    launch.node("w1", pool="solo")
    launch.start()
    assert launch.ended("w1").code == 1
    last = launch.snapshot("w1")
    assert last is not None
    assert last.cause is not None
    assert last.cause.kind == "permission"
    assert str(tmp_path / "registry") in last.cause.message
