"""From nodes to the shape of a fleet.yaml: what is common once, alike nodes as replicas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from fleetctl.errors import UsageError
from fleetctl.fleet import expand
from fleetctl.fleet.nodes import LOGDIR, LOGFILE, PIDFILE
from fleetctl.fleet.places import RUNDIR
from fleetctl.fleet.schema import MOST_REPLICAS
from fleetctl.init.draft import Draft
from fleetctl.init.remarks import Remark, Remarks

V = TypeVar("V")

_TOP = ("python", "workdir", "rundir", "pidfile", "logdir", "logfile", "env", "env_file")
_ORDER = (
    "replicas", "pool", "concurrency", "autoscale", "queues", "exclude_queues", "loglevel",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A fleet.yaml as data. `source` is what it was made from, each a line; `notes` belong to keys.

    `remarks` are about the nodes it was made of.
    """

    app: str
    top: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    workers: Mapping[str, Mapping[str, Any]]
    beat: Mapping[str, Any] | None = None
    source: Sequence[str] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    remarks: Sequence[Remark] = ()


def propose(
    drafts: Sequence[Draft],
    folder: Path,
    remarks: Remarks,
    *,
    app: str | None = None,
    source: Sequence[str] = (),
    notes: Mapping[str, str] | None = None,
) -> Proposal:
    """The fleet.yaml of these nodes, to stand in `folder`.

    `app` is for a line that names none. Raises UsageError where there is no node or no app, or
    where there are several apps: a fleet has one.
    """
    if not drafts:
        raise UsageError("this line makes no node", hint="for example: start w1 -A proj")
    everyone = [draft.name for draft in drafts]
    files = _Files(drafts, folder, remarks)
    top = {**_shared_places(drafts, folder), **files.top}
    keys = {draft.name: _keys(draft, top, files, folder) for draft in drafts}
    workers = _compact(keys)
    defaults = _defaults(list(keys.values())) if len(workers) > 1 else {}
    return Proposal(
        app=_app(drafts, app),
        top=_ordered(top, _TOP),
        defaults=_ordered(defaults),
        workers={name: _own(worker, defaults) for name, worker in workers.items()},
        beat=next((draft.beat for draft in drafts if draft.beat is not None), None),
        source=source,
        notes=notes or {},
        remarks=remarks.of(everyone),
    )


def _app(drafts: Sequence[Draft], otherwise: str | None) -> str:
    apps = list(dict.fromkeys(draft.app for draft in drafts if draft.app))
    if len(apps) > 1:
        raise UsageError(
            f"these workers have several apps: {', '.join(apps)}",
            hint="a fleet.yaml has one app; make one for each: --app APP",
        )
    if not apps and otherwise is None:
        raise UsageError(
            "no app is named, and none is found here", hint="name it: --app proj.celery:app"
        )
    return apps[0] if apps else str(otherwise)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: its key, its folder's, their defaults, and whether any folder will do."""

    key: str
    folder_key: str
    folder: str
    file: str
    anywhere: bool


#: A folder of pidfiles isn't always one for fleetctl's records: /run is emptied at every boot.
_PIDFILES = _Kind("pidfile", "rundir", RUNDIR, PIDFILE, anywhere=False)
_LOGFILES = _Kind("logfile", "logdir", LOGDIR, LOGFILE, anywhere=True)


