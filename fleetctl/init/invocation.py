"""What a line of a shell, a Procfile or a unit runs: celery multi, a worker, a beat."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from fleetctl.errors import UsageError
from fleetctl.fleet.places import is_file
from fleetctl.fleet.spelling import did_you_mean
from fleetctl.init import shell
from fleetctl.init.multi import COMMANDS
from fleetctl.process.commandline import after_celery, subcommand_place

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_MULTI_SCRIPTS = frozenset({"celery-multi", "celeryd-multi"})
_SUBCOMMANDS = frozenset({"multi", "worker", "beat", "flower"})


@dataclass(frozen=True, slots=True)
class Invocation:
    """`kind` is celery's subcommand; `arguments` are what it gets, those before its name last.

    Of a worker they are all that comes after ``celery``. `python` is the interpreter the line
    names, as it is written there.
    """

    kind: str
    arguments: tuple[str, ...]
    python: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def read(words: Sequence[str]) -> Invocation:
    """What the words run. Raises UsageError where it is no celery worker or celery multi."""
    found = recognise([_utf8(word) for word in words])
    if found is None or found.kind in ("beat", "flower"):
        raise UsageError(
            f"not a line of celery multi or celery worker: {' '.join(words)[:80]}",
            hint=did_you_mean(
                words[0] if words else "",
                [*COMMANDS, "celery", "multi", "worker"],
                otherwise="for example: fleetctl init -- start 3 -A proj -c 4",
            ),
        )
    return found


def _utf8(word: str) -> str:
    try:
        return shell.utf8(word)
    except UnicodeDecodeError:
        raise UsageError(f"{word} is not UTF-8, which fleet.yaml is") from None


def recognise(words: Sequence[str]) -> Invocation | None:
    """As `read`; None for anything else. The words before ``multi`` may be left out."""
    env, rest = _without_wrappers(words)
    if not rest:
        return None
    if PurePath(rest[0]).name in _MULTI_SCRIPTS:
        return _multi([], rest[1:], rest[0], env)
    if rest[0] == "multi" or rest[0] in COMMANDS:
        return _multi([], rest[1:] if rest[0] == "multi" else rest, None, env)
    celery = after_celery(rest)
    after = rest if celery is None else list(celery)
    position = subcommand_place(after)
    if position is None or after[position] not in _SUBCOMMANDS:
        return None
    kind = after[position]
    program = None if celery is None else rest[0]
    if kind == "multi":
        return _multi(after[:position], after[position + 1 :], program, env)
    return Invocation(kind, tuple(after), python_of(program), env)


def _multi(
    before: Sequence[str], after: Sequence[str], program: str | None, env: Mapping[str, str]
) -> Invocation | None:
    if not after or after[0] not in COMMANDS:
        return None
    # Celery puts what stands before `multi` last, even after a `--`, where it means nothing.
    end = after.index("--") if "--" in after else len(after)
    return Invocation("multi", (*after[:end], *before, *after[end:]), python_of(program), env)


def python_of(program: str | None) -> str | None:
    """The interpreter beside a virtualenv's ``celery``; None for one that the PATH decides on."""
    if program is None or os.sep not in program:
        return None
    if PurePath(program).name.startswith(("python", "pypy")):
        return program
    beside = Path(program).with_name("python")
    return str(beside) if is_file(beside) else None


def _without_wrappers(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The words without what a shell would take: ``exec``, ``env``, ``NAME=value``."""
    env: dict[str, str] = {}
    rest = list(words)
    while rest:
        assignment = _ASSIGNMENT.fullmatch(rest[0])
        if assignment:
            env[assignment[1]] = assignment[2]
        elif PurePath(rest[0]).name not in ("exec", "env", "nohup"):
            break
        rest.pop(0)
    return env, rest


def resolved(python: str | None, folder: Path, path: str | None) -> str | None:
    """An interpreter's absolute path; `path` is where bare names are looked up (PATH)."""
    if python is None or python.startswith("/"):
        return python
    if os.sep in python:
        return os.path.normpath(folder / python)
    return shutil.which(python, path=path)
