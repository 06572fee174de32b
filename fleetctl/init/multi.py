"""Reads a `celery multi` command line as Celery does: which workers it makes, and how.

As read in celery/apps/multi.py and celery/bin/multi.py of Celery 5.7. Where celery multi makes a
line that no worker would start with, it is read as it was meant, with a remark.
"""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fleetctl.errors import UsageError
from fleetctl.fleet import expand
from fleetctl.fleet.options import BY_SPELLING
from fleetctl.init.namespaces import Namespaces, count_of
from fleetctl.init.remarks import Remarks

#: What is done to workers; what they are is said alike in all of these.
COMMANDS = ("start", "restart", "stop", "stopwait", "stop_verify", "kill", "show", "names")

_RESERVED = ("--nosplash", "--quiet", "-q", "--verbose", "--no-color")
_OF_CELERY = frozenset({
    "-A", "--app", "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir",
    "-C", "--no-color", "-q", "--quiet",
})  # fmt: skip
_OWN = frozenset({"--cmd", "--append", "--hostname", "--prefix", "--suffix", "--range-prefix"})
_FILES = ("--pidfile", "-p", "--logfile", "-f")
#: What celery multi adds where it isn't given.
_ASSUMED = {
    ("--pidfile", "-p"): "/var/run/celery/%n.pid",
    ("--logfile", "-f"): "/var/log/celery/%n%I.log",
}
_TAKING_SIGNALS = frozenset({"restart", "stop", "stopwait", "stop_verify"})

Options = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class MultiNode:
    """A worker that celery multi would start: the words after ``celery``, without ``--detach``.

    `assumed` are options that the line doesn't give and celery multi adds.
    """

    nodename: str
    words: tuple[str, ...]
    assumed: frozenset[str]


@dataclass(slots=True)
class _Line:
    """The line taken apart: options for all, options for some, node names, what follows ``--``."""

    options: Options = field(default_factory=dict)
    namespaces: Namespaces = field(default_factory=Namespaces)
    names: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)


def nodes(arguments: Sequence[str], host: str, remarks: Remarks) -> tuple[MultiNode, ...]:
    """The workers of the line `arguments`, which begins with the command (``start``).

    Raises UsageError for what celery multi refuses. `host` is what this machine is called.
    """
    command, *words = _without_reserved(arguments)
    line = _read(words, _signals_of(command), remarks)
    options = dict(line.options)
    for name in ("--cmd", "--append"):
        if name in options:
            _leave_out(name, options, remarks)
    suffix_host = _pop(options, "--hostname", "-n") or host
    prefix, suffix = _pop(options, "--prefix"), _pop(options, "--suffix") or suffix_host
    range_prefix = _pop(options, "--range-prefix") or "celery"
    count = count_of(line.names)
    names = line.names if count is None else [str(number) for number in range(1, count + 1)]
    line.namespaces.assign(names, counted=count is not None)
    suffix = "" if suffix in ('""', "''") else suffix
    made = [
        _Naming(host).name(name, range_prefix if count is not None else prefix, suffix)
        for name in names
    ]
    line.namespaces.complain_of_unused(
        [candidate for key, nodename in made for candidate in (key, nodename)], remarks
    )
    _complain_of_names(made, remarks, counted=count is not None)
    return tuple(
        _node(nodename, line.namespaces.merge(key, nodename, options), line.settings, remarks)
        for key, nodename in made
    )


def _without_reserved(arguments: Sequence[str]) -> list[str]:
    """The line without what only says how celery multi itself talks: the first of each."""
    words = list(arguments)
    for word in _RESERVED:
        if word in words:
            words.remove(word)
    return words


def _signals_of(command: str) -> frozenset[str]:
    """What is a signal and no option, after this command."""
    if command not in _TAKING_SIGNALS:
        return frozenset()
    names = {each.name for each in signal.Signals}
    return frozenset(
        {f"-{name}" for name in names}
        | {f"-{name.removeprefix('SIG')}" for name in names}
        | {f"-{number}" for number in range(1, 65)}
    )


def _read(words: Sequence[str], signals: frozenset[str], remarks: Remarks) -> _Line:
    line, given = _Line(), [word for word in words if word]
    position = 0
    while position < len(given):
        word, following = given[position], given[position + 1 : position + 2]
        position += 1
        if word == "--":
            line.settings = given[position:]
            break
        if word.upper() in signals:
            remarks.add(
                f"{word} is a signal, which fleet.yaml has no place for",
                _signal_trap(word),
                left_out=True,
            )
        elif word == "-":
            raise UsageError("celery multi can't read a lone `-`")
        elif word.startswith("-"):
            position += _take(word, following, line, remarks)
        else:
            line.names.append(word)
    return line


def _signal_trap(word: str) -> str | None:
    letters = word[:2]
    if letters not in BY_SPELLING or word[1:].isdecimal():
        return "`fleetctl stopwait` and `stop --now` send the signals that lose no task"
    return f"celery multi restart gives it to the workers, too, as {letters} {word[2:]}"


