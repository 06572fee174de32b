"""A node as a command for a shell: what `fleetctl start` runs, to be pasted and read."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleetctl.display.text import cells, clean, flow

_INDENT = " " * 4
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


def script(commands: Sequence[Command], *, width: int | None) -> str:
    """Each command under a comment with its node's name.

    In `width` cells, an option a line; without a width each command is a line.
    """
    return "\n\n".join(_paragraph(command, width) for command in commands)


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


def _paragraph(command: Command, width: int | None) -> str:
    texts = [clean(text) for text in (command.name, *command.notes)]
    chunks = _chunks(command)
    if width is None:
        return "\n".join([*(f"# {text}" for text in texts), " ".join(map(" ".join, chunks))])
    comments = [f"# {part}" for text in texts for part in flow(text, width - 2, width - 2)]
    first, *rest = [line for chunk in chunks for line in _packed(chunk, width)]
    return "\n".join([*comments, _CONTINUED.join([first, *(_INDENT + line for line in rest)])])


def _packed(words: Sequence[str], width: int) -> list[str]:
    """Words in as few lines as have room for an indent before and a backslash behind them."""
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if cells(longer) > width - len(_INDENT) - 2:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _chunks(command: Command) -> list[list[str]]:
    """What begins a line each, in parts that may stand on lines of their own."""
    unset = [[f"-u {quote(name)}"] for name in command.unset]
    assigned = [[f"{quote(name)}={quote(value)}"] for name, value in command.env.items()]
    start = f"cd {quote(command.workdir)} &&"
    program, *options = _options(command.argv)
    if unset or assigned:
        return [[start, "env"], *unset, *assigned, program, *options]
    return [[start, *program], *options]


def _options(argv: Sequence[str]) -> list[list[str]]:
    """The program with its subcommand, in parts, then every option with its values."""
    places = [index for index, word in enumerate(argv) if word in _SUBCOMMANDS]
    head = places[0] + 1 if places else 1
    program = 3 if argv[1:2] == ["-m"] and head > 3 else 1
    start = [_joined(argv[:program]), *map(quote, argv[program:head])]
    groups = list[list[str]]()
    for word in argv[head:]:
        if word.startswith("-") or not groups:
            groups.append([word])
        else:
            groups[-1].append(word)
    return [start, *([_joined(group)] for group in groups)]


def _joined(words: Sequence[str]) -> str:
    return " ".join(map(quote, words))