class _Files:
    """Where pidfiles and logfiles are: for the fleet where the nodes agree, else for each."""

    def __init__(self, drafts: Sequence[Draft], folder: Path, remarks: Remarks) -> None:
        self.top: dict[str, Any] = {}
        self._folder = folder
        self._own: dict[tuple[str, str], str] = {}
        self._pidfiles(drafts, remarks)
        self._logfiles(drafts)

    def of(self, name: str) -> dict[str, str]:
        """The keys of one node's own."""
        return {key: path for (key, owner), path in self._own.items() if owner == name}

    def _pidfiles(self, drafts: Sequence[Draft], remarks: Remarks) -> None:
        taken: set[str] = set()
        kept: dict[str, str] = {}
        for draft in drafts:
            if draft.pidfile is None:
                continue
            path = expand.path(draft.pidfile, draft.nodename)
            if path in taken:
                text = f"--pidfile: {path} would be another node's, too"
                remarks.about(draft.name).add(text, "put %n in it", left_out=True)
            else:
                taken.add(path)
                kept[draft.name] = draft.pidfile
        self._place(_PIDFILES, kept, len(drafts))

    def _logfiles(self, drafts: Sequence[Draft]) -> None:
        kept = {draft.name: draft.logfile for draft in drafts if draft.logfile is not None}
        self._place(_LOGFILES, kept, len(drafts))

    def _place(self, kind: _Kind, paths: Mapping[str, str], count: int) -> None:
        common = set(paths.values()) if len(paths) == count else set()
        template = common.pop() if len(common) == 1 else None
        if template is None:
            self._own.update({(kind.key, name): path for name, path in paths.items()})
            return
        where, _, name = template.rpartition("/")
        if "%" not in where and (kind.anywhere or Path(where).is_relative_to(self._folder)):
            place = _relative(Path(where), self._folder)
            self.top |= {kind.folder_key: place} if place != kind.folder else {}
            self.top |= {kind.key: name} if name != kind.file else {}
        else:
            self.top[kind.key] = template


def _shared_places(drafts: Sequence[Draft], folder: Path) -> dict[str, Any]:
    """What all nodes have in common of interpreter, folder and environment."""
    top: dict[str, Any] = {}
    if python := _agreed(drafts, lambda draft: draft.python):
        top["python"] = _relative(Path(python), folder)
    workdir = _agreed(drafts, lambda draft: draft.workdir)
    if workdir is not None and workdir != folder:
        top["workdir"] = _relative(workdir, folder)
    env = {
        name: value
        for name, value in drafts[0].env.items()
        if all(draft.env.get(name) == value for draft in drafts)
    }
    return {**top, "env": env} if env else top


def _agreed(drafts: Sequence[Draft], of: Callable[[Draft], V]) -> V | None:
    values = [of(draft) for draft in drafts]
    return values[0] if all(value == values[0] for value in values) else None


def _keys(draft: Draft, top: Mapping[str, Any], files: _Files, folder: Path) -> dict[str, Any]:
    keys = {**draft.keys, **files.of(draft.name)}
    if "statedb" in keys:
        keys["statedb"] = _relative(Path(keys["statedb"]), folder)
    if draft.python and "python" not in top:
        keys["python"] = _relative(Path(draft.python), folder)
    if draft.workdir != folder and "workdir" not in top:
        keys["workdir"] = _relative(draft.workdir, folder)
    env = {k: v for k, v in draft.env.items() if k not in top.get("env", {})}
    return {**keys, "env": env} if env else keys


def _relative(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def _compact(keys: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Nodes NAME1, NAME2, ... that are alike become NAME with replicas."""
    stems = {stem for name in keys if (stem := _stem(name)) and stem not in keys}
    counts = {stem: count for stem in stems if (count := _alike(stem, keys)) > 1}
    replicas = {
        f"{stem}{number}": stem for stem, count in counts.items() for number in range(1, count + 1)
    }
    workers: dict[str, dict[str, Any]] = {}
    for name, own in keys.items():
        stem = replicas.get(name)
        if stem is None:
            workers[name] = own
        elif stem not in workers:
            workers[stem] = {"replicas": counts[stem], **own}
    return workers


def _stem(name: str) -> str | None:
    """``crunch`` of ``crunch1``: what can have replicas."""
    found = re.fullmatch(r"(.*[^0-9])1", name)
    return found[1] if found and found[1] != "all" else None


def _alike(stem: str, keys: Mapping[str, dict[str, Any]]) -> int:
    count = 1
    while count < MOST_REPLICAS and keys.get(f"{stem}{count + 1}") == keys[f"{stem}1"]:
        count += 1
    return count


def _defaults(nodes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What all nodes have alike: a default that some would have to undo explains nothing."""
    first, *others = nodes
    return {
        key: value
        for key, value in first.items()
        if all(repr(other.get(key, _NOTHING)) == repr(value) for other in others)
    }


def _own(worker: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return _ordered(
        {key: value for key, value in worker.items() if defaults.get(key, _NOTHING) != value}
    )


_NOTHING = object()


def _ordered(keys: Mapping[str, Any], order: Sequence[str] = _ORDER) -> dict[str, Any]:
    places = {key: place for place, key in enumerate(order)}
    return dict(sorted(keys.items(), key=lambda item: places.get(item[0], len(places))))
