"""`status`: one row a node, what is wrong with it under the row, and the fleet in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleetctl.display.ink import line, page, sign_of, tone_of
from fleetctl.display.status_columns import GAP, MARGIN, Column, Shape, fitting
from fleetctl.display.status_notes import notes
from fleetctl.display.symbols import Symbols
from fleetctl.display.text import cells, pad, wrap
from fleetctl.display.words import more, percent, plural, size
from fleetctl.operations.report import NodeReport
from fleetctl.process.status import State

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_INDENT = 4
_NOTE_LINES = 2
_SUMMED = (
    *(State.READY, State.STARTING, State.DRAINING, State.DISCONNECTED, State.UNRESPONSIVE),
    *(State.FAILED, State.CRASHED, State.FOREIGN, State.STOPPED),
)


def render(
    reports: Sequence[NodeReport],
    *,
    now: float,
    width: int,
    symbols: Symbols,
    height: int | None = None,
) -> Group:
    """The table in at most `width` cells; `now` is epoch seconds.

    Where `height` says how many lines there are, and not all fit, those that are well give way
    first, and it is said how many aren't shown.
    """
    if not reports:
        return page([line(("no nodes", "dim"))])
    shape, columns = fitting(reports, _beside, now, width, symbols)
    blocks = []
    for index, report in enumerate(reports):
        notes_ = [] if shape.note else _under(report, _beside(report, shape), width, symbols)
        blocks.append([_row(report, columns, index, symbols), *notes_])
    summary = [line(), *_summary(reports, width, symbols)]
    room = None if height is None else height - len(summary) - 1
    return page([_heading(columns), *_fitted(reports, blocks, room), *summary])


def _fitted(
    reports: Sequence[NodeReport], blocks: Sequence[list[Text]], room: int | None
) -> list[Text]:
    """The rows that fit into `room` lines, in their order, and how many others there are."""
    if room is None or sum(map(len, blocks)) <= room:
        return [text for block in blocks for text in block]
    left = max(room, 1) - 1
    shown: set[int] = set()
    for index in sorted(range(len(blocks)), key=lambda at: reports[at].state is State.READY):
        if len(blocks[index]) > left:
            break
        left -= len(blocks[index])
        shown.add(index)
    hidden = [report for index, report in enumerate(reports) if index not in shown]
    well = ", ready" if all(report.state is State.READY for report in hidden) else ""
    rest = line((f"{'':{_INDENT}}{more(len(hidden))}{well}", "dim"))
    return [text for index in sorted(shown) for text in blocks[index]] + [rest]


def _beside(report: NodeReport, shape: Shape) -> list[str]:
    return notes(report, drift=not shape.drift, tasks=not shape.running)


def _heading(columns: Sequence[Column]) -> Text:
    titles = [pad(column.title, column.width, right=column.right) for column in columns]
    return line(" " * MARGIN, ((" " * GAP).join(titles), "dim"))


def _row(report: NodeReport, columns: Sequence[Column], index: int, symbols: Symbols) -> Text:
    parts = [(sign_of(report.state, symbols), tone_of(report.state).style), (" ", "")]
    for column in columns:
        text = pad(column.texts[index], column.width, right=column.right)
        parts += [(text, column.styles[index]), (" " * GAP, "")]
    return line(*parts)


def _under(report: NodeReport, said: list[str], width: int, symbols: Symbols) -> list[Text]:
    style = "yellow" if report.state is State.READY else tone_of(report.state).style
    together = "; ".join(said)
    if cells(together) <= width - _INDENT:
        said = [together] if said else []
    return [
        line(" " * _INDENT, (part, style))
        for note in said
        for part in wrap(note, width - _INDENT, _NOTE_LINES, symbols.ellipsis)
    ]


def _summary(reports: Sequence[NodeReport], width: int, symbols: Symbols) -> list[Text]:
    """The fleet in one line; in more where the terminal is narrow, for no count may be missing."""
    counts = Counter(report.state for report in reports)
    parts = [("", f"{plural(len(reports), 'node')}: ", "")]
    comma = ""
    for state in filter(counts.__contains__, _SUMMED):
        tasks = _draining(reports) if state is State.DRAINING else ""
        parts.append((comma, f"{counts[state]} {state.value}{tasks}", tone_of(state).style))
        comma = ", "
    dot = f"  {symbols.dot}  "
    parts += [(dot, fact, "dim") for fact in (_memory(reports), _cpu(reports)) if fact]
    return _flowed(parts, width)


def _flowed(parts: Sequence[tuple[str, str, str]], width: int) -> list[Text]:
    rows: list[Text] = [line()]
    for separator, text, style in parts:
        # One cell is kept for the comma that ends a full row.
        if rows[-1] and cells(rows[-1].plain + separator + text) >= width:
            rows[-1].append(separator.rstrip() if separator == ", " else "")
            rows.append(line("  ", (text, style)))
        else:
            rows[-1].append(separator, "dim").append(text, style)
    return rows


def _draining(reports: Sequence[NodeReport]) -> str:
    """The tasks of all that drain; those of a single node stand with its row."""
    active = [len(r.active or ()) for r in reports if r.state is State.DRAINING]
    return f" ({plural(sum(active), 'task')})" if len(active) > 1 and any(active) else ""


def _memory(reports: Sequence[NodeReport]) -> str:
    known = [r.rss if r.pss is None else r.pss for r in reports]
    total = sum(value for value in known if value is not None)
    return size(total) if total else ""


def _cpu(reports: Sequence[NodeReport]) -> str:
    known = [r.cpu_percent for r in reports if r.cpu_percent is not None]
    return f"{percent(sum(known))} CPU" if known else ""
