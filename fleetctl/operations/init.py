"""A first fleet.yaml, proposed from a command line, a service file or a folder; and written."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fleetctl.errors import FleetctlError, UsageError
from fleetctl.fleet import FleetInvalid, check_text, expand
from fleetctl.fleet.model import Fleet, Problem
from fleetctl.init import (
    apps,
    draft,
    invocation,
    keys,
    multi,
    private,
    proposal,
    services,
    shell,
    worker,
)
from fleetctl.init.apps import Findings
from fleetctl.init.draft import Draft
from fleetctl.init.invocation import Invocation
from fleetctl.init.keys import Told
from fleetctl.init.remarks import Remark, Remarks
from fleetctl.init.rendering import render
from fleetctl.init.services import Service, ServiceFile
from fleetctl.init.starter import starter
from fleetctl.operations.writing import write_new
from fleetctl.process.identity import user_name

_KEPT = "finds what celery multi has started"


@dataclass(frozen=True, slots=True)
class Proposed:
    """The text of a fleet.yaml, what is to be said of it, and the secrets for an env file."""

    text: str
    remarks: tuple[Remark, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """Where a proposal is made: for the file at `path`, from the folder `cwd`.

    `app` is the one the user names. `host` is this machine's name.
    """

    path: Path
    cwd: Path
    environ: Mapping[str, str]
    app: str | None = None
    host: str = field(default_factory=expand.gethostname)


def env_file_of(path: Path) -> Path:
    """Where the secrets of the fleet.yaml at `path` go."""
    return path.with_suffix(".env")


def from_line(words: Sequence[str], ground: Ground) -> Proposed:
    """The fleet.yaml for a `celery multi` or `celery worker` line.

    Raises UsageError where the line can't be read.
    """
    remarks = Remarks()
    if len(words) == 1:  # a whole line in quotes, as it is copied from a script
        words = shell.words(words[0])
    line = invocation.read(words)
    told = _told(line, ground, remarks)
    return propose(told, ground, remarks, [shlex.join(map(shell.utf8, words))])


def from_file(found: ServiceFile, ground: Ground) -> Proposed:
    """The fleet.yaml for a Procfile, a systemd unit, a supervisord.conf, celeryd's defaults."""
    remarks = Remarks()
    told: list[Told] = []
    for service in found.of_kind("multi", "worker"):
        told += _served(service, ground, remarks)
    for service in found.of_kind("beat") if told else ():
        line = worker.read(service.line.arguments, Remarks())
        told[0].beat = keys.told(line, Remarks()).beat or {}
        remarks.add(
            f"beat has become the key `beat`, which this version doesn't start: {service.text}"
        )
    for service in found.of_kind("flower"):
        remarks.add(f"{service.text}: Flower is run as before", left_out=True)
    return propose(told, ground, remarks, [f"{found.path}:", *(s.text for s in found.services)])


def from_folder(ground: Ground) -> Proposed:
    """The fleet.yaml for what stands in a folder: files that start workers, else the app alone.

    Raises UsageError where there is neither.
    """
    files = services.look(ground.cwd)
    if not files:
        return _from_code(ground)
    made = from_file(files[0], ground)
    others = tuple(
        Remark(
            f"{_shown(other.path, ground.cwd)} starts Celery workers, too",
            f"to go by that one: fleetctl init --from {_shown(other.path, ground.cwd)}",
        )
        for other in files[1:]
    )
    return replace(made, remarks=(*made.remarks, *others))


def _from_code(ground: Ground) -> Proposed:
    findings = apps.look(ground.cwd)
    if not findings.apps and ground.app is None:
        raise UsageError(
            f"no Celery app is found in {ground.cwd}, nor anything that starts workers",
            hint="name the app, as for `celery -A`: fleetctl init --app proj.celery:app",
        )
    remarks = Remarks()
    chosen = None if ground.app else findings.apps[0]
    _remark_on_apps(findings, ground, remarks)
    return Proposed(
        starter(findings, chosen, ground.app, apps.interpreter(ground.cwd), ground.path.parent),
        remarks.of(()),
    )


def _remark_on_apps(findings: Findings, ground: Ground, remarks: Remarks) -> None:
    others = [app.name for app in findings.apps[0 if ground.app else 1 :]]
    if others and ground.app is None:
        remarks.add(
            f"{findings.apps[0].name} isn't the only app here: {', '.join(others[:4])}",
            f"for another one: fleetctl init --app {others[0]}",
        )
    if (ground.cwd / "celery.py").is_file():
        remarks.add(
            "celery.py in the folder the workers start in hides Celery itself",
            "rename it, or move it into a package",
        )


