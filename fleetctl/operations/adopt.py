"""Takes over Celery workers that run already: a fleet.yaml from them, and not one is stopped."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fleetctl.errors import FleetctlError, UsageError
from fleetctl.fleet import expand, load
from fleetctl.fleet.kinds import HOSTNAME
from fleetctl.init import running
from fleetctl.init.draft import Draft
from fleetctl.init.keys import Told
from fleetctl.init.remarks import Remarks
from fleetctl.init.running import Found, Running
from fleetctl.operations import chronicle
from fleetctl.operations.events import Sink
from fleetctl.operations.init import (
    Ground,
    Proposed,
    planned_fleet,
    propose,
    write_proposed,
)
from fleetctl.operations.report import NodeReport
from fleetctl.operations.status import report
from fleetctl.process import pidfile
from fleetctl.process.identity import user_name
from fleetctl.process.procfs import ProcessTable
from fleetctl.process.rundir import prepare
from fleetctl.runtime.entry import Entry
from fleetctl.runtime.formats import Invoker


@dataclass(frozen=True, slots=True)
class Adoption:
    """A proposal, and the pid of the worker that each of its nodes is, by nodename."""

    proposed: Proposed
    pids: Mapping[str, int]


def from_running(ground: Ground) -> Adoption:
    """The fleet.yaml of the caller's running workers; of the app `ground.app` where that is given.

    Without it, of those that run in this folder or below it.
    Raises UsageError where none runs, or where they have several apps.
    """
    remarks = Remarks()
    found = running.look(ProcessTable())
    if found.others:
        users = ", ".join(found.others)
        remarks.add(
            f"workers run as {users}, too",
            f"as that user: sudo -u {found.others[0]} fleetctl init --adopt",
        )
    near = _near(found.workers, ground)
    tellings = [
        (each, running.told(each, ground.environ, remarks.about(f"pid {each.pid}")))
        for each in (near if ground.app is None else found.workers)
    ]
    chosen = [(each, telling) for each, telling in tellings if ground.app in (None, telling.app)]
    if not chosen:
        raise _none_runs(ground, found)
    elsewhere = {str(each.cwd) for each in found.workers if each not in near}
    if elsewhere and ground.app is None:
        remarks.add(f"other workers run in {', '.join(sorted(elsewhere))}", "run this there, too")
    return _adoption(chosen, ground, remarks)


def _near(workers: Sequence[Running], ground: Ground) -> Sequence[Running]:
    folders = {ground.cwd.resolve(), ground.path.parent.resolve()}
    return [each for each in workers if folders & {each.cwd, *each.cwd.parents}]


def _adoption(chosen: Sequence[tuple[Running, Told]], ground: Ground, remarks: Remarks) -> Adoption:
    pids: dict[str, int] = {}

    def settle(drafts: Sequence[Draft]) -> Sequence[Draft]:
        kept = []
        for draft, (each, _) in zip(drafts, chosen, strict=True):
            trouble = _trouble(draft, each.pid, pids)
            if trouble is None:
                pids[draft.nodename] = each.pid
                kept.append(draft)
            else:
                remarks.add(*trouble, left_out=True)
        if not kept:
            raise UsageError("no worker here can be taken over", hint=": ".join(trouble or ()))
        return kept

    proposed = propose(
        [telling for _, telling in chosen],
        replace(ground, cwd=chosen[0][0].cwd),
        remarks,
        running.described([each for each, _ in chosen]),
        settle,
        guarded=True,
    )
    return Adoption(proposed, pids)


def _trouble(draft: Draft, pid: int, pids: Mapping[str, int]) -> tuple[str, str] | None:
    """Why a worker can't be taken over, and what to do about it."""
    if not re.fullmatch(HOSTNAME, draft.nodename):
        return (
            f"pid {pid} is called {draft.nodename}, which fleet.yaml can't say",
            "start it anew under a name without spaces and commas",
        )
    if draft.nodename in pids:
        return (
            f"pid {pid} is called {draft.nodename}, as pid {pids[draft.nodename]} is",
            "they answer each other's remote control: stop one of them",
        )
    if draft.pidfile is not None:
        path = Path(expand.path(draft.pidfile, draft.nodename))
        holder = pidfile.read(path).pid
        if holder not in (None, pid):
            return (
                f"pid {pid} isn't the pid in its pidfile {path}, which is {holder}",
                "a pool process that has outlived its worker, or a worker started twice: end it",
            )
    return None


def _none_runs(ground: Ground, found: Found) -> UsageError:
    user = user_name(os.geteuid())
    if ground.app is not None:
        return UsageError(f"no Celery worker of the app {ground.app} runs as {user}")
    if found.workers:
        folders = ", ".join(sorted({str(each.cwd) for each in found.workers}))
        return UsageError(
            f"no Celery worker runs in {ground.cwd}, but in {folders}",
            hint="run this there, or say which: --app APP",
        )
    hint = f"some run as {', '.join(found.others)}: run this as that user" if found.others else None
    return UsageError(f"no Celery worker runs as {user} that fleetctl hasn't started", hint=hint)


def take_over(path: Path, adoption: Adoption, by: Invoker, sink: Sink) -> list[NodeReport]:
    """Write fleet.yaml at `path` and make the workers known to it; how its nodes are now.

    A worker that has no pidfile gets one, before any `start` could miss it. Raises UsageError
    where a file exists, FleetctlError where one can't be written.
    """
    planned = planned_fleet(path, adoption.proposed)
    prepare(planned.rundir, planned.logdir, *planned.file_folders)
    for node in planned.nodes:
        pid = adoption.pids.get(node.nodename)
        if pid is not None and pidfile.read(node.pidfile).pid != pid:
            _give_pidfile(node.pidfile, pid)
    write_proposed(path, adoption.proposed)
    fleet = load(path)
    rows = report(fleet.rundir, {node.name: node for node in fleet.nodes})
    for row in rows:
        if row.adopted:
            entry = Entry(at=time.time(), node=row.name, what="adopted", pid=row.pid, by=by)
            chronicle.tell(fleet.rundir, entry, sink)
    return rows


def _give_pidfile(path: Path, pid: int) -> None:
    """Write a pidfile where there is none, or where nobody stands behind the one there is."""
    try:
        if not pidfile.clear(path):
            return  # another process's: `status` tells whose
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        return
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FleetctlError(f"cannot write the pidfile {path}: {reason}") from error
    with open(descriptor, "w") as file:
        file.write(f"{pid}\n")
