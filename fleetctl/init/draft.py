"""A worker that fleet.yaml is to have: what its command line says, told in fleet.yaml's terms."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fleetctl.fleet import expand
from fleetctl.fleet.kinds import HOSTNAME
from fleetctl.fleet.locate import absolute, home
from fleetctl.fleet.schema import NAME
from fleetctl.init.keys import Told
from fleetctl.init.remarks import Remarks


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One node. `pidfile`, `logfile` and the statedb among `keys` are absolute templates.

    What is None is left to fleetctl's defaults.
    """

    name: str
    nodename: str
    app: str | None = None
    python: str | None = None
    workdir: Path
    pidfile: str | None = None
    logfile: str | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    beat: Mapping[str, Any] | None = None


def drafts(tellings: Sequence[Told], cwd: Path, host: str, remarks: Remarks) -> tuple[Draft, ...]:
    """The nodes of command lines that were typed in `cwd`; each gets a name that it can have."""
    made: list[Draft] = []
    taken: set[str] = set()
    for telling in tellings:
        nodename = _nodename(telling.nodename, host)
        name = _name(nodename, taken)
        taken.add(name)
        keys = _with_hostname(telling.keys, name, nodename, host, remarks.about(name))
        made.append(_with_templates(_draft(telling, name, nodename, cwd, keys)))
    return tuple(made)


def _with_hostname(
    keys: Mapping[str, Any], name: str, nodename: str, host: str, remarks: Remarks
) -> dict[str, Any]:
    hostname = _hostname(name, nodename, host)
    if hostname is None:
        return dict(keys)
    if re.match(HOSTNAME, hostname):
        return {**keys, "hostname": hostname}
    remarks.add(
        f"{nodename} is no nodename that fleet.yaml can have",
        f"its node is called {name}@{host}",
        left_out=True,
    )
    return dict(keys)


def _nodename(given: str | None, host: str) -> str:
    """What the worker makes of its -n; as it is where it can make nothing of it."""
    left, separator, right = (given or "").partition("@")
    name, where = (left, right) if separator else ("", left)
    keys = {"n": host.partition(".")[0], **expand.host_keys(host), "i": "0", "I": ""}
    full = f"{name or expand.DEFAULT_NAME}@{where or host}"
    try:
        return expand.replace(full, keys)
    except expand.UnknownFormatError:
        return full


def _name(nodename: str, taken: Collection[str]) -> str:
    """What is before the @, made fit for fleet.yaml where it isn't."""
    name = nodename.partition("@")[0]
    if not re.match(NAME, name) or name == "all":
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-._")[:50]
        name = name if name and name != "all" else f"worker-{name}".rstrip("-")
    base, number = name, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    return name


def _draft(telling: Told, name: str, nodename: str, cwd: Path, keys: dict[str, Any]) -> Draft:
    workdir = absolute(home(telling.workdir), cwd) if telling.workdir else cwd
    if "statedb" in keys:
        keys["statedb"] = _absolute(keys["statedb"], workdir)
    return Draft(
        name=name,
        nodename=nodename,
        app=telling.app,
        python=telling.python,
        workdir=workdir,
        pidfile=_absolute(telling.pidfile, workdir) if telling.pidfile else None,
        logfile=_absolute(telling.logfile, workdir) if telling.logfile else None,
        keys=keys,
        env=telling.env,
        beat=telling.beat,
    )


def _hostname(name: str, nodename: str, host: str) -> str | None:
    """The key `hostname` that gives this nodename; None where it needn't be given."""
    if nodename == f"{name}@{host}":
        return None
    left, _, right = nodename.partition("@")
    own = "%n" if left == name else expand.escape(left)
    *others, last = right.split("@")
    right = last if others and left == name else right
    if right == host:
        return f"{own}@%h" if own != "%n" else None
    return f"{own}@{expand.escape(right)}"


def _absolute(template: str, folder: Path) -> str:
    """A template from the root; the folder's own percent signs mean themselves."""
    text = str(home(template)) if template.startswith("~") else template
    if not text.startswith("/"):
        text = f"{expand.escape(str(folder))}/{text}"
    return os.path.normpath(text)


def _with_templates(draft: Draft) -> Draft:
    """The draft with %n for the name in its files, wherever that leads to the same files."""
    keys = dict(draft.keys)
    if "statedb" in keys:
        keys["statedb"] = _template(draft, keys["statedb"])
    return replace(
        draft,
        pidfile=_template(draft, draft.pidfile) if draft.pidfile else None,
        logfile=_template(draft, draft.logfile) if draft.logfile else None,
        keys=keys,
    )


def _template(draft: Draft, path: str) -> str:
    folder, slash, file = path.rpartition("/")
    for written, letter in ((draft.nodename, "%p"), (draft.nodename.partition("@")[0], "%n")):
        word = rf"(?<![A-Za-z0-9%]){re.escape(expand.escape(written))}(?![A-Za-z0-9])"
        template = f"{folder}{slash}{re.sub(word, letter, file)}"
        if template != path and _expanded(template, draft) == _expanded(path, draft):
            return template
    return path


def _expanded(template: str, draft: Draft) -> str | None:
    try:
        return expand.logfile_format(template, draft.nodename)
    except expand.UnknownFormatError:
        return None
