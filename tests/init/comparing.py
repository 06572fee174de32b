"""What the installed Celery makes of a line, and what fleetctl makes of the fleet.yaml from it."""

from __future__ import annotations

import io
import os
import shlex
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from celery import Celery
from celery.bin.base import CLIContext
from celery.bin.celery import celery as celery_command
from celery.bin.multi import MultiTool
from celery.bin.worker import worker as worker_command
from celery.utils.nodenames import node_format

from fleetctl.fleet import check_text
from fleetctl.fleet.model import Fleet
from fleetctl.init.remarks import Remark
from fleetctl.operations.init import Ground, Proposed, from_line

#: Options in Celery's own examples that its worker no longer has; each takes a value.
GONE = frozenset({"-L"})
_GROWING = ("prefork", "eventlet", "gevent")
_PLACES = ("pidfile", "logfile", "statedb")


@dataclass(frozen=True)
class Worker:
    """A worker's options as Celery's parser has them; files as they are opened."""

    app: str | None
    workdir: Path
    settings: dict[str, Any]
    parameters: dict[str, Any]
    options: tuple[str, ...]


def by_celery(line: Sequence[str], cwd: Path) -> list[Worker]:
    """The workers of `celery multi show LINE`, the line without its command."""
    return [read(shlex.split(shown), cwd) for shown in shown_by_celery(line)]


def shown_by_celery(line: Sequence[str]) -> list[str]:
    """The lines that `celery multi show` prints. Nothing is made on the disk."""
    out = io.StringIO()
    with patch("os.makedirs"):
        code = MultiTool(stdout=out, stderr=out).execute_from_commandline(["multi", "show", *line])
    assert code == 0, out.getvalue()
    return out.getvalue().splitlines()


def proposed(line: Sequence[str], folder: Path) -> Proposed:
    """What `fleetctl init -- LINE` proposes in `folder`; an app is always found there."""
    ground = Ground(path=folder / "fleet.yaml", cwd=folder, environ=os.environ)
    (folder / "proj.py").write_text("from celery import Celery\napp = Celery()\n")
    return from_line(line, ground)


def by_fleetctl(line: Sequence[str], folder: Path) -> list[Worker]:
    """The nodes of that proposal, which must be valid."""
    fleet = valid(proposed(line, folder), folder)
    return [
        read([node.python, "-m", "celery", *node.options], node.workdir) for node in fleet.nodes
    ]


def valid(proposal: Proposed, folder: Path) -> Fleet:
    """The fleet that a proposal describes."""
    fleet, problems = check_text(folder / "fleet.yaml", proposal.text)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert fleet is not None, f"{errors}\n{proposal.text}"
    return fleet


def said(remarks: Sequence[Remark]) -> str:
    """All remarks as one text."""
    return "\n".join(f"{each.text} ({', '.join(each.nodes)}); {each.hint}" for each in remarks)


def read(words: list[str], cwd: Path) -> Worker:
    """A worker's command line, by Celery's own parsers."""
    words = words[words.index("celery") + 1 :]
    place = words.index("worker")
    before, after = words[:place], words[place + 1 :]
    with _quiet_chdir():
        general = celery_command.make_context("celery", [*before, "worker"]).params
    app = Celery("proj", set_as_current=False)
    obj = CLIContext(app=app, no_color=True, workdir=None)
    context = worker_command.make_context("worker", _without(after), obj=obj)
    parameters = dict(context.params)
    for ignored in ("detach", "executable"):
        parameters.pop(ignored)
    changed = [word.partition("=")[2] for word in before if word.startswith("--workdir=")]
    home = cwd / (changed[-1] if changed else "")
    _settle_size(parameters)
    for key in _PLACES:
        if parameters[key] is not None:
            opened = node_format(parameters[key], parameters["hostname"], I="%I")
            parameters[key] = os.path.normpath(home / opened)
    settings = app.loader.cmdline_config_parser(context.args, namespace="worker")
    flags = ("quiet", "no_color", "skip_checks", "loader", "config")
    options = tuple(f"{name}={general[name]}" for name in flags if general[name])
    return Worker(general["app"] or "proj:app", home, settings, parameters, options)


def _settle_size(parameters: dict[str, Any]) -> None:
    """What can't grow dies of --autoscale, which fleet.yaml refuses; what can ignores -c."""
    if parameters["autoscale"] and parameters["pool"].__module__.rpartition(".")[2] not in _GROWING:
        parameters["autoscale"] = None
    if parameters["autoscale"]:
        parameters["concurrency"] = None


def _without(words: Sequence[str]) -> list[str]:
    """The words without options that are gone."""
    kept, rest = [], list(words)
    while rest:
        word = rest.pop(0)
        if word in GONE:
            rest.pop(0)
        else:
            kept.append(word)
    return kept


@contextmanager
def _quiet_chdir() -> Iterator[None]:
    # `celery --workdir` changes the folder while its options are being read.
    with patch("os.chdir"):
        yield


def host() -> str:
    """This machine's name."""
    return socket.gethostname()
