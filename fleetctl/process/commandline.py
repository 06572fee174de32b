"""Reading the command line of a plain `celery worker`: as typed, or as its title repeats it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

_PYTHON = re.compile(r"(python|pypy)[\d.]*[a-z]?")
_TITLE = re.compile(r"\[celeryd: [^\s]+:MainProcess\] -\w+- \((.*)\)\s*", re.DOTALL)
_PYTHON_VALUED = frozenset({"-X", "-W", "--check-hash-based-pycs"})
_CELERY_VALUED = frozenset(
    {"-A", "--app", "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir"}
)


@dataclass(frozen=True, slots=True)
class WorkerCommand:
    """What a worker was told: its pidfile and its nodename, unexpanded; None where it wasn't."""

    pidfile: str | None
    nodename: str | None


def is_python(program: str) -> bool:
    """Whether a program, by its file name, is a Python interpreter."""
    return _PYTHON.fullmatch(PurePath(program).name) is not None


def worker_command(argv: Sequence[str]) -> WorkerCommand | None:
    """What the command line of a Celery worker says; None for any other program's."""
    words = after_celery(argv)
    if words is None:
        return None
    place = subcommand_place(words)
    if place is None or words[place] != "worker":
        return None
    options = words[place + 1 :]
    return WorkerCommand(
        pidfile=_value(options, "--pidfile"), nodename=_value(options, "--hostname", "-n")
    )


def after_celery(argv: Sequence[str]) -> Sequence[str] | None:
    """What ``celery`` itself is given; None where another program runs.

    Also of a worker that has written its title over its command line, as Celery does where
    setproctitle is installed (celery/platforms.py, ``set_mp_process_title``): the title repeats it.
    """
    if len(argv) == 1 and (title := _TITLE.fullmatch(argv[0])):
        return title[1].split()
    if not argv:
        return None
    if PurePath(argv[0]).name == "celery":
        return argv[1:]
    if not is_python(argv[0]):
        return None
    position = 1
    while position < len(argv):
        word = argv[position]
        if word == "-m":
            module = argv[position + 1] if position + 1 < len(argv) else None
            return argv[position + 2 :] if module == "celery" else None
        if not word.startswith("-"):
            return argv[position + 1 :] if _is_celery_script(word) else None
        position += 2 if word in _PYTHON_VALUED else 1
    return None


def _is_celery_script(path: str) -> bool:
    return PurePath(path).name == "celery" or PurePath(path).parts[-2:] == ("celery", "__main__.py")


def subcommand_place(words: Sequence[str]) -> int | None:
    """Where, in what ``celery`` is given, its subcommand stands; None where there is none."""
    place = 0
    while place < len(words):
        if words[place] in _CELERY_VALUED:
            place += 2
        elif words[place].startswith("-"):
            place += 1
        else:
            return place
    return None


def _value(options: Sequence[str], long: str, short: str | None = None) -> str | None:
    """The last value given to an option, which is the one that Celery takes."""
    found = None
    for position, word in enumerate(options):
        if word in (long, short):
            found = options[position + 1] if position + 1 < len(options) else None
        elif word.startswith(long + "="):
            found = word.partition("=")[2]
        elif short and word.startswith(short) and not word.startswith("--"):
            found = word[len(short) :]
    return found
