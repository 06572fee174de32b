"""Checks what only shows in the whole, though every key is well-formed: collisions, gaps."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from fleetctl.fleet.complaints import Complaints
from fleetctl.fleet.keys import WorkerKeys
from fleetctl.fleet.nodes import Draft
from fleetctl.fleet.places import is_file, is_folder, unfit
from fleetctl.fleet.pools import GROWING, HEEDED_BY
from fleetctl.fleet.schema import FleetFile
from fleetctl.fleet.spelling import did_you_mean
from fleetctl.fleet.tree import Trail

#: More than any one machine runs, few enough to check in no time.
MOST_NODES = 5000


def too_many_nodes(file: FleetFile, complaints: Complaints) -> bool:
    """Whether the replicas add up to more nodes than can be meant, which is complained about."""
    count = sum(WorkerKeys(name, file).get("replicas") or 1 for name in file.workers)
    if count > MOST_NODES:
        message = f"these are {count} nodes; one fleet has {MOST_NODES} at most"
        complaints.error(("workers",), message, at="key")
    return count > MOST_NODES


def check_file(file: FleetFile, drafts: Sequence[Draft], complaints: Complaints) -> None:
    """Complain about everything that only shows in the whole."""
    for keys in {draft.keys.name: draft.keys for draft in drafts}.values():
        check_worker(keys, complaints)
    for draft in {draft.keys.name: draft for draft in drafts}.values():
        check_files(draft, complaints)
    check_collisions(drafts, complaints)
    groups(file, drafts, complaints)


def check_worker(keys: WorkerKeys, complaints: Complaints) -> None:
    """One worker's keys against each other and against its pool."""
    _check_replicas(keys, complaints)
    _check_size(keys, complaints)
    _check_pool(keys, complaints)
    _check_limits(keys, complaints)
    _check_queues(keys, complaints)
    _check_umask(keys, complaints)
    if keys.get("kill_timeout") == 0:
        message = "0 leaves no time between QUIT and KILL: tasks could not be requeued"
        complaints.error(keys.trail("kill_timeout"), message, "leave it out for 10 seconds")
    hostname = keys.get("hostname")
    if hostname is not None and "@" not in hostname:
        message = f"without an @ Celery takes {hostname} for the host: celery@{hostname}"
        complaints.warn(keys.trail("hostname"), message, f"write {hostname}@%h")


def _check_replicas(keys: WorkerKeys, complaints: Complaints) -> None:
    if keys.get("replicas") and keys.name[-1].isdigit():
        message = (
            f"{keys.name} ends in a digit: its replicas would be {keys.name}1, {keys.name}2, ..."
        )
        hint = f"rename it, for example to {keys.name}_"
        complaints.error(keys.trail("replicas"), message, hint)


def _check_size(keys: WorkerKeys, complaints: Complaints) -> None:
    scale = keys.get("autoscale")
    if scale is None:
        return
    trail = keys.trail("autoscale")
    if scale.min > scale.max:
        complaints.error(trail, f"min ({scale.min}) is greater than max ({scale.max})")
    pool = keys.get("pool") or "prefork"
    if pool not in GROWING:
        message = f"the {pool} pool can't grow: the worker would die trying"
        complaints.error(trail, message, f"autoscale works with {_listed(GROWING)}")
    if keys.together("autoscale", "concurrency"):
        message = "ignored, because `autoscale` sets the size"
        complaints.warn(keys.trail("concurrency"), message, "keep one of them", at="key")


def _check_pool(keys: WorkerKeys, complaints: Complaints) -> None:
    pool = keys.get("pool") or "prefork"
    for key, pools in HEEDED_BY.items():
        value = keys.get(key)
        harmless = value is None or (key, value) in {("optimization", "default")}
        if harmless or pool in pools or (pool == "solo" and value == 1):
            continue
        hint = f"it works with {_listed(pools)}"
        complaints.warn(keys.trail(key), f"ignored by the {pool} pool", hint, at="key")


def _check_limits(keys: WorkerKeys, complaints: Complaints) -> None:
    soft, hard = keys.get("soft_time_limit"), keys.get("time_limit")
    if soft and hard and soft >= hard:
        message = "never reached: `time_limit` kills the task first"
        complaints.warn(keys.trail("soft_time_limit"), message, "make it the smaller of the two")


def _check_queues(keys: WorkerKeys, complaints: Complaints) -> None:
    excluded = keys.get("exclude_queues") or []
    for queue in sorted(set(keys.get("queues") or []).intersection(excluded)):
        message = f"{queue} is in `queues` too"
        complaints.error(keys.trail("exclude_queues"), message, "take it out of one of them")


def _check_umask(keys: WorkerKeys, complaints: Complaints) -> None:
    trail = keys.trail("umask")
    source = complaints.document.source(trail) or ""
    entry = complaints.document.entry(trail)
    if keys.get("umask") is None or entry is None or entry.quoted or source.startswith("0"):
        return
    message = f"{source} may be octal or decimal"
    complaints.error(trail, message, f'write it in octal and in quotes: "0{source}"')