def _take(word: str, following: Sequence[str], line: _Line, remarks: Remarks) -> int:
    """Note one option; how many of the following words were its value."""
    name, equals, value = word.partition("=")
    long = word.startswith("--")
    if not long:
        name, equals, value = word, "", ""
    name, namespace = _split(name)
    known = BY_SPELLING.get(name)
    free = [other for other in following if not other.startswith("-")]
    taken: str | None = value if equals else None
    used = 0
    if long and not equals and free and _wants_value(name):
        remarks.add(
            f"{name} {free[0]}: celery multi takes {free[0]} for the name of a node",
            f"read as {name}={free[0]}, which is what it wants",
        )
        taken, used = free[0], 1
    elif not long and free and known is not None and known.flag:
        remarks.add(
            f"{word} {free[0]}: celery multi takes {free[0]} for the value of {name} and starts "
            "no such node",
            f"read as the node {free[0]}: {name} takes no value",
        )
    elif not long and free:
        taken, used = free[0], 1
    line_options = line.options if namespace is None else line.namespaces.of(namespace)
    if name in line_options and line_options[name] != taken:
        remarks.add(f"{word.partition('=')[0]} is given twice: the last one counts, {taken}")
    line_options[name] = taken
    return used


def _split(name: str) -> tuple[str, str | None]:
    option, colon, namespace = name.partition(":")
    if ":" in namespace:
        raise UsageError(f"{name}: celery multi takes one colon in an option")
    return option, namespace if colon else None


def _wants_value(name: str) -> bool:
    option = BY_SPELLING.get(name)
    return name in _OWN or (option is not None and not option.flag)


def _leave_out(name: str, options: Options, remarks: Remarks) -> None:
    remarks.add(
        f"{name}={options.pop(name) or ''} is not kept: nodes are `celery worker` and nothing else",
        left_out=True,
    )


def _pop(options: Options, *names: str) -> str:
    """The first of these options that is given; all of them are taken out."""
    found = [options.pop(name) for name in names if name in options]
    return (found[0] if found else None) or ""


@dataclass(frozen=True, slots=True)
class _Naming:
    """Makes nodenames, as `build_nodename` does."""

    host: str

    def name(self, name: str, prefix: str, suffix: str) -> tuple[str, str]:
        """What options for this node alone are given to, and the nodename."""
        if "@" not in name:
            return name, self._expanded(f"{prefix}{name}@{suffix}")
        nodename = self._expanded(name)
        return nodename.partition("@")[0], nodename

    def _expanded(self, text: str) -> str:
        # Of a name, %n is the host without its domain.
        keys = {"n": self.host.partition(".")[0], **expand.host_keys(self.host)}
        return _format(text, {**keys, "i": "0", "I": ""})


def _format(text: str, keys: Mapping[str, str]) -> str:
    try:
        return expand.replace(text, keys)
    except expand.UnknownFormatError as error:
        raise UsageError(f"{text}: celery multi knows no %{error.letter}") from error


def _complain_of_names(made: Sequence[tuple[str, str]], remarks: Remarks, *, counted: bool) -> None:
    for key, _ in made if not counted else []:
        if key.isdecimal():
            remarks.add(
                f"{key} is the name of a node here, not how many there are",
                "a number of nodes stands alone, without names",
            )
    for _, nodename in made:
        name, *hosts = nodename.split("@")
        if len(hosts) > 1:
            remarks.about(name).add(
                f"-n and --hostname are the host in celery multi, which makes {nodename} of it",
                f"the node is called {name}@{hosts[-1]} here",
            )


def _node(nodename: str, options: Options, settings: Sequence[str], remarks: Remarks) -> MultiNode:
    resolved: Options = {**options, "-n": nodename}
    assumed = {
        alternatives[0]: path
        for alternatives, path in _ASSUMED.items()
        if not any(name in resolved for name in alternatives)
    }
    resolved |= assumed
    expander = _expander(nodename)
    words = {name: _words(name, value, expander, remarks) for name, value in resolved.items()}
    # Celery puts each of these right after the word celery: the last one comes first.
    before = [word for name in reversed(words) if name in _OF_CELERY for word in words[name]]
    after = [word for name in words if name not in _OF_CELERY for word in words[name]]
    passed = ["--", *(_unquoted("--", word, remarks) for word in settings)] if settings else []
    return MultiNode(nodename, (*before, "worker", *after, *passed), frozenset(assumed))


def _expander(nodename: str) -> Callable[[str], str]:
    """Celery multi's own idea of the %-abbreviations, which isn't the worker's."""
    name, _, where = nodename.partition("@")
    keys = {
        "n": name or expand.DEFAULT_NAME, "N": name, "p": nodename, "h": nodename, "d": where,
        "i": "%i", "I": "%I", "%": "%",
    }  # fmt: skip
    return lambda text: _format(text, keys)


def _words(
    name: str, value: str | None, expanded: Callable[[str], str], remarks: Remarks
) -> list[str]:
    if not value:
        return [name]
    text = expanded(value)
    if name in _FILES or name == "--workdir":
        text = os.path.expanduser(text)  # noqa: PTH111 - as celery multi does
    text = _unquoted(name, text, remarks)
    return [f"{name}={text}"] if name.startswith("--") else [name, text]


def _unquoted(name: str, text: str, remarks: Remarks) -> str:
    """The one word that a shell would make of `text`; celery multi splits its whole line anew."""
    try:
        words = shlex.split(text)
    except ValueError:
        words = []
    if len(words) == 1:
        return words[0]
    remarks.add(
        f"{name} {text}: celery multi would break this value apart; it is kept whole",
        "in its line it would need quotes within the quotes",
    )
    return text
