"""What happened to a node, in the few words of a row of `history`."""

from __future__ import annotations

import re

from fleetctl.display.durations import took
from fleetctl.display.ink import Tone
from fleetctl.display.text import clean
from fleetctl.display.words import more
from fleetctl.operations.history import Told
from fleetctl.runtime.entry import CutTask, Entry
from fleetctl.runtime.formats import Invoker

RUNNING = "running"
"""What became of a task is not known yet when the signal that threatens it is written down."""

_ID_SHOWN = 8
_FLEET = re.compile(r" (?:-f|--fleet)[ =]?(?:'[^']*'|\S+)")
_SUDO = re.compile(r".* \(sudo by (.*)\)")


def what(told: Told, *, brief: bool) -> str:
    """``started (pid 4711)``, ``ready in 0.6 s``, ``TERM``, ``killed by SIGKILL``."""
    entry = told.entry
    if entry.what == "ready":
        return "ready" if told.after is None else f"ready in {took(told.after)}"
    words = {
        "started": f"started (pid {entry.pid})" if entry.pid and not brief else "started",
        "adopted": f"adopted (pid {entry.pid})" if entry.pid and not brief else "adopted",
        "failed": _failed(entry),
        "left": "still starting",
        "refused": "not restarted",
        "signal": f"{entry.signal} sent",
        "exit": _exit(entry),
    }.get(entry.what, entry.what)
    return clean(words)


def who(by: Invoker, *, whole: bool) -> str:
    """``alice: fleetctl stop w1``; `whole`: also where it was typed, and as which process."""
    if not whole:
        return clean(f"{by.user}: {by.command}")
    place = f" on {by.tty}" if by.tty else ""
    return clean(f"{by.user}{place}: {by.command} (pid {by.pid})")


def who_briefly(by: Invoker, *, user: bool) -> str:
    """``alice: stop w1``, where there is little room; without the `user` where all have the same.

    It was fleetctl that was typed, and of this fleet: neither needs saying.
    """
    command = _FLEET.sub("", by.command).removeprefix("fleetctl ")
    return clean(f"{person(by)}: {command}" if user else command)


def person(by: Invoker) -> str:
    """Who sat at the keyboard: with sudo, not the user that all nodes run as."""
    through_sudo = _SUDO.fullmatch(by.user)
    return clean(f"{through_sudo[1]} via sudo" if through_sudo else by.user)


def tone_of(entry: Entry) -> Tone:
    """How it stands: what was asked for is at rest, what nobody wanted is bad."""
    if entry.what == "exit":
        return _tone_of_exit(entry)
    return {
        "started": Tone.MOVING,
        "ready": Tone.GOOD,
        "adopted": Tone.GOOD,
        "failed": Tone.BAD,
        "left": Tone.WARN,
        "refused": Tone.WARN,
        "signal": Tone.WARN if entry.tasks else Tone.MOVING,
    }.get(entry.what, Tone.REST)


def details(entry: Entry, *, whole_ids: bool, named: int | None) -> list[str]:
    """The lines under a row: why, what differed, the tasks that were cut off (`named` of them)."""
    shown = entry.tasks[:named]
    left_out = len(entry.tasks) - len(shown) + entry.more_tasks
    return [
        *([clean(entry.reason)] if entry.reason else []),
        *(["fleet.yaml had changed since its last start"] if entry.drift else []),
        *(f"{clean(task.fate or RUNNING)}: {_task(task, whole_ids)}" for task in shown),
        *([more(left_out)] if left_out else []),
    ]


def _failed(entry: Entry) -> str:
    """How it ended says little where it is known why."""
    ended = entry.code is not None or entry.signal is not None
    return f"failed, {_how(entry)}" if ended and not entry.reason else "failed"


def _exit(entry: Entry) -> str:
    if entry.code is None and entry.signal is None:
        return "gone, unseen" if entry.launch else "ended"
    return _how(entry)


def _how(entry: Entry) -> str:
    if entry.signal is not None:
        return f"killed by SIG{entry.signal}"
    return f"exit code {entry.code}"


def _tone_of_exit(entry: Entry) -> Tone:
    if entry.tasks:
        return Tone.BAD
    if entry.by is not None:
        return Tone.REST
    return Tone.REST if entry.reason else Tone.BAD


def _task(task: CutTask, whole_id: bool) -> str:
    return clean(f"{task.name}[{task.id if whole_id else task.id[:_ID_SHOWN]}]")
