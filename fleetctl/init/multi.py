"""Reads a `celery multi` command line as Celery does: which workers it makes, and how.

As read in celery/apps/multi.py and celery/bin/multi.py of Celery 5.7. Where celery multi makes a
line that no worker would start with, it is read as it was meant, with a remark.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fleetctl.errors import UsageError
from fleetctl.fleet import expand
from fleetctl.init.multiline import MultiLine, Options, read
from fleetctl.init.namespaces import count_of
from fleetctl.init.remarks import Remarks

#: What is done to workers; what they are is said alike in all of these.
COMMANDS = ("start", "restart", "stop", "stopwait", "stop_verify", "kill", "show", "names")

_OF_CELERY = frozenset({
    "-A", "--app", "-b", "--broker", "--result-backend", "--loader", "--config", "--workdir",
    "-C", "--no-color", "-q", "--quiet",
})  # fmt: skip
_FILES = ("--pidfile", "-p", "--logfile", "-f")
#: What celery multi adds where it isn't given.
_ASSUMED = {
    ("--pidfile", "-p"): "/var/run/celery/%n.pid",
    ("--logfile", "-f"): "/var/log/celery/%n%I.log",
}


@dataclass(frozen=True, slots=True)
class MultiNode:
    """A worker that celery multi would start: the words after ``celery``, without ``--detach``.

    `assumed` are options that the line doesn't give and celery multi adds.
    """

    nodename: str
    words: tuple[str, ...]
    assumed: frozenset[str]


def nodes(arguments: Sequence[str], host: str, remarks: Remarks) -> tuple[MultiNode, ...]:
    """The workers of the line `arguments`, which begins with the command (``start``).

    Raises UsageError for what celery multi refuses. `host` is what this machine is called.
    """
    line = read(arguments, remarks)
    count = count_of(line.names)
    options = dict(line.options)
    for name in ("--cmd", "--append"):
        if name in options:
            _leave_out(name, options, remarks)
    named = _named(line, count, options, host)
    line.namespaces.complain_of_unused([each for pair in named for each in pair], remarks)
    _complain_of_names(named, remarks, counted=count is not None)
    return tuple(
        _node(nodename, line.namespaces.merge(key, nodename, options), line.settings, remarks)
        for key, nodename in named
    )


def _named(
    line: MultiLine, count: int | None, options: Options, host: str
) -> list[tuple[str, str]]:
    """For each node, what options for it alone are given to, and its nodename.

    The options that make names are taken out of `options`.
    """
    where = _pop(options, "--hostname", "-n") or host
    prefix, suffix = _pop(options, "--prefix"), _pop(options, "--suffix") or where
    range_prefix = _pop(options, "--range-prefix") or "celery"
    names = line.names if count is None else [str(number) for number in range(1, count + 1)]
    line.namespaces.assign(names, counted=count is not None)
    before = prefix if count is None else range_prefix
    after = "" if suffix in ('""', "''") else suffix
    return [_name(name, before, after, host) for name in names]


def _leave_out(name: str, options: Options, remarks: Remarks) -> None:
    remarks.add(
        f"{name}={options.pop(name) or ''} is not kept: nodes are `celery worker` and nothing else",
        left_out=True,
    )


def _pop(options: Options, *names: str) -> str:
    """The first of these options that is given; all of them are taken out."""
    found = [options.pop(name) for name in names if name in options]
    return (found[0] if found else None) or ""


def _name(name: str, prefix: str, suffix: str, host: str) -> tuple[str, str]:
    """As `build_nodename` does; of a name, %n is the host without its domain."""
    keys = {"n": host.partition(".")[0], **expand.host_keys(host), "i": "0", "I": ""}
    if "@" not in name:
        return name, _format(f"{prefix}{name}@{suffix}", keys)
    nodename = _format(name, keys)
    return nodename.partition("@")[0], nodename


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
