"""What an option or argument takes, for TAB: declared beside it, in its Annotated.

    queue: Annotated[str, typer.Option("--queue"), values.QUEUES]

A Literal or an Enum needs no declaration, nor does a Path; what declares nothing offers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Values:
    """A kind of value, and the words it may be where these are known beforehand.

    ``nodes`` and ``queues`` are read from the fleet at hand, ``files`` (of these `endings`, all
    where there are none) and ``folders`` from the disk; ``commands`` are the program's own.
    `first` names the nodes to offer before others: ``running`` or ``stopped``.
    """

    kind: str
    words: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    first: str = ""


NOTHING = Values("")
NODES = Values("nodes")
RUNNING_NODES = Values("nodes", first="running")
STOPPED_NODES = Values("nodes", first="stopped")
QUEUES = Values("queues")
FLEET_FILES = Values("files", endings=("yaml", "yml"))
FILES = Values("files")
FOLDERS = Values("folders")
COMMANDS = Values("commands")


def words(*known: str) -> Values:
    """Any of these, or something like them: durations, say."""
    return Values("words", words=known)


DURATIONS = words("30s", "90s", "5m", "10m", "1h")
