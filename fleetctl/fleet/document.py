"""YAML text to plain data, and where in the text every key and value stands."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fleetctl.fleet.masking import blot
from fleetctl.fleet.model import Problem
from fleetctl.fleet.tree import Entry, Place, Trail, Tree

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"

#: libyaml's loader is several times faster; PyYAML's own reads the same where there is no libyaml.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TABBED = re.compile(r" *\t\s*\S")


@dataclass(frozen=True, slots=True)
class Document:
    """A fleet file's data and the place of each part; `entries` is keyed by the path to it.

    `broken` are paths to values that have been complained about already.
    `aliases` leads from where a value has been moved to where the user wrote it.
    """

    path: Path
    lines: tuple[str, ...]
    data: dict[str, Any]
    entries: Mapping[Trail, Entry]
    broken: tuple[Trail, ...] = ()
    aliases: dict[Trail, Trail] = field(default_factory=dict)

    def written(self, trail: Trail) -> Trail:
        """Where the value at `trail` stands in the file."""
        for length in range(len(trail), 0, -1):
            if trail[:length] in self.aliases:
                return self.aliases[trail[:length]] + trail[length:]
        return trail

    def entry(self, trail: Trail) -> Entry | None:
        """The entry at `trail`, else of the nearest thing around it."""
        trail = self.written(trail)
        for length in range(len(trail), -1, -1):
            if trail[:length] in self.entries:
                return self.entries[trail[:length]]
        return None

    def source(self, trail: Trail) -> str | None:
        """A scalar as it is written, without its quotes; None for what isn't a scalar."""
        entry = self.entries.get(self.written(trail))
        return entry.source if entry else None


def read(path: Path) -> tuple[Document | None, list[Problem]]:
    """The document at `path`, None where it can't be read as one, and what is wrong with it."""
    try:
        text = _decode(path, _read_bytes(path))
    except _UnreadableError as refusal:
        return None, [refusal.problem]
    return parse(path, text)


def parse(path: Path, text: str) -> tuple[Document | None, list[Problem]]:
    """As `read`, of a text that stands for the file at `path`."""
    lines = tuple(_BREAK.split(text))
    try:
        _bound_depth(text)
        root = LOADER(text).get_single_node()
    except yaml.YAMLError as error:
        return None, _syntax_problems(path, lines, error)
    except _TooDeepError as error:
        return None, [_at(path, lines, error.place, _TOO_DEEP)]
    if root is None or (root.tag == "tag:yaml.org,2002:null" and not root.value):
        return None, [
            _whole(path, "the file is empty", hint="it needs two keys at least: app and workers")
        ]
    if not isinstance(root, yaml.MappingNode):
        place = Place.of(root.start_mark)
        found = "a list" if isinstance(root, yaml.SequenceNode) else "plain text"
        message = f"expected a map (app: ..., workers: ...), not {found}"
        return None, [_at(path, lines, place, message)]
    tree = Tree()
    data = tree.mapping(root, ())
    problems = [_at(path, lines, place, text, hint) for place, text, hint in tree.complaints]
    # Extension keys only hold anchors; by now they have been merged where they are used.
    data = {key: value for key, value in data.items() if not key.startswith("x-")}
    document = Document(path, lines, data, tree.entries, tuple(tree.broken))
    return None if tree.overgrown else document, problems


class _UnreadableError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _TooDeepError(Exception):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


def _read_bytes(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _UnreadableError(
                _whole(path, "is a directory", hint=f"give the file: {path}/fleet.yaml")
            )
        if not stat.S_ISREG(mode):
            raise _UnreadableError(_whole(path, "is not a regular file"))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _UnreadableError(_whole(path, _reason(error))) from error
    if len(data) > MAX_BYTES:
        raise _UnreadableError(_whole(path, "is larger than 1 MB: surely not a fleet file"))
    return data


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "doesn't exist"
    return f"can't be read: {(error.strerror or str(error)).lower()}"


def _decode(path: Path, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        rows = _BREAK.split(before)
        line = _BREAK.split(data.decode("utf-8", "replace"))[len(rows) - 1].removeprefix("\ufeff")
        place = Place(len(rows), len(rows[-1]) + 1)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        hint = "save the file as UTF-8"
        raise _UnreadableError(_problem(path, message, place, line, hint)) from error


def _bound_depth(text: str) -> None:
    # PyYAML composes recursively in C: ten thousand brackets would overflow the stack.
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _TooDeepError(Place.of(event.start_mark))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _syntax_problems(path: Path, lines: tuple[str, ...], error: yaml.YAMLError) -> list[Problem]:
    tabs = [
        _at(
            path,
            lines,
            Place(number, line.index("\t") + 1),
            "a tab in the indentation",
            "use spaces",
        )
        for number, line in enumerate(lines, 1)
        if _TABBED.match(line)
    ]
    place, message = _syntax_error(lines, error)
    if any(tab.line == place.line for tab in tabs):
        return tabs
    return sorted([*tabs, _at(path, lines, place, message)], key=lambda p: p.line or 0)


def _syntax_error(lines: tuple[str, ...], error: yaml.YAMLError) -> tuple[Place, str]:
    if isinstance(error, yaml.reader.ReaderError):
        before = _BREAK.split("\n".join(lines)[: error.position])
        return Place(
            len(before), len(before[-1]) + 1
        ), "a control character, which YAML doesn't allow"
    if not isinstance(error, yaml.MarkedYAMLError):
        return Place(1, 1), f"not valid YAML: {error}"
    mark = error.problem_mark or error.context_mark
    place = Place.of(mark) if mark else Place(1, 1)
    # Some libyaml has a limit of its own, which it may reach before it has told us of ours.
    if "maximum nesting depth" in (error.problem or ""):
        return place, _TOO_DEEP
    if "single document" in (error.context or ""):
        return place, "a second document begins here: a fleet file is one document"
    about = f" ({error.context}{_since(error, place)})" if error.context else ""
    return place, f"not valid YAML: {error.problem}{about}"


def _since(error: yaml.MarkedYAMLError, place: Place) -> str:
    mark = error.context_mark
    return f" begun on line {mark.line + 1}" if mark and mark.line + 1 != place.line else ""


def _whole(path: Path, message: str, hint: str | None = None) -> Problem:
    return Problem(severity="error", message=message, file=path, hint=hint)


def _at(
    path: Path, lines: tuple[str, ...], place: Place, message: str, hint: str | None = None
) -> Problem:
    text = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    return _problem(path, message, place, text, hint)


def _problem(path: Path, message: str, place: Place, text: str, hint: str | None) -> Problem:
    return Problem(
        severity="error",
        message=message,
        file=path,
        line=place.line,
        column=place.column,
        text=blot(text),
        hint=hint,
    )
