"""Where a node's own files are."""

import os


class NodeFiles:
    """Where a node's own files are: RUNDIR/nodes/NAME/."""

    def __init__(self, rundir: str, name: str) -> None:
        self.rundir = rundir
        self.directory = os.path.join(rundir, "nodes", name)
        self.lock = os.path.join(self.directory, "lock")
        self.record = os.path.join(self.directory, "record.json")

    def snapshot(self, launch: str) -> str:
        """The agent's snapshot; one file a launch, so that a replaced node can't overwrite it."""
        return os.path.join(self.directory, launch + ".snapshot.json")

    def output(self, launch: str) -> str:
        """What the node printed on stdout and stderr beside its log."""
        return os.path.join(self.directory, launch + ".output")

    def exit(self, launch: str) -> str:
        """The Exit the launcher saw."""
        return os.path.join(self.directory, launch + ".exit.json")

    def alive(self, launch: str) -> str:
        """Under a POSIX lock of the node while it lives, a proof anywhere; it beats (beat.py)."""
        return os.path.join(self.directory, launch + ".alive")
