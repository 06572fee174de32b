"""Walks YAML's nodes: plain values, the place of each, and every oddity noted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

Trail = tuple[str | int, ...]

#: More than any fleet needs, and few enough that aliases of aliases can't fill the memory.
MAX_VALUES = 50_000

_TAG = "tag:yaml.org,2002:"
_AS_WRITTEN = {"str", "timestamp", "value"}
_PLAIN: Any = yaml.constructor.SafeConstructor()


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int

    @classmethod
    def of(cls, mark: Any) -> Place:
        return cls(mark.line + 1, mark.column + 1)


def dotted(trail: Trail) -> str:
    """``workers.w1.queues[2]``, as people write such a path."""
    text = ""
    for part in trail:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a value and its key stand, and a scalar's own text; `quoted` if it had quotes."""

    key: Place
    value: Place
    source: str | None = None
    quoted: bool = False


class Tree:
    """One walk: `entries` and `complaints` (place, message, hint) fill up as it goes.

    `broken` are the paths to values that had to be complained about, and stand as None.
    """

    def __init__(self) -> None:
        self.entries: dict[Trail, Entry] = {}
        self.complaints: dict[tuple[Place, str, str | None], None] = {}
        self.broken: list[Trail] = []
        self._open: set[int] = set()
        self._values = 0

    def mapping(self, node: yaml.MappingNode, trail: Trail) -> dict[str, Any]:
        """The node's own keys, over those it merges in with ``<<``."""
        data: dict[str, Any] = {}
        if trail == ():
            self.entries[()] = Entry(Place.of(node.start_mark), Place.of(node.start_mark))
        own: dict[str, Place] = {}
        for key_node, value_node in self._pairs(node):
            key, place = self._key(key_node), Place.of(key_node.start_mark)
            if key in own and own[key] != place:
                first = own[key].line
                name = dotted((*trail, key))
                self._complain(place, f"{name}: given twice; first on line {first}")
                continue
            own[key] = place
            data[key] = self.value(value_node, (*trail, key), place)
        for key_node, value_node in self._merged(node):
            key = self._key(key_node)
            if key not in data:
                data[key] = self.value(value_node, (*trail, key), Place.of(key_node.start_mark))
        return data

    def value(self, node: yaml.Node, trail: Trail, key: Place) -> Any:
        """The node's value; None where it had to be complained about."""
        place = Place.of(node.start_mark)
        if not self._enter(node, place):
            self.broken.append(trail)
            return None
        if isinstance(node, yaml.ScalarNode):
            quoted = node.style in ("'", '"')
            self.entries[trail] = Entry(key, place, node.value, quoted)
        else:
            self.entries[trail] = Entry(key, place)
        try:
            return self._content(node, trail)
        finally:
            self._open.discard(id(node))

    def _content(self, node: yaml.Node, trail: Trail) -> Any:
        tag = node.tag.removeprefix(_TAG)
        if isinstance(node, yaml.MappingNode) and tag == "map":
            return self.mapping(node, trail)
        if isinstance(node, yaml.SequenceNode) and tag == "seq":
            return [
                self.value(item, (*trail, index), Place.of(item.start_mark))
                for index, item in enumerate(node.value)
            ]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, tag, trail)
        return self._refuse_tag(node, trail)

    def _scalar(self, node: yaml.ScalarNode, tag: str, trail: Trail) -> Any:
        text: str = node.value
        if not _storable(text):
            return self._refuse(node, trail, "a character that no file or program takes")
        # 1:30 would be ninety: YAML 1.1's numbers to the base of sixty surprise everyone.
        if tag in _AS_WRITTEN or (tag in ("int", "float") and ":" in text):
            return text
        if tag not in ("int", "float", "bool", "null"):
            return self._refuse_tag(node, trail)
        try:
            return _PLAIN.yaml_constructors[_TAG + tag](_PLAIN, node)
        except (ValueError, KeyError):
            return self._refuse(node, trail, f"{text[:40]} can't be read as a number")

    def _refuse_tag(self, node: yaml.Node, trail: Trail) -> None:
        tag = node.tag.replace(_TAG, "!!")
        self._refuse(node, trail, f"the tag {tag} isn't allowed: a fleet file holds plain values")

    def _refuse(self, node: yaml.Node, trail: Trail, message: str) -> None:
        self._complain(Place.of(node.start_mark), message)
        self.broken.append(trail)

    def _key(self, node: yaml.Node) -> str:
        place = Place.of(node.start_mark)
        if not isinstance(node, yaml.ScalarNode):
            self._complain(place, "a key must be plain text")
            return f"(line {place.line})"
        text: str = node.value
        if not _storable(text):
            self._complain(place, "a character that no file or program takes")
        elif node.tag not in (_TAG + "str", _TAG + "merge", _TAG + "value"):
            kind = node.tag.rpartition(":")[2]
            meaning = {"bool": "true or false", "null": "nothing"}.get(kind, "a number")
            shown = text or "an empty key"
            self._complain(
                place, f"{shown} as a key: YAML reads it as {meaning}", f'write "{text}"'
            )
        return text

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        return ((key, value) for key, value in node.value if key.tag != _TAG + "merge")

    def _merged(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        for key, value in node.value:
            if key.tag != _TAG + "merge":
                continue
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for source in sources:
                if not isinstance(source, yaml.MappingNode):
                    self._complain(Place.of(key.start_mark), "<< merges maps; this isn't one")
                elif self._enter(source, Place.of(key.start_mark)):
                    yield from self._pairs(source)
                    yield from self._merged(source)
                    self._open.discard(id(source))

    @property
    def overgrown(self) -> bool:
        """Whether there is more than the walk was willing to see."""
        return self._values > MAX_VALUES

    def _enter(self, node: yaml.Node, place: Place) -> bool:
        self._values += 1
        if id(node) in self._open:
            self._complain(place, "this alias contains itself")
            return False
        if self.overgrown:
            if self._values == MAX_VALUES + 1:
                self._complain(place, f"more than {MAX_VALUES} values, those of aliases counted")
            return False
        self._open.add(id(node))
        return True

    def _complain(self, place: Place, message: str, hint: str | None = None) -> None:
        # An anchored value is walked once a use, and complained about once.
        self.complaints[place, message, hint] = None


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
