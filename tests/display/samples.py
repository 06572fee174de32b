"""A fleet with a node in every state, and reports of any kind at all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fleetctl.operations.report import ExitReport, NodeReport, RunningTask
from fleetctl.process.status import State

NOW = 1_800_000_000.0
_M = 1 << 20


def report(name: str, state: State, **known: Any) -> NodeReport:
    """A node of which this is known."""
    places: dict[str, Any] = {
        "worker": name.rstrip("0123456789"),
        "nodename": f"{name}@web-1",
        "kind": "worker",
        "broker": "redis://cache-1:6379/0",
        "pidfile": f"/srv/proj/run/{name}.pid",
        "logfile": f"/srv/proj/log/{name}.log",
    }
    return NodeReport(name=name, state=state, **(places | known))


def task(
    name: str, runtime: float, id: str = "4be1c0de-9f3a-4b6e-8f62-0d1c2b3a4f5e"
) -> RunningTask:
    """A task that has been running for so many seconds."""
    return RunningTask(id=id, name=name, runtime=runtime)


W1 = report(
    "w1", State.READY, pid=4711, pool="prefork", concurrency=4, queues=("celery",),
    since=NOW - 93_700, uptime=93_784, cpu_percent=3.2, pss=88 * _M, rss=120 * _M,
    active=(task("proj.tasks.slow", 12.3),), processed=18231, failed=2, drift=False,
)  # fmt: skip
IO = report(
    "io", State.READY, pid=4712, pool="gevent", concurrency=200,
    queues=("mail", "webhooks", "notifications"), since=NOW - 7800, uptime=7830, cpu_percent=12.4,
    pss=61 * _M, active=(), processed=1204, failed=0, drift=True,
)  # fmt: skip
DRAINING = report(
    "crunch1", State.DRAINING, pid=4713, pool="prefork", concurrency=10, queues=("crunch",),
    since=NOW - 42, uptime=7830, cpu_percent=180.4, pss=612 * _M, processed=311, drift=False,
    active=(task("proj.tasks.mail", 3.4, "91aa0b1c-1"), task("proj.tasks.crunch", 192.0)),
)  # fmt: skip
CRASHED = report(
    "crunch2", State.CRASHED, since=NOW - 185, orphans=(4801, 4802),
    reason="killed by SIGKILL while running proj.tasks.slow[4be1c0de] for 12 s",
    exit=ExitReport(code=None, signal="KILL", at=NOW - 185),
)  # fmt: skip
FLEET = [
    W1,
    IO,
    DRAINING,
    CRASHED,
    report(
        "crunch3", State.STARTING, pid=4790, pool="prefork", concurrency=10, since=NOW - 2,
        reason="importing proj.celery",
    ),
    report(
        "mailer", State.DISCONNECTED, pid=4791, pool="threads", concurrency=8, queues=("mail",),
        since=NOW - 130, uptime=7830, cpu_percent=0.0, rss=44 * _M, active=(), processed=12,
        drift=False, reason="broker redis://cache-1:6379/0 refuses connections",
    ),
    report(
        "old", State.READY, pid=4799, pool="solo", concurrency=1, queues=("celery",),
        uptime=864_000, cpu_percent=0.4, pss=40 * _M, active=(), processed=99, in_fleet=False,
        adopted=True,
    ),
    report(
        "stuck", State.UNRESPONSIVE, pid=4800, pool="eventlet", concurrency=50, queues=("a",),
        since=NOW - 66, uptime=7830, cpu_percent=99.0, pss=50 * _M, active=(), processed=99,
        reason="its loop has not answered for 66 s",
    ),
    report("beat2", State.FOREIGN, pid=812, reason="pid 812 in /srv/proj/run/beat2.pid is sshd"),
    report("bad", State.FAILED, since=NOW - 3700, exit=ExitReport(code=1, signal=None, at=None)),
    report("idle", State.STOPPED, since=NOW - 3 * 86400),
]  # fmt: skip

anything = st.text(st.characters(exclude_categories=()), max_size=60)
"""Any characters at all: controls, wide, combining, bidirectional, lone surrogates."""

_seconds = st.floats(min_value=0, max_value=1e9)
_whole = st.integers(min_value=0, max_value=10**12)
_tasks = st.builds(RunningTask, id=anything, name=anything, runtime=_seconds)
reports = st.builds(
    NodeReport,
    name=anything,
    worker=anything,
    nodename=anything,
    kind=st.just("worker"),
    state=st.sampled_from(State),
    reason=st.none() | anything,
    since=st.none() | _seconds,
    pid=st.none() | _whole,
    pool=st.none() | anything,
    concurrency=st.none() | _whole,
    queues=st.none() | st.tuples(anything, anything),
    uptime=st.none() | _seconds,
    cpu_percent=st.none() | _seconds,
    rss=st.none() | _whole,
    pss=st.none() | _whole,
    active=st.none() | st.tuples(_tasks, _tasks),
    processed=st.none() | _whole,
    broker=st.none() | anything,
    drift=st.none() | st.booleans(),
    logfile=st.none() | anything,
    in_fleet=st.booleans(),
    adopted=st.booleans(),
    orphans=st.tuples(_whole, _whole) | st.just(()),
)
