"""Options for some nodes only (``-c:1-3 10``): whom they are meant for, as celery multi has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fleetctl.errors import UsageError
from fleetctl.fleet.coherence import MOST_NODES
from fleetctl.fleet.spelling import did_you_mean
from fleetctl.init.remarks import Remarks

_Options = dict[str, str | None]


def count_of(names: Sequence[str]) -> int | None:
    """How many nodes a line asks for that gives their number alone; None where it names them."""
    if len(names) != 1:
        return None
    try:
        count = int(names[0])
    except ValueError:
        return None
    if count > MOST_NODES:
        raise UsageError(f"{count} nodes are more than one fleet can have: {MOST_NODES}")
    return count


class Namespaces:
    """What stands after the colon of options, and these options."""

    def __init__(self) -> None:
        self._options: dict[str, _Options] = {}
        self._written: dict[str, list[str]] = {}
        self._indexed: set[str] = set()
        self._counted = False

    def of(self, namespace: str) -> _Options:
        """The options given to `namespace` so far, to add to."""
        return self._options.setdefault(namespace, {})

    def assign(self, names: Sequence[str], *, counted: bool) -> None:
        """Give what was meant for a number or a list of nodes to each of these by its name.

        Raises UsageError for a number that no node has.
        """
        self._counted = counted
        self._written = {space: list(options) for space, options in self._options.items()}
        # The order is Celery's: in a line with a count, members beyond it are let pass.
        if counted:
            self._assign_numbers(names)
            self._assign_lists()
        else:
            self._assign_lists()
            self._assign_numbers(names)

    def merge(self, key: str, nodename: str, options: _Options) -> _Options:
        """The options of one node: those for all, with its own over them."""
        own = nodename if nodename in self._options else key
        return {**options, **self._options.get(own, {})}

    def complain_of_unused(self, nodes: Iterable[str], remarks: Remarks) -> None:
        """Tell which options are for no node at all: celery multi ignores them."""
        known = dict.fromkeys(nodes)
        for space, options in self._written.items():
            for member in self._members(space):
                if member not in known and member not in self._indexed:
                    for option in options:
                        self._complain(option, space, member, list(known), remarks)

    def _complain(
        self, option: str, space: str, member: str, known: Sequence[str], remarks: Remarks
    ) -> None:
        hint = did_you_mean(member, [name for name in known if not name.isdecimal()])
        low, dash, high = member.partition("-")
        if not self._counted and dash and low.isdecimal() and high.isdecimal():
            numbers = ",".join(str(n) for n in range(int(low), min(int(high), int(low) + 9) + 1))
            hint = f"ranges work only where the nodes are given by their number: {option}:{numbers}"
        where = f"node {member}" if member.isdecimal() else member
        text = f"{option}:{space} is ignored: there is no {where}"
        remarks.add(text, hint, left_out=True)

    def _assign_numbers(self, names: Sequence[str]) -> None:
        for space, options in list(self._options.items()):
            if not space.isdecimal():
                continue
            index = int(space) - 1
            if not 0 <= index < len(names):
                option = next(iter(options), "-")
                raise UsageError(
                    f"{option}:{space}: there is no node {space}",
                    hint=f"nodes are counted from 1 to {len(names)}",
                )
            self._indexed.add(space)
            self.of(names[index]).update(options)

    def _assign_lists(self) -> None:
        for space, options in list(self._options.items()):
            if "," in space or (self._counted and "-" in space):
                for member in self._members(space):
                    self.of(member).update(options)
                del self._options[space]

    def _members(self, space: str) -> list[str]:
        members: list[str] = []
        for part in space.split(","):
            members += self._range(part) if self._counted and "-" in part else [part]
        return members

    def _range(self, part: str) -> list[str]:
        low, _, high = part.partition("-")
        try:
            first, last = int(low), int(high)
        except ValueError:
            raise UsageError(
                f":{part} is no range of nodes", hint="for example -c:1-3 10"
            ) from None
        if last > MOST_NODES:
            raise UsageError(f":{part}: one fleet has {MOST_NODES} nodes at most")
        return [str(number) for number in range(first, last + 1)]
