"""Statuses derived from facts that a test changes one by one."""

from __future__ import annotations

from typing import Any

from fleetctl.process.situation import Facts, Now, Presence
from fleetctl.process.state import derive
from fleetctl.process.status import NodeStatus
from fleetctl.runtime.formats import Exit
from tests.process.making import record, snapshot

NOW = Now(epoch=1050.0, monotonic=100.0, since_boot=120.0)


def killed(signal: str | None = "KILL", code: int | None = None) -> Exit:
    return Exit(launch=record().launch, code=code, signal=signal, at=1045.0)


def living(**changes: Any) -> NodeStatus:
    """The status of a node that is ready, but for what a test changes."""
    values: dict[str, Any] = {
        "name": "w1",
        "euid": 0,
        "uid": 0,
        "digest": "d1",
        "record": record(),
        "presence": Presence.HERE,
        "letter": "S",
        "snapshot": snapshot(),
    }
    return derive(Facts(**{**values, **changes}), NOW)


def dead(**changes: Any) -> NodeStatus:
    """The status of a node that was ready and is gone, but for what a test changes."""
    return living(**{"presence": Presence.GONE, "letter": None, "uid": None, **changes})
