"""Takes a `celery multi` line apart: options for all, options for some, node names, settings.

As celery.apps.multi.NamespacedOptionParser does, but where it misreads what was surely meant.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass, field

from fleetctl.errors import UsageError
from fleetctl.fleet.options import BY_SPELLING
from fleetctl.init.namespaces import Namespaces
from fleetctl.init.remarks import Remarks

Options = dict[str, str | None]

#: Options of celery multi itself, each with a value.
OWN = frozenset({"--cmd", "--append", "--hostname", "--prefix", "--suffix", "--range-prefix"})

_TALKATIVE = ("--nosplash", "--quiet", "-q", "--verbose", "--no-color")
_TAKING_SIGNALS = frozenset({"restart", "stop", "stopwait", "stop_verify"})


@dataclass(slots=True)
class MultiLine:
    """What stands in the line; `settings` is all that follows ``--``."""

    options: Options = field(default_factory=dict)
    namespaces: Namespaces = field(default_factory=Namespaces)
    names: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)


def read(arguments: Sequence[str], remarks: Remarks) -> MultiLine:
    """The line `arguments`, which begins with the command (``start``).

    Raises UsageError for what celery multi can't read.
    """
    command, *rest = _without_talk(arguments)
    signals = _signals_of(command)
    line, words = MultiLine(), [word for word in rest if word]
    while words:
        word = words.pop(0)
        if word == "--":
            line.settings = words
            break
        if word.upper() in signals:
            _leave_out_signal(word, remarks)
        elif word == "-":
            raise UsageError("celery multi can't read a lone `-`")
        elif word.startswith("--"):
            _long(word, words, line, remarks)
        elif word.startswith("-"):
            _short(word, words, line, remarks)
        else:
            line.names.append(word)
    return line


def _without_talk(arguments: Sequence[str]) -> list[str]:
    """The line without what only says how celery multi itself talks: the first of each."""
    words = list(arguments)
    for word in _TALKATIVE:
        if word in words:
            words.remove(word)
    return words


def _signals_of(command: str) -> frozenset[str]:
    """What is a signal and no option, after this command."""
    if command not in _TAKING_SIGNALS:
        return frozenset()
    names = {each.name for each in signal.Signals}
    numbers = {str(number) for number in range(1, 65)}
    return frozenset(f"-{each}" for each in names | {n[3:] for n in names} | numbers)


def _leave_out_signal(word: str, remarks: Remarks) -> None:
    letter = word[:2]
    if letter in BY_SPELLING:
        hint = f"celery multi restart gives it to the workers, too, as {letter} {word[2:]}"
    else:
        hint = "`fleetctl stopwait` and `stop --now` send the signals that lose no task"
    remarks.add(f"{word} is a signal, which fleet.yaml has no place for", hint, left_out=True)


def _long(word: str, following: list[str], line: MultiLine, remarks: Remarks) -> None:
    name, equals, value = word.partition("=")
    option, namespace = _split(name)
    if equals or not (_wants_value(option) and _is_free(following)):
        _note(option, namespace, value if equals else None, line, remarks)
        return
    taken = following.pop(0)
    remarks.add(
        f"{option} {taken}: celery multi takes {taken} for the name of a node",
        f"read as {option}={taken}, which is what it wants",
    )
    _note(option, namespace, taken, line, remarks)


def _short(word: str, following: list[str], line: MultiLine, remarks: Remarks) -> None:
    option, namespace = _split(word)
    value = None
    if _is_free(following) and not _is_flag(option):
        value = following.pop(0)
    elif _is_free(following):
        remarks.add(
            f"{word} {following[0]}: celery multi takes {following[0]} for the value of {option} "
            "and starts no such node",
            f"read as the node {following[0]}: {option} takes no value",
        )
    _note(option, namespace, value, line, remarks)


def _note(
    option: str, namespace: str | None, value: str | None, line: MultiLine, remarks: Remarks
) -> None:
    options = line.options if namespace is None else line.namespaces.of(namespace)
    if option in options and options[option] != value:
        written = option if namespace is None else f"{option}:{namespace}"
        remarks.add(f"{written} is given twice: the last one counts, {value}")
    options[option] = value


def _split(name: str) -> tuple[str, str | None]:
    option, colon, namespace = name.partition(":")
    if ":" in namespace:
        raise UsageError(f"{name}: celery multi takes one colon in an option")
    return option, namespace if colon else None


def _is_free(following: Sequence[str]) -> bool:
    """Whether the next word may be a value."""
    return bool(following) and not following[0].startswith("-")


def _is_flag(name: str) -> bool:
    option = BY_SPELLING.get(name)
    return option is not None and option.flag


def _wants_value(name: str) -> bool:
    return name in OWN or (name in BY_SPELLING and not _is_flag(name))
