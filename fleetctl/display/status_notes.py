"""Why a row of the status table isn't fine, in a line or two under it."""

from __future__ import annotations

from fleetctl.display.text import clean
from fleetctl.display.words import changed, longest_first, orphans, plural, task_list
from fleetctl.operations.report import ExitReport, NodeReport
from fleetctl.process.status import State

_TASKS_NAMED = 3


def notes(report: NodeReport, *, drift: bool, tasks: bool) -> list[str]:
    """What to say of a node beside its row; `drift` and `tasks` where no column says it."""
    named = _tasks(report) if tasks else None
    counted = f"finishing {plural(len(report.active or ()), 'task')}" if named else None
    said = [
        *(reason for reason in (_reason(report) or "").split("; ") if reason != counted),
        named,
        None if report.in_fleet else "not in fleet.yaml",
        changed(report.changes) if drift and report.drift else None,
        orphans(report.orphans) if report.orphans else None,
    ]
    return list(dict.fromkeys(clean(note) for note in said if note))


def _reason(report: NodeReport) -> str | None:
    if report.reason or report.state not in (State.CRASHED, State.FAILED):
        return report.reason
    return _ended(report.exit)


def _ended(left: ExitReport | None) -> str | None:
    if left is None:
        return None
    if left.signal:
        return f"killed by SIG{left.signal.removeprefix('SIG')}"
    return None if left.code is None else f"exit code {left.code}"


def _tasks(report: NodeReport) -> str | None:
    if report.state is not State.DRAINING or not report.active:
        return None
    active = longest_first(report.active)
    return f"{plural(len(active), 'task')}: {task_list(active, _TASKS_NAMED)}"