def check_files(draft: Draft, complaints: Complaints) -> None:
    """The interpreter and the folder of a worker."""
    python, keys = Path(draft.node.python), draft.keys
    if not (is_file(python) and os.access(python, os.X_OK)):
        inside = is_file(python / "bin" / "python")
        hint = f"did you mean `{keys.get('python')}/bin/python`?" if inside else None
        state = unfit(python, "an executable file")
        complaints.error(keys.trail("python"), f"{python} {state}", hint)
    workdir = draft.node.workdir
    if not is_folder(workdir):
        complaints.error(keys.trail("workdir"), f"{workdir} {unfit(workdir, 'a folder')}")


def check_collisions(drafts: Sequence[Draft], complaints: Complaints) -> None:
    """Names and files that two nodes would share."""
    for sharing in _shared(drafts, lambda draft: draft.node.name):
        first, other = sharing[0], sharing[-1]
        message = f"a node of {first.keys.name} is called {other.node.name} too"
        complaints.error(("workers", other.keys.name), message, "rename one of them", at="key")
    named = list({draft.node.name: draft for draft in drafts}.values())
    for sharing in _shared(named, lambda draft: draft.node.nodename):
        _sharing(sharing, "hostname", f"the nodename {sharing[0].node.nodename}", complaints)
    # Nodes with one nodename share their files too; that they do needn't be said.
    distinct = list({draft.node.nodename: draft for draft in named}.values())
    for sharing in _shared(distinct, lambda draft: draft.node.pidfile):
        _sharing(sharing, "pidfile", f"the pidfile {sharing[0].node.pidfile}", complaints)
    for sharing in _shared(distinct, lambda draft: draft.statedb):
        _sharing(sharing, "statedb", f"the statedb {sharing[0].statedb}", complaints)
    for sharing in _shared(distinct, lambda draft: draft.node.logfile):
        message = f"{_nodes(sharing)} write to one logfile, {sharing[0].node.logfile}"
        keys = sharing[-1].keys
        complaints.warn(keys.trail("logfile"), message, _separating(keys, "logfile"))


def _shared(drafts: Sequence[Draft], of: Callable[[Draft], Hashable | None]) -> list[list[Draft]]:
    found: defaultdict[Any, list[Draft]] = defaultdict(list)
    for draft in drafts:
        found[of(draft)].append(draft)
    return [sharing for thing, sharing in found.items() if thing is not None and len(sharing) > 1]


def _sharing(sharing: list[Draft], key: str, what: str, complaints: Complaints) -> None:
    keys = sharing[-1].keys
    message = f"{_nodes(sharing)} would share {what}"
    complaints.error(keys.trail(key), message, _separating(keys, key))


def _separating(keys: WorkerKeys, key: str) -> str:
    # The names before the @ are the same where %n, the default, doesn't tell the files apart.
    alike = key != "hostname" and "%n" in (keys.get(key) or "%n")
    return "put %p, the whole nodename, in it" if alike else "put %n in it"


def _nodes(sharing: Sequence[Draft]) -> str:
    names = [draft.node.name for draft in sharing]
    more = f" and {len(names) - 3} more" if len(names) > 4 else ""
    return _listed(names) if not more else ", ".join(names[:3]) + more


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def groups(
    file: FleetFile, drafts: Sequence[Draft], complaints: Complaints
) -> dict[str, tuple[str, ...]]:
    """Each group's nodes, in the order of the file; unknown members are complained about."""
    return {
        name: _members(name, members, drafts, complaints)
        for name, members in (file.groups or {}).items()
    }


def _members(
    group: str, members: Sequence[str], drafts: Sequence[Draft], complaints: Complaints
) -> tuple[str, ...]:
    chosen: set[str] = set()
    for index, member in enumerate(members):
        found = {draft.node.name for draft in drafts if _is_member(member, draft)}
        if not found:
            _complain_member(("groups", group, index), member, drafts, complaints)
        chosen |= found
    return tuple(draft.node.name for draft in drafts if draft.node.name in chosen)


def _is_member(member: str, draft: Draft) -> bool:
    names = (draft.node.name, draft.keys.name)
    if re.search(r"[*?\[]", member):
        return any(fnmatchcase(name, member) for name in names)
    return member in names


def _complain_member(
    trail: Trail, member: str, drafts: Sequence[Draft], complaints: Complaints
) -> None:
    known = [name for draft in drafts for name in (draft.keys.name, draft.node.name)]
    workers = ", ".join(dict.fromkeys(draft.keys.name for draft in drafts))
    hint = did_you_mean(member, known, otherwise=f"the workers are {workers}")
    complaints.error(trail, f"there is no worker or node {member}", hint)
