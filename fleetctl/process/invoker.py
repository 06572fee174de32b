"""Who runs this fleetctl, for records, locks and history."""

from __future__ import annotations

import os

from fleetctl.process.identity import user_name
from fleetctl.runtime.formats import Invoker


def current(command: str) -> Invoker:
    """The caller, however little the system knows: no HOME, no passwd entry and no tty survive.

    Behind sudo both are named: ``celery (sudo by alice)``.
    """
    user = user_name(os.geteuid())
    sudo = os.environ.get("SUDO_USER")
    return Invoker(
        user=f"{user} (sudo by {sudo})" if sudo and sudo != user else user,
        tty=_terminal(),
        command=command,
        pid=os.getpid(),
    )


def _terminal() -> str | None:
    for descriptor in (0, 1, 2):
        try:
            return os.ttyname(descriptor)
        except OSError:
            continue
    return None
