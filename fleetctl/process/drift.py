"""What of a running node is no longer as fleet.yaml has it: for people to read. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from fleetctl.fleet.argv import command
from fleetctl.fleet.masking import mask_argument
from fleetctl.fleet.model import Node
from fleetctl.runtime.formats import Record


def changes(record: Record, node: Node) -> tuple[str, ...]:
    """``--concurrency=2 is now --concurrency=4``, ``--events is gone``, …; empty where none is.

    The environment and the umask aren't in the record: they are named where the digest alone
    tells that something has changed.
    """
    if record.digest == node.digest:
        return ()
    places = [
        ("python", record.python, node.python),
        ("workdir", record.workdir, str(node.workdir)),
    ]
    found = [f"{name} {was} is now {now}" for name, was, now in places if was != now]
    found += _options(record.argv[1:], command(node)[1:])
    return tuple(found) or ("its environment or umask",)


def _options(was: Sequence[str], now: Sequence[str]) -> list[str]:
    """Options are one word each, which says its name before an equals sign."""
    gone = [word for word in was if word not in now]
    new = [word for word in now if word not in was]
    found = []
    for word in gone:
        other = next((each for each in new if _name(each) == _name(word)), None)
        if other is None:
            found.append(f"{mask_argument(word)} is gone")
        else:
            new.remove(other)
            found.append(f"{mask_argument(word)} is now {mask_argument(other)}")
    return found + [f"{mask_argument(word)} is new" for word in new]


def _name(word: str) -> str:
    return word.partition("=")[0]
