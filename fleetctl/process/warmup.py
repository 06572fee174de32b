"""What a command needs first, begun on a guess: it imports Celery while fleet.yaml is being read.

That is a launcher, or before a restart the probe: the launcher has the whole drain to begin in.
Reading takes as long as importing, and a machine has more than one core. The guess is what a
glance at the file says of its interpreter and folder; if it proves wrong, or nothing is to be
started, what was begun is ended: it has touched nothing. Imports next to nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from fleetctl.errors import UsageError
from fleetctl.fleet import locate

if TYPE_CHECKING:
    from fleetctl.process.probe import ProbeProcess
    from fleetctl.process.spawn import LauncherProcess

    Begun = LauncherProcess | ProbeProcess

COMMANDS = frozenset({"start", "restart"})
_UNPROBED = "--no-preflight"

_PLAIN = re.compile(r"^(python|workdir):[ \t]+([\w./+-]+)[ \t]*(?:#.*)?$", re.MULTILINE)
_SEVERAL = re.compile(r"-\w{2,}")
"""Options in one word: among them may be one that names another file."""
_MENTIONED = re.compile(r"^(?:python|workdir):", re.MULTILINE)
_LARGEST = 1 << 20

Kind = TypeVar("Kind", "LauncherProcess", "ProbeProcess")

_Guess = tuple[str, Path, Mapping[str, str]]

_begun: list[tuple[_Guess, Begun]] = []


def begin(arguments: Sequence[str], environ: Mapping[str, str], default_python: str) -> None:
    """Begin a launcher or a probe, should the command line `arguments` be going to want one."""
    try:
        guess = _guess(arguments, environ, Path.cwd(), default_python)
    except (UsageError, OSError, UnicodeDecodeError):
        return  # the command itself complains
    if guess is None:
        return
    from fleetctl.process.probe import ProbeProcess
    from fleetctl.process.spawn import LauncherProcess, passed_on

    command, (python, workdir, inherited) = guess
    environment = passed_on(inherited)
    probed = command == "restart" and _UNPROBED not in arguments
    kind = ProbeProcess if probed else LauncherProcess
    try:
        process = kind(python, workdir=workdir, environment=environment, ahead=True)
    except OSError:
        return  # whoever really needs this interpreter says what is wrong with it
    _begun.append(((python, workdir, environment), process))


def take(
    kind: type[Kind], python: str, workdir: Path, environment: Mapping[str, str]
) -> Kind | None:
    """What was begun, if it is just the one that is needed."""
    for index, (guess, process) in enumerate(_begun):
        if isinstance(process, kind) and guess == (python, workdir, environment):
            del _begun[index]
            return process
    return None


def discard() -> None:
    """End what was begun and not taken."""
    while _begun:
        _, process = _begun.pop()
        process.abandon()


def _guess(
    arguments: Sequence[str], environ: Mapping[str, str], cwd: Path, default_python: str
) -> tuple[str, _Guess] | None:
    command, fleet = _read_arguments(arguments)
    if command is None:
        return None
    path = locate.find(fleet, environ, cwd)
    text = path.read_bytes()[:_LARGEST].decode()
    said = dict(_PLAIN.findall(text))
    if len(said) != len(_MENTIONED.findall(text)):
        return None
    folder = path.parent
    python = said.get("python", default_python)
    if "/" in python:
        python = str(locate.absolute(Path(python), folder))
    elif "python" in said:
        return None
    workdir = locate.absolute(Path(said.get("workdir", ".")), folder)
    return command, (python, workdir, dict(environ))


def _read_arguments(arguments: Sequence[str]) -> tuple[str | None, str | None]:
    """The command that follows, if it is one that starts nodes, and what -f names; cautiously."""
    fleet: str | None = None
    command: str | None = None
    words = iter(arguments)
    for word in words:
        if word in ("-f", "--fleet"):
            fleet = next(words, None)
        elif word == "--color":
            next(words, None)
        elif word.startswith(("-f", "--fleet=")):
            fleet = word.removeprefix("-f").removeprefix("--fleet=")
        elif word in ("-h", "--help", "--version") or _SEVERAL.match(word):
            return None, None
        elif not word.startswith("-") and command is None:
            command = word if word in COMMANDS else None
            if command is None:
                break
    return command, fleet
