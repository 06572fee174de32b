"""The fast answer to TAB: ``fleetctl _complete nodes running w1@ deploy/fleet.yaml crunch1 …``.

The words are: what kind of thing is wanted, which are to come first, what has been typed of it so
far, the fleet file (empty: the usual one), and the words already given, which are not offered
again. It prints a candidate and a description a line. Whatever is wrong, it prints nothing: its
caller is a prompt. Imports no more than it must, for somebody waits with a finger on the key.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from fleetctl.completion.members import Members

WORD = "_complete"

_UP = ("ready", "starting", "draining")


def main(words: Sequence[str]) -> None:
    """Print the answer."""
    kind, first, typed, fleet, *given = [*words, *[""] * (4 - len(words))]
    lines = [f"{name}\t{what}\n" for name, what in candidates(kind, first, typed, fleet, given)]
    ours = "".join(lines).encode("utf-8", "replace")
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.buffer.write(ours.decode("utf-8").encode(encoding, "replace"))
    sys.stdout.flush()


def candidates(
    kind: str, first: str, typed: str, fleet: str, given: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """What may be meant, and what it is; nothing where no fleet is found."""
    from fleetctl.completion import outline
    from fleetctl.completion.members import Members
    from fleetctl.errors import FleetctlError
    from fleetctl.fleet.locate import find

    try:
        path = str(find(fleet or None, os.environ, _here()))
    except (FleetctlError, OSError):
        return
    members = Members(outline.read(path))
    if kind == "queues":
        yield from ((name, "") for name in members.queues() if name not in given)
    elif "all" not in given:
        found = _nodes(members, os.path.dirname(path), first, typed)  # noqa: PTH120 - as above
        yield from ((name, what) for name, what in found if name not in given)


def _nodes(members: Members, folder: str, first: str, typed: str) -> Iterator[tuple[str, str]]:
    from fleetctl.completion.glance import Glance
    from fleetctl.completion.members import is_name
    from fleetctl.fleet.places import RUNDIR

    rundir = os.path.expanduser(members.rundir or RUNDIR)  # noqa: PTH111 - as above
    glance = Glance(os.path.join(folder, rundir))  # noqa: PTH118 - as above
    nodes = members.nodes()
    states = {name: glance.state(name) for name in nodes}
    gone = [name for name in glance.recorded() if name not in nodes and is_name(name)]
    if first != "stopped":
        states.update({name: state for name in gone if (state := glance.state(name)) in _UP})
    for name in _ordered(states, first):
        worker = nodes.get(name)
        what = f"{states[name]}, {members.pool(worker) if worker else 'not in fleet.yaml'}"
        nodename = members.nodename(name, worker) if worker and "@" in typed[1:] else None
        yield nodename or name, what
    if "@" in typed[1:]:
        return
    for worker, count in members.replicated().items():
        yield worker, f"{count} node{'s' * (count != 1)}"
    for name, group in members.groups.items():
        yield f"@{name}", f"group: {', '.join(filter(is_name, group))}"
    yield "all", f"all {len(states)} nodes"


def _ordered(states: dict[str, str], first: str) -> list[str]:
    """By what the command is for; within that, in the order of the file."""
    if not first:
        return list(states)
    return sorted(states, key=lambda name: (states[name] in _UP) is (first == "stopped"))


def _here() -> Path:
    from pathlib import Path

    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path("/")
