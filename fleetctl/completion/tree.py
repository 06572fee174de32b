"""The command tree as the generators of the scripts see it."""

from __future__ import annotations

from dataclasses import dataclass

from fleetctl.completion.values import NOTHING, Values


@dataclass(frozen=True, slots=True)
class Option:
    """`takes` is what its value is called (``DURATION``), empty for a flag."""

    flags: tuple[str, ...]
    meaning: str
    takes: str = ""
    values: Values = NOTHING
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument, or as many as one likes."""

    name: str
    values: Values
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """`purpose` is a line without a full stop at its end."""

    name: str
    purpose: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Tree:
    """The program: its own options and its commands."""

    options: tuple[Option, ...]
    commands: tuple[Command, ...]

    @property
    def shared(self) -> tuple[Option, ...]:
        """Options that every command has."""
        return tuple(
            option
            for option in self.commands[0].options
            if all(option in command.options for command in self.commands)
        )
