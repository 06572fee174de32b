"""Run a server for as long as its owner lives: ``guard.py [--detach] OWNER_PID COMMAND...``.

A test run that is killed leaves no server behind: the guard watches the owner through a pidfd.
TERM ends the server and the guard. With ``--detach`` the guard is nobody's child: the owner needn't
be who started it.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys


def main() -> None:
    """Start the command, wait until it or its owner ends or TERM arrives, then kill it."""
    arguments = sys.argv[1:]
    if arguments[0] == "--detach":
        arguments.pop(0)
        if os.fork():
            return
    owner, *command = arguments
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    owner_pidfd = os.pidfd_open(int(owner))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as server:
        try:
            select.select([owner_pidfd, os.pidfd_open(server.pid)], [], [])
        finally:
            server.kill()


if __name__ == "__main__":
    main()
