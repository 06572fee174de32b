"""A node as a command for a shell: what `fleetctl start` runs, to be pasted and read."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleetctl.display.text import clean

_SUBCOMMANDS = frozenset({"worker", "beat", "flower"})
_CONTINUED = " \\\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What runs a node: secrets masked already. `notes` become comments before it."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    unset: Sequence[str] = ()
    workdir: str
    notes: Sequence[str] = ()


def script(commands: Sequence[Command], *, multiline: bool) -> str:
    """Each command under a comment with its node's name; `multiline` puts an option on a line."""
    return "\n\n".join(_paragraph(command, multiline) for command in commands)


def document(commands: Sequence[Command]) -> dict[str, Any]:
    """`show --json`."""
    nodes = [
        {
            "name": command.name,
            "argv": list(command.argv),
            "env": dict(command.env),
            "workdir": command.workdir,
        }
        for command in commands
    ]
    return {"schema": 1, "nodes": nodes}


def quote(word: str) -> str:
    """One word for a shell. Control characters are spelled out, as bash, zsh and ksh read them."""
    if all(character.isprintable() for character in word):
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if character.isprintable() or character == " ":
        return character
    # A lone surrogate stands for a byte that wasn't UTF-8, as os.fsdecode gives it.
    errors = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    octets = character.encode("utf-8", errors)
    return "".join(f"\\{octet:03o}" for octet in octets)


def _paragraph(command: Command, multiline: bool) -> str:
    comments = [f"# {clean(text)}" for text in (command.name, *command.notes)]
    first, *rest = _chunks(command)
    body = _CONTINUED.join([first, *(f"    {chunk}" for chunk in rest)])
    return "\n".join([*comments, body if multiline else " ".join([first, *rest])])


def _chunks(command: Command) -> list[str]:
    unset = [f"-u {quote(name)}" for name in command.unset]
    assigned = [f"{quote(name)}={quote(value)}" for name, value in command.env.items()]
    runner = ["env", *unset, *assigned] if unset or assigned else []
    start = f"cd {quote(command.workdir)} &&"
    if runner:
        return [f"{start} {runner[0]}", *runner[1:], *_options(command.argv)]
    program, *options = _options(command.argv)
    return [f"{start} {program}", *options]


def _options(argv: Sequence[str]) -> list[str]:
    """The program with its subcommand, then every option with its values."""
    places = [index for index, word in enumerate(argv) if word in _SUBCOMMANDS]
    head = places[0] + 1 if places else 1
    groups = [list(argv[:head])]
    for word in argv[head:]:
        if word.startswith("-"):
            groups.append([word])
        else:
            groups[-1].append(word)
    return [_joined(group) for group in groups]


def _joined(words: Sequence[str]) -> str:
    return " ".join(map(quote, words))
