"""What is to be said of a command line that is read: traps, options left out, guesses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence, and what may be done about it.

    `left_out` marks what the proposal lacks of the line it came from. `nodes` are those it is
    about; none means all.
    """

    text: str
    hint: str | None = None
    left_out: bool = False
    nodes: tuple[str, ...] = ()


class Remarks:
    """Collects remarks; the same one about several nodes becomes one about all of these."""

    def __init__(self) -> None:
        self._nodes: dict[Remark, dict[str, None]] = {}
        self._node: str | None = None

    def about(self, node: str | None) -> Remarks:
        """The same collection; what is added through this one is about `node`."""
        view = Remarks()
        view._nodes, view._node = self._nodes, node
        return view

    def add(self, text: str, hint: str | None = None, *, left_out: bool = False) -> None:
        """Add one remark."""
        nodes = self._nodes.setdefault(Remark(text, hint, left_out), {})
        if self._node is not None:
            nodes[self._node] = None

    def of(self, everyone: Sequence[str]) -> tuple[Remark, ...]:
        """All of them; one that is about each of `everyone` names nobody."""
        return tuple(self._each(everyone))

    def _each(self, everyone: Sequence[str]) -> Iterator[Remark]:
        for remark, nodes in self._nodes.items():
            named = () if set(everyone) <= set(nodes) else tuple(nodes)
            yield Remark(remark.text, remark.hint, remark.left_out, named)
