"""A node without fleetctl and its agent: the command that `fleetctl show` prints, run as it is."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.fleets import wait_ready
from tests.support.fleets import Fleet

EXIT_TIMEOUT = 60.0


@dataclass(frozen=True)
class Life:
    """Seconds that a node takes from its command to ready, and from its TERM to its end."""

    boot: float
    exit: float


def life(fleet: Fleet, name: str) -> Life:
    """Let a plain node come and go, with nothing else of the fleet running."""
    argv, environment = _command(fleet, name)
    began = time.time()
    with _running(fleet, argv, environment) as node:
        boot = wait_ready(fleet, [name]) - began
        told = time.time()
        node.send_signal(signal.SIGTERM)
        node.wait(EXIT_TIMEOUT)
        return Life(boot, time.time() - told)


@contextmanager
def running(fleet: Fleet, name: str) -> Iterator[None]:
    """A plain node that is ready, for the time of the block."""
    argv, environment = _command(fleet, name)
    with _running(fleet, argv, environment):
        wait_ready(fleet, [name])
        yield


@contextmanager
def _running(
    fleet: Fleet, argv: list[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    for folder in ("run", "log"):
        (fleet.folder / folder).mkdir(exist_ok=True)
    with open(fleet.folder / "plain.output", "ab") as output:
        node = subprocess.Popen(
            argv,
            cwd=fleet.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield node
    finally:
        node.kill()
        node.wait()


def _command(fleet: Fleet, name: str) -> tuple[list[str], dict[str, str]]:
    shown = fleet.run("show", "--json", "--reveal", name)
    assert shown.code == 0, shown
    (node,) = json.loads(shown.stdout)["nodes"]
    return node["argv"], {**fleet.environment, **node["env"]}
