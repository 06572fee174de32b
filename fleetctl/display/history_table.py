"""`history`: one row a thing that happened, the newest last, what it cost in lines under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from fleetctl.display.history_words import details, person, tone_of, what, who, who_briefly
from fleetctl.display.ink import line, page, sign
from fleetctl.display.symbols import Symbols
from fleetctl.display.text import cells, clean, cut, pad, wrap
from fleetctl.operations.history import Told

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_GAP = "  "
_MARGIN = 2
_INDENT = 4
_DETAIL_LINES = 2
_NARROW, _WIDE, _ROOMY = 60, 100, 160
_LEAST = 4
_WHO_LEAST = 20
"""With fewer cells a command can't be told by its beginning: it gets a line under the row."""
_TASKS_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Shape:
    """How much is said: the time's format, whole ids and all of who it was, where there's room.

    `beside` is whether who did it stands in a column, and not in a line under the row.
    """

    when: str
    name: int
    brief: bool = True
    whole: bool = False
    beside: bool = True


def render(told: Sequence[Told], *, width: int, symbols: Symbols) -> Group:
    """The table in at most `width` cells; times are local."""
    if not told:
        return page([line(("nothing is known to have happened", "dim"))])
    shape = _shape(width)
    people = {person(each.entry.by) for each in told if each.entry.by}
    alone = shape.brief and len(people) == 1
    rows = [_cells(each, shape, symbols, alone=alone) for each in told]
    by = f"WHO: {cut(people.pop(), _WHO_LEAST, symbols.ellipsis)}" if alone else "WHO"
    titles = ("WHEN", "NODE", "WHAT", by)[: len(rows[0])]
    widths = _widths([titles, *rows], width)
    header = [_fit(*cell, symbols) for cell in zip(titles, widths, strict=True)]
    lines = [line(" " * _MARGIN, (_GAP.join(header), "dim"))]
    for each, texts in zip(told, rows, strict=True):
        said = _is_said_beside(texts, widths)
        beside = texts if said else texts[:3]
        fitted = [_fit(*cell, symbols) for cell in zip(beside, widths, strict=False)]
        lines.append(_row(each, fitted, symbols))
        lines.extend(_under(each, shape, said, width, symbols))
    return page(lines)


def _shape(width: int) -> _Shape:
    if width >= _WIDE:
        return _Shape("%Y-%m-%d %H:%M:%S", 40, brief=False, whole=width >= _ROOMY)
    if width >= _NARROW:
        return _Shape("%m-%d %H:%M:%S", 16)
    return _Shape("%m-%d %H:%M", 8, beside=False)


def _cells(told: Told, shape: _Shape, symbols: Symbols, *, alone: bool) -> tuple[str, ...]:
    """A row; `alone` is whether all that was done was done by one person."""
    entry = told.entry
    name = cut(clean(entry.node), shape.name, symbols.ellipsis)
    texts = (_when(entry.at, shape.when), name, what(told, brief=shape.brief))
    if not shape.beside:
        return texts
    if entry.by is None:
        return *texts, ""
    if shape.brief:
        return *texts, who_briefly(entry.by, user=not alone)
    return *texts, who(entry.by, whole=shape.whole)


def _when(at: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().strftime(form)
    except (OverflowError, OSError, ValueError):
        return "?"


def _widths(rows: Sequence[tuple[str, ...]], width: int) -> list[int]:
    """Each column as wide as it wants; what is too much, the last ones give up."""
    wanted = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    over = _MARGIN + len(_GAP) * (len(wanted) - 1) + sum(wanted) - width
    for index in range(len(wanted) - 1, 1, -1):
        given = min(max(over, 0), wanted[index] - _LEAST)
        wanted[index] -= given
        over -= given
    return wanted


def _is_said_beside(texts: Sequence[str], widths: Sequence[int]) -> bool:
    """Whether who did it fits into the row, if need be cut; else it stands in a line under it."""
    return len(widths) > 3 and widths[3] >= min(cells(texts[3]), _WHO_LEAST)


def _by(told: Told, shape: _Shape, said: bool) -> list[str]:
    """What of who did it the row has no room for."""
    if said or told.entry.by is None:
        return []
    return [who(told.entry.by, whole=shape.whole)]


def _fit(text: str, width: int, symbols: Symbols) -> str:
    return pad(cut(text, width, symbols.ellipsis), width)


def _row(told: Told, fitted: Sequence[str], symbols: Symbols) -> Text:
    tone = tone_of(told.entry)
    when, node, happened, *by = fitted
    return line(
        (sign(tone, symbols), tone.style),
        " ",
        (when, "dim"),
        _GAP,
        (node, "bold"),
        _GAP,
        (happened, tone.style),
        *(_GAP + text for text in by),
    )


def _under(told: Told, shape: _Shape, said: bool, width: int, symbols: Symbols) -> Iterator[Text]:
    entry = told.entry
    named = None if shape.whole else _TASKS_NAMED
    for detail in [*_by(told, shape, said), *details(entry, whole_ids=shape.whole, named=named)]:
        for part in wrap(detail, width - _INDENT, _DETAIL_LINES, symbols.ellipsis):
            yield line(" " * _INDENT, (part, tone_of(entry).style))
