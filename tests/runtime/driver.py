"""Drives a launcher as the controller does: socketpair, locks, plan, orders, notify socket."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TypeVar

import fleetctl.runtime
from fleetctl.runtime.formats import (
    Exit,
    Identity,
    Invoker,
    LaunchPlan,
    Malformed,
    NodePlan,
    Order,
    Record,
    Snapshot,
    Word,
    from_json,
    to_json,
)
from fleetctl.runtime.node_files import NodeFiles

LAUNCHER = Path(fleetctl.runtime.__file__).with_name("launcher.py")
PADDING = "-" * 1024
TIMEOUT = 40.0

T = TypeVar("T")


def eventually(what: str, probe: Callable[[], T | None], timeout: float = TIMEOUT) -> T:
    """The first true answer of `probe`; fails the test when `timeout` seconds bring none."""
    deadline = time.monotonic() + timeout
    while True:
        if found := probe():
            return found
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s"
        time.sleep(0.01)


class Launch:
    """One launcher and its nodes, in a folder of the test's; `close` ends them all, by pid."""

    def __init__(self, folder: Path, *, python: str = sys.executable, launch: str = "L1") -> None:
        self.folder = folder
        self.rundir = folder / "run"
        self.python = python
        self.launch = launch
        self.registry = str(folder.parent / "registry")
        self.preload_app: str | None = None
        self.env = dict(os.environ)
        self.nodes: list[NodePlan] = []
        self.locks: dict[str, int] = {}
        self.words: list[Word] = []
        self.datagrams: list[tuple[int, str]] = []
        self.process: subprocess.Popen[bytes] | None = None
        self._stack = ExitStack()
        self._control, self._theirs = socket.socketpair()
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for opened in (self._control, self._theirs, self._notify):
            self._stack.enter_context(opened)
        self._notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._notify.bind(f"\0fleetctl-test-{os.getpid()}-{id(self)}")
        self._control.setblocking(False)
        self._notify.setblocking(False)
        self._buffer = b""

    def node(
        self,
        name: str,
        *options: str,
        pool: str = "prefork",
        app: str = "app",
        nodename: str | None = None,
        env: dict[str, str] | None = None,
        unset: Sequence[str] = (),
        umask: int | None = None,
        workdir: Path | None = None,
        exec_node: bool | None = None,
    ) -> NodeFiles:
        """Add a node to the plan; call before `start`."""
        called = nodename or f"{name}@{self.folder.name}"
        logfile = self.folder / f"{name}.log"
        argv = [self.python, "-m", "celery", "-A", app, "worker", "-n", called, "-P", pool]
        argv += ["-f", str(logfile), "-l", "INFO", "--without-mingle", *options]
        files = self.files(name)
        Path(files.directory).mkdir(parents=True, mode=0o700)
        lock = os.open(files.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        record = Record(
            name=name,
            worker=name,
            nodename=called,
            kind="worker",
            fleet=str(self.folder / "fleet.yaml"),
            app=app,
            launch=self.launch,
            identity=Identity(0, 0, "", 0),
            uid=os.getuid(),
            python=self.python,
            argv=argv,
            workdir=str(workdir or self.folder),
            pidfile=str(self.rundir / f"{name}.pid"),
            logfile=str(logfile),
            pool=pool,
            concurrency=2,
            queues=["celery"],
            digest="",
            started_at=0.0,
            started_monotonic=0.0,
            started_by=Invoker("tester", None, "test", os.getpid()),
        )
        fresh = pool in ("gevent", "eventlet") if exec_node is None else exec_node
        self.nodes.append(NodePlan(record, env or {}, list(unset), umask, fresh))
        self.locks[name] = lock
        return files

    def start(self) -> Launch:
        """Start the launcher, hand it the plan and order every node."""
        self.rundir.mkdir(exist_ok=True)
        with (self.folder / "launcher.output").open("ab") as output:
            self.process = subprocess.Popen(
                [self.python, str(LAUNCHER), "--control", str(self._theirs.fileno()), PADDING],
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=[self._theirs.fileno()],
            )
        self._theirs.close()
        address = "@" + self._notify.getsockname()[1:].decode()
        plan = LaunchPlan(
            self.launch, str(self.rundir), address, self.registry, self.preload_app, self.nodes
        )
        self._control.sendall(to_json(plan) + b"\n")
        for node in self.nodes:
            self.order(node.record.name)
        return self

    def order(self, name: str) -> None:
        """Have a node forked, under its lock, which the launcher alone holds from here on."""
        order = to_json(Order(name)) + b"\n"
        lock = self.locks.pop(name)
        socket.send_fds(self._control, [order], [lock])
        os.close(lock)

    def hang_up(self) -> None:
        """No more orders: the launcher goes when its last child has gone."""
        self._control.shutdown(socket.SHUT_WR)

    def leave(self) -> None:
        """Go, as a controller does: no more orders, and nobody to hear a word."""
        self._control.shutdown(socket.SHUT_RDWR)

    def files(self, name: str) -> NodeFiles:
        return NodeFiles(str(self.rundir), name)

    def record(self, name: str) -> Record:
        return from_json(Record, Path(self.files(name).record).read_bytes())

    def snapshot(self, name: str) -> Snapshot | None:
        path = Path(self.files(name).snapshot(self.launch))
        with suppress(FileNotFoundError):
            return from_json(Snapshot, path.read_bytes())
        return None

    def exit(self, name: str) -> Exit | None:
        with suppress(FileNotFoundError):
            return from_json(Exit, Path(self.files(name).exit(self.launch)).read_bytes())
        return None

    def output(self, name: str) -> str:
        return Path(self.files(name).output(self.launch)).read_text()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def word(self, word: str, name: str | None = None) -> Word:
        """Wait until the launcher has said `word` (of node `name`)."""

        def heard() -> Word | None:
            self._listen()
            return next((w for w in self.words if w.word == word and w.node == name), None)

        return eventually(f"{word} {name or ''}", heard)

    def pid(self, name: str) -> int:
        """The pid the launcher told for the node."""
        pid = self.word("spawned", name).pid
        assert pid is not None
        return pid

    def ready(self, *names: str) -> None:
        """Wait until each of the nodes has said READY=1 itself."""
        for name in names or [node.record.name for node in self.nodes]:
            pid = self.pid(name)
            eventually(f"{name} ready", lambda p=pid: self._has_said(p, "READY=1"))  # type: ignore[misc]

    def fill_ear(self) -> None:
        """Leave no room for another datagram in the socket that the nodes speak to."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
            speaker.setblocking(False)
            with suppress(BlockingIOError):
                while True:
                    speaker.sendto(b"STATUS=noise", self._notify.getsockname())

    def told(self, name: str) -> list[str]:
        """The datagrams of the node so far."""
        self._listen()
        pid = self.pid(name)
        return [text for sender, text in self.datagrams if sender == pid]

    def until(self, name: str, what: str, holds: Callable[[Snapshot], bool]) -> Snapshot:
        """Wait for a snapshot of the node that `holds`."""

        def probe() -> Snapshot | None:
            snapshot = self.snapshot(name)
            return snapshot if snapshot is not None and holds(snapshot) else None

        try:
            return eventually(f"{name}: {what}", probe)
        except AssertionError as error:
            raise AssertionError(f"{error}\nlast: {self.snapshot(name)}") from None

    def ended(self, name: str) -> Exit:
        """Wait for the node's end as the launcher recorded it."""
        return eventually(f"{name} ended", lambda: self.exit(name))

    def kill(self, name: str, number: signal.Signals) -> None:
        os.kill(self.pid(name), number)

    def close(self) -> None:
        """Kill what still runs of this launch: nodes, their pool children, the launcher."""
        for name in (node.record.name for node in self.nodes):
            with suppress(OSError, Malformed):
                kill_if_alive(self.record(name).identity)
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self._stack.close()

    def _has_said(self, pid: int, text: str) -> bool:
        self._listen()
        return any(sender == pid and text in said for sender, said in self.datagrams)

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            while received := self._control.recv(65536):
                self._buffer += received
        *lines, self._buffer = self._buffer.split(b"\n")
        self.words += [from_json(Word, line) for line in lines]
        with suppress(BlockingIOError):
            while True:
                text, ancillary, _, _ = self._notify.recvmsg(65536, 64)
                self.datagrams.append((_sender(ancillary), text.decode()))


def kill_if_alive(identity: Identity) -> None:
    """SIGKILL the very process that `identity` names."""
    with suppress(FileNotFoundError, ProcessLookupError):
        stat = Path(f"/proc/{identity.pid}/stat").read_bytes()
        if int(stat.rpartition(b")")[2].split()[19]) == identity.start_ticks:
            os.kill(identity.pid, signal.SIGKILL)


def _sender(ancillary: list[tuple[int, int, bytes]]) -> int:
    (credentials,) = [data for level, kind, data in ancillary if kind == socket.SCM_CREDENTIALS]
    return int.from_bytes(credentials[:4], sys.byteorder)
