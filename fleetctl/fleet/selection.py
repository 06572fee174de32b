"""Turns what a user types (names, globs, @groups, all) into node names."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fnmatch import fnmatchcase

from fleetctl.errors import UsageError
from fleetctl.fleet.model import Fleet, Node
from fleetctl.fleet.spelling import nearest

_GLOB = frozenset("*?[")


def select(fleet: Fleet, patterns: Sequence[str], also: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the nodes meant, in the order of fleet.yaml, those of `also` last.

    A pattern is a node, a worker (all its replicas), a nodename (``w1@host``), a glob of these,
    ``@group`` or ``all``. `also` are recorded nodes that have left fleet.yaml. Raises UsageError
    naming everything unknown.
    """
    gone = sorted(set(also) - {node.name for node in fleet.nodes})
    chosen: set[str] = set()
    unknown: list[str] = []
    for pattern in patterns:
        found = _matches(fleet, gone, pattern)
        chosen.update(found)
        # An empty fleet has no nodes for `all` either, but the word is known.
        if not found and pattern != "all":
            unknown.append(pattern)
    if unknown:
        raise _unknown(fleet, gone, list(dict.fromkeys(unknown)))
    return tuple(name for name in [node.name for node in fleet.nodes] + gone if name in chosen)


def _matches(fleet: Fleet, gone: list[str], pattern: str) -> set[str]:
    if pattern == "all":
        return {node.name for node in fleet.nodes}.union(gone)
    if pattern.startswith("@"):
        return set(fleet.groups.get(pattern[1:], ()))
    return _named(fleet, pattern) | {name for name in gone if _matcher(pattern)(name)}


def _named(fleet: Fleet, pattern: str) -> set[str]:
    matches = _matcher(pattern)
    return {node.name for node in fleet.nodes if any(map(matches, _names(node)))}


def _names(node: Node) -> tuple[str, str, str]:
    return node.name, node.worker, node.nodename


def _matcher(pattern: str) -> Callable[[str], bool]:
    if _GLOB.isdisjoint(pattern):
        return pattern.__eq__
    return lambda name: fnmatchcase(name, pattern)


def _unknown(fleet: Fleet, gone: list[str], patterns: list[str]) -> UsageError:
    known = [name for node in fleet.nodes for name in _names(node)]
    known += [f"@{name}" for name in fleet.groups] + gone + ["all"]
    said = []
    for pattern in patterns:
        close = nearest(pattern, known)
        said.append(f"`{pattern}`" + (f" (did you mean `{close}`?)" if close else ""))
    one = "no such node, worker or group: " if len(said) == 1 else "no such nodes or groups: "
    return UsageError(one + ", ".join(said), hint="`fleetctl names` lists them")
