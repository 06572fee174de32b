"""The launcher: imports Celery once, forks a child an order, stays to record how each ends.

Nothing depends on its living: killed, its nodes go on, and only how they end is no longer known.
"""

import importlib
import os
import select
import selectors
import signal
import socket
import sys
import traceback
from array import array
from collections import deque
from dataclasses import replace
from typing import Container, Deque, List, Optional, Tuple

from . import collecting, preload
from .formats import LaunchPlan, NodePlan, Order, Word, from_json, to_json
from .reaping import Reaper, go_on_bare, launcher_title
from .spawning import Unspawned, spawn, unlock
from .title import set_title

PAUSE = 0.05
"""Seconds without an order after which no other will come at once."""

CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
Ordered = Tuple[Order, int]

DEAF_TO = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)


def main(descriptor: int) -> int:
    """Serve the controller at the other end of the socket `descriptor`; in a child, be the node."""
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    control = Control(descriptor)
    if preload.AHEAD in sys.argv:
        preload.import_ahead(control.socket)
    plan = control.read_plan()
    if plan is None:
        return 1
    set_title(launcher_title(plan))
    fork_safe = prepare(plan, control)
    if fork_safe is None:
        return 1
    node = Launcher(plan, control, fork_safe).run()
    if node is None:
        return 0
    from .node import become

    return become(plan, node)


def prepare(plan: LaunchPlan, control: "Control") -> Optional[bool]:
    """Import what the nodes will share; whether forking is safe after that, None if all is lost."""
    forked = [node for node in plan.nodes if not node.exec_node]
    if forked:
        try:
            preload.import_celery(many=len(forked) > 1)
        except ImportError as error:
            control.say(Word("broken", error=f"{sys.executable}: {error}"))
            return None
        importlib.import_module(".node", __package__)
        importlib.import_module(".hooks", __package__)
        if plan.preload_app:
            preload_app(plan.preload_app)
    collecting.settle()
    return preload.may_fork()


def preload_app(name: str) -> None:
    """Import the app here, once; if that fails the nodes will do it, and say what is wrong."""
    from celery.app.utils import find_app

    try:
        find_app(name)
    except (Exception, SystemExit, KeyboardInterrupt):  # noqa: BLE001 - the children report it with its cause
        traceback.print_exc()


class Control:
    """The line to the controller: orders come in, words go out; either end may vanish.

    Every order brings a descriptor along. The kernel never hands over two of them with one
    reading, and gives them in the order of the lines they came with (unix(7), SCM_RIGHTS).
    """

    def __init__(self, descriptor: int) -> None:
        self.socket = socket.socket(fileno=descriptor)
        self.socket.set_inheritable(False)
        self.open = True
        self._buffer = b""
        self._locks: Deque[int] = deque()

    def has_gone(self) -> bool:
        """Whether nobody is at the other end: neither orders will come nor words be heard."""
        poll = select.poll()
        poll.register(self.socket, 0)  # POLLHUP is told unasked
        return any(event & select.POLLHUP for _, event in poll.poll(0))

    def read_plan(self) -> Optional[LaunchPlan]:
        """The first line; None if the controller is gone before it has said it."""
        while b"\n" not in self._buffer and self.open:
            self._receive()
        line, found, self._buffer = self._buffer.partition(b"\n")
        return from_json(LaunchPlan, line) if found else None

    def orders(self) -> List[Ordered]:
        """The orders that have come, after waiting for the first, each with its lock file."""
        self._receive()
        return self.pending()

    def pending(self) -> List[Ordered]:
        """The orders that came along with something else."""
        *lines, self._buffer = self._buffer.split(b"\n")
        return [(from_json(Order, line), self._locks.popleft()) for line in lines]

    def say(self, word: Word) -> None:
        """Say it if anyone still listens."""
        try:
            self.socket.sendall(to_json(word) + b"\n")
        except OSError:
            return

    def _receive(self) -> None:
        room = socket.CMSG_SPACE(array("i").itemsize)
        try:
            received, ancillary, _, _ = self.socket.recvmsg(65536, room, CLOSE_ON_EXEC)
        except ConnectionError:
            received, ancillary = b"", []
        self.open = bool(received)
        self._buffer += received
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self._locks.extend(array("i", data))