def _served(service: Service, ground: Ground, remarks: Remarks) -> list[Told]:
    found = _told(service.line, ground, remarks)
    for telling in found:
        if telling.nodename is None and service.name is not None:
            telling.nodename = f"{service.name}@{ground.host}"
        if service.workdir is not None:
            telling.workdir = os.path.normpath(Path(service.workdir) / (telling.workdir or ""))
        telling.env = {**service.env, **telling.env}
    if service.user not in (None, "", user_name(os.geteuid())):
        remarks.add(
            f"these workers run as {service.user}",
            f"run fleetctl as that user, too: sudo -u {service.user} fleetctl start",
        )
    if service.copies > 1 and len(found) == 1:
        name = (found[0].nodename or "").partition("@")[0].rstrip("0123456789") or "worker"
        return [
            replace(found[0], nodename=f"{name}{number}@{ground.host}", pidfile=None)
            for number in range(1, service.copies + 1)
        ]
    return found


def _told(line: Invocation, ground: Ground, remarks: Remarks) -> list[Told]:
    """What a line says of each of its workers."""
    python = invocation.resolved(line.python, ground.cwd, ground.environ.get("PATH"))
    if line.kind == "worker":
        found = [keys.told(worker.read(line.arguments, remarks), remarks)]
    else:
        made = multi.nodes(line.arguments, ground.host, remarks)
        found = [_told_by_multi(node, remarks) for node in made]
    for telling in found:
        telling.python = telling.python or python
        telling.env = {**line.env, **telling.env}
    return found


def _told_by_multi(node: multi.MultiNode, remarks: Remarks) -> Told:
    name = node.nodename.partition("@")[0]
    remarks = remarks.about(name)
    telling = keys.told(worker.read(node.words, remarks), remarks)
    if telling.workdir and not (telling.pidfile or "/").startswith(("/", "~")):
        remarks.add(
            f"--pidfile={telling.pidfile} is relative: the worker writes it under --workdir",
            "celery multi looks for it where it is called, and says DOWN of a live worker",
        )
    for option, key in (("--pidfile", "pidfile"), ("--logfile", "logfile")):
        folder = Path(getattr(telling, key)).parent
        if option in node.assumed and not _can_be_written(folder):
            remarks.add(
                f"celery multi keeps a {key} in {folder} unless told otherwise, where you can't "
                "write",
                f"nodes keep it beside fleet.yaml; or give {option}",
            )
            setattr(telling, key, None)
    return telling


def _can_be_written(folder: Path) -> bool:
    """Whether the folder is the caller's to write in, or to make."""
    while not os.path.lexists(folder):
        folder = folder.parent
    return os.access(folder, os.W_OK | os.X_OK)


def propose(
    told: Sequence[Told],
    ground: Ground,
    remarks: Remarks,
    source: Sequence[str],
    settle: Callable[[Sequence[Draft]], Sequence[Draft]] = lambda drafts: drafts,
    *,
    guarded: bool = False,
) -> Proposed:
    """The fleet.yaml of these workers; the app and the interpreter are looked for if need be.

    `guarded` as for `private.split`.
    """
    app, python = ground.app, None
    if app is None and not any(telling.app for telling in told):
        found = apps.look(ground.cwd).apps
        app = found[0].name if found else None
    if not any(telling.python for telling in told):
        python = apps.interpreter(ground.cwd)
    for telling in told:
        telling.python = telling.python or (str(python) if python else None)
        telling.app = ground.app or telling.app
    drafts = settle(draft.drafts(told, ground.cwd, ground.host, remarks))
    drafts, secrets = private.split(drafts, remarks, guarded=guarded)
    made = proposal.propose(
        drafts, ground.path.parent, remarks, app=app, source=source, notes={"pidfile": _KEPT}
    )
    if secrets:
        top = {**made.top, "env_file": env_file_of(ground.path).name}
        made = replace(made, top=top)
    return Proposed(render(made), tuple(made.remarks), secrets)


def _shown(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def problems_of(path: Path, proposed: Proposed) -> list[Problem]:
    """What `validate` would say of the proposal at `path`; its env file isn't there yet."""
    return _checked(path, proposed)[1]


def planned_fleet(path: Path, proposed: Proposed) -> Fleet:
    """The fleet that a valid proposal describes, but for the variables in its env file.

    Raises FleetInvalid where it isn't valid.
    """
    fleet, problems = _checked(path, proposed)
    if fleet is None:
        raise FleetInvalid(path, problems)
    return fleet


def write_proposed(path: Path, proposed: Proposed) -> None:
    """Write a proposal and its env file.

    Raises UsageError where one of them exists, FleetctlError where they can't be written.
    """
    secrets = env_file_of(path)
    if proposed.secrets:
        write_new(secrets, private.env_file(proposed.secrets), private=True)
    try:
        write_new(path, proposed.text)
    except FleetctlError:
        if proposed.secrets:
            secrets.unlink()
        raise


def _checked(path: Path, proposed: Proposed) -> tuple[Fleet | None, list[Problem]]:
    lines = proposed.text.splitlines(keepends=True)
    without = [line for line in lines if not line.startswith("env_file:")]
    return check_text(path, "".join(without if proposed.secrets else lines))
