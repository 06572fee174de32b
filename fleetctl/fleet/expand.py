"""Celery's %-abbreviations, expanded as the worker expands them (celery/utils/nodenames.py)."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping

DEFAULT_NAME = "celery"

_FORMAT = re.compile(r"%([%\w])")
#: The worker's main process is number 0; %I is empty for it (celery/utils/nodenames.py).
_MAIN_PROCESS = {"i": "0", "I": ""}
_CHILD = {"i": "%i", "I": "%I"}


class UnknownFormatError(ValueError):
    """A %x that Celery doesn't know; the worker would refuse it at start."""

    def __init__(self, letter: str) -> None:
        super().__init__(f"unknown %{letter}")
        self.letter = letter


def gethostname() -> str:
    """This host's name, as Celery computes it."""
    return socket.gethostname()


def nodename(hostname: str | None, name: str, host: str) -> str:
    """The nodename of the node `name` with the key `hostname` (``%n@%h`` by default).

    As `celery multi` does, %n is the node's own name; the worker alone would put the host's
    there. All else is as the worker's ``-n``. Raises UnknownFormatError.
    """
    left, separator, right = (hostname or "%n@%h").partition("@")
    if not separator:
        left, right = DEFAULT_NAME, left
    full = f"{left or DEFAULT_NAME}@{right or '%h'}"
    return replace(full, {**host_keys(host), "n": name, **_MAIN_PROCESS})


def path(template: str, node: str) -> str:
    """A pidfile, statedb or the main process's logfile of the node named `node` (``w1@host``)."""
    return replace(template, {**_node_keys(node), **_MAIN_PROCESS})


def logfile_format(template: str, node: str) -> str:
    """A logfile in which only the %i and %I of the pool's children are left, and ``%%``."""
    return replace(template, {**_node_keys(node), **_CHILD, "%": "%%"})


def escape(text: str) -> str:
    """Text that the worker's own expansion gives back unchanged."""
    return text.replace("%", "%%")


def replace(template: str, keys: Mapping[str, str]) -> str:
    """`template` with each %x replaced by what `keys` has for x. Raises UnknownFormatError."""

    def resolve(match: re.Match[str]) -> str:
        letter = match.group(1)
        if letter not in keys:
            raise UnknownFormatError(letter)
        return keys[letter]

    return _FORMAT.sub(resolve, template)


def host_keys(host: str) -> dict[str, str]:
    """What a host's name is worth: ``%h``, ``%d`` and ``%%``."""
    return {"h": host, "d": host.partition(".")[2], "%": "%"}


def _node_keys(node: str) -> dict[str, str]:
    name, separator, host = node.partition("@")
    if not separator:
        name, host = DEFAULT_NAME, node
    return {**host_keys(host), "n": name or DEFAULT_NAME, "p": node}