class Launcher:
    """Forks on order and reaps, until there is nobody to obey and nobody to wait for."""

    def __init__(self, plan: LaunchPlan, control: Control, fork_safe: bool) -> None:
        self._plan = plan
        self._control = control
        self._fork_safe = fork_safe
        self._nodes = {node.record.name: node for node in plan.nodes}
        self._reaper = Reaper(plan.rundir)
        self._unsettled = False
        self._selector = selectors.DefaultSelector()
        self._died, self._bell = socket.socketpair()

    def run(self) -> Optional[NodePlan]:
        """Serve until the end: None. In a forked child, return the node that it is to be."""
        self._listen()
        self._control.say(Word("imported"))
        ordered = self._obey(self._control.pending())
        while ordered is None and (self._control.open or self._reaper.children):
            ready = self._selector.select(PAUSE if self._unsettled else None)
            if not ready:
                self._settle_journal()
            ordered = self._serve({key.fileobj for key, _ in ready})
        if ordered is not None:
            self._abandon()
        return ordered

    def _serve(self, sources: Container[object]) -> Optional[NodePlan]:
        """Handle what has come. A child returns at once: what it shares is its parent's."""
        if self._died in sources:
            self._died.recv(4096)
            self._reap()
        if self._control.socket not in sources:
            return None
        ordered = self._obey(self._control.orders())
        if ordered is None:
            self._hang_up()
        return ordered

    def _listen(self) -> None:
        for end in (self._died, self._bell):
            end.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._died, selectors.EVENT_READ)
        self._selector.register(self._control.socket, selectors.EVENT_READ)

    def _hang_up(self) -> None:
        if not self._control.open:
            self._selector.unregister(self._control.socket)
            self._nodes.clear()
            if self._reaper.children and self._control.has_gone():
                self._shrink()

    def _obey(self, orders: List[Ordered]) -> Optional[NodePlan]:
        for order, lock_fd in orders:
            node = self._nodes.pop(order.start, None)
            if node is None:
                unlock(lock_fd)
                error = "not in the plan, or ordered before"
                self._control.say(Word("unspawned", order.start, error=error))
            elif self._start(node, lock_fd):
                return replace(node, exec_node=node.exec_node or not self._fork_safe)
        return None

    def _start(self, node: NodePlan, lock_fd: int) -> bool:
        """Fork; whether this is the child."""
        name = node.record.name
        try:
            pid = spawn(self._plan.rundir, node, lock_fd)
        except Unspawned as error:
            self._control.say(Word("unspawned", name, error=str(error)))
            return False
        if pid is None:
            return True
        self._reaper.children[pid] = node
        self._unsettled = True
        self._control.say(Word("spawned", name, pid))
        return False

    def _reap(self) -> None:
        names = {pid: node.record.name for pid, node in self._reaper.children.items()}
        for pid in self._reaper.reap():
            self._control.say(Word("exited", names[pid], pid))

    def _settle_journal(self) -> None:
        self._unsettled = False
        self._reaper.settle_journal()

    def _shrink(self) -> None:
        """With no orders to come, be no more than the parent; where that fails, go on as it is."""
        self._settle_journal()
        try:
            go_on_bare(self._plan, self._reaper.children)
        except OSError:
            traceback.print_exc()

    def _abandon(self) -> None:
        """In the child: let go of all that is the launcher's, the objects first."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for end in (self._died, self._bell, self._control.socket):
            end.close()
        self._reaper.children.clear()
        for entry in os.listdir("/proc/self/fd"):
            if int(entry) > 2:
                close_quietly(int(entry))


def close_quietly(descriptor: int) -> None:
    """Close what may already be closed: the folder that listed it was open too."""
    try:
        os.close(descriptor)
    except OSError:
        return
