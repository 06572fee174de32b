"""How the nodes of a launch end: their parent sees it and writes it down.

That is the launcher first. When there are no orders any more, it becomes ``launcher.py --reap FD``:
the same process, and so still the parent of its nodes, but without all it imported for them.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import replace
from typing import Dict, Iterator, List

from . import collecting, entries, journal
from .files import write_atomic
from .formats import Exit, LaunchPlan, NodePlan, from_json, to_json
from .node_files import NodeFiles
from .spawning import read_snapshot, recorded
from .title import TITLE_ROOM, set_title


def main(descriptor: int) -> int:
    """Be the parent of the children that the file `descriptor` names, until all have ended."""
    collecting.resume()
    with os.fdopen(descriptor, "rb") as handed:
        handed.seek(0)
        plan = from_json(LaunchPlan, handed.read())
    set_title(launcher_title(plan))
    reaper = Reaper(plan.rundir)
    reaper.children.update({node.record.identity.pid: node for node in plan.nodes})
    while reaper.children:
        reaper.wait()
    return 0


def launcher_title(plan: LaunchPlan) -> List[str]:
    """What ``ps`` shows of the launcher of a plan."""
    return ["fleetctl launcher:", *[node.record.name for node in plan.nodes]]


def go_on_bare(plan: LaunchPlan, children: Dict[int, NodePlan]) -> None:
    """Become the bare parent of `children`; raises OSError where that can't be."""
    nodes = [
        replace(node, record=replace(node.record, identity=replace(node.record.identity, pid=pid)))
        for pid, node in children.items()
    ]
    with tempfile.TemporaryFile() as handed:
        handed.write(to_json(replace(plan, nodes=nodes)))
        handed.flush()
        os.set_inheritable(handed.fileno(), True)
        door = os.path.join(os.path.dirname(os.path.abspath(__file__)), "launcher.py")
        # Isolated, without site-packages: the standard library is all that is needed.
        argv = [sys.executable, "-I", "-S", door, "--reap", str(handed.fileno()), " " * TITLE_ROOM]
        os.execv(sys.executable, argv)  # noqa: S606


class Reaper:
    """Waits for ``children``, by pid, and records how each has ended."""

    def __init__(self, rundir: str) -> None:
        self.children: Dict[int, NodePlan] = {}
        self._rundir = rundir

    def wait(self) -> None:
        """Wait until a child has ended, and record it."""
        try:
            pid, status = os.waitpid(-1, 0)
        except ChildProcessError:
            self.children.clear()
            return
        # An app that was preloaded may have left children of its own.
        node = self.children.pop(pid, None)
        if node is not None:
            self._record_exit(node, status)

    def reap(self) -> Iterator[int]:
        """Record the end of each child that has ended, and give its pid."""
        for pid, node in list(self.children.items()):
            try:
                gone, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                # A preloaded app has reaped it for us: that it is gone is all there is to know.
                gone = pid
            else:
                if gone:
                    self._record_exit(node, status)
            if gone:
                del self.children[pid]
                yield pid

    def settle_journal(self) -> None:
        """Make durable what has been told so far: once for all, while the nodes boot."""
        try:
            journal.sync(self._rundir)
        except OSError:
            traceback.print_exc()

    def _record_exit(self, node: NodePlan, status: int) -> None:
        launch = node.record.launch
        files = NodeFiles(self._rundir, node.record.name)
        end = exit_of(launch, status)
        self._tell_end(files, node, end)
        try:
            write_atomic(files.exit(launch), to_json(end), durable=True)
        except OSError:
            traceback.print_exc()

    def _tell_end(self, files: NodeFiles, node: NodePlan, end: Exit) -> None:
        """Put it into the journal, with what was asked of the node and what it last said.

        Before the Exit: who is killed in between leaves what is told twice, never what isn't told.
        """
        record = recorded(files)
        snapshot = read_snapshot(files, end.launch)
        if record is None or record.launch == end.launch:
            entry = entries.ended(record or node.record, snapshot, end)
        else:
            entry = entries.late(node.record, snapshot, end)
        try:
            journal.append(self._rundir, entry)
        except OSError:
            traceback.print_exc()


def exit_of(launch: str, status: int) -> Exit:
    """The Exit that a status of waitpid(2) means."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name[3:]
        except ValueError:
            name = str(number)  # a real-time signal: they have no names
        return Exit(launch, None, name, time.time())
    return Exit(launch, os.WEXITSTATUS(status), None, time.time())
