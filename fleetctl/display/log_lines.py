"""`logs` on a terminal: node, time, level, message; what is long wraps, what is below belongs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from fleetctl.display import log_colours
from fleetctl.display.log_colours import DIM, painted
from fleetctl.display.symbols import Symbols
from fleetctl.display.text import cells, clean, cut, fold, pad
from fleetctl.logs.forms import Forms
from fleetctl.logs.jsonlines import pairs
from fleetctl.logs.parsed import Record
from fleetctl.logs.record import TRACEBACK, Entry

_NAME = 16
_ROOMY = 100
_LONGEST = 8 << 10
_MAIN = "MainProcess"


class TerminalLog:
    """Turns entries into lines of at most the width given; times are local.

    `colours` are each node's, empty for none at all; `today` is the date that needn't be said.
    """

    def __init__(
        self,
        forms: Mapping[str, Forms],
        *,
        symbols: Symbols,
        colours: Mapping[str, str],
        today: date,
        prefixed: bool = True,
        cut: bool = False,
    ) -> None:
        self._forms = forms
        self._symbols = symbols
        self._colours = colours
        self._day = today
        self._prefixed = prefixed
        self._cut = cut
        self._gutter = min(_NAME, max(map(cells, forms), default=0))

    def render(self, entries: Sequence[Entry], width: int) -> str:
        """The lines of these entries, with their line feeds."""
        return "".join(line + "\n" for entry in entries for line in self._lines(entry, width))

    def marker(self, name: str, said: str, width: int) -> str:
        """A quiet line beside the log; `said` must be clean."""
        text = f"{self._symbols.dot} {said}"
        return "".join(
            self._beside(name, first=True) + self._paint(part, DIM) + "\n"
            for part in self._fitted(text, width)
        )

    def _lines(self, entry: Entry, width: int) -> Iterator[str]:
        time, name, text = entry
        goes_on = text.startswith(b"\n")
        record = self._forms[name].parse(text.strip(b"\n"), time)
        yield from self._new_day(record.time)
        if goes_on or not record.header:
            yield from self._below(name, (record.message, *record.extra), width, first=not goes_on)
            return
        head, length = self._head(record, width)
        message = self._fitted(self._message(record), width, length)
        for number, part in enumerate(message):
            before = self._beside(name, first=number == 0)
            yield before + (head + part if number == 0 else part)
        yield from self._below(name, record.extra, width)

    def _new_day(self, time: float | None) -> Iterator[str]:
        moment = _local(time)
        if moment is not None and moment.date() != self._day:
            self._day = moment.date()
            yield self._paint(f"{self._symbols.dot} {self._day.isoformat()}", DIM)

    def _head(self, record: Record, width: int) -> tuple[str, int]:
        """Time, level and process, and how many cells they take."""
        moment = _local(record.time)
        stamp = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}" if moment else " " * 12
        word, colour = log_colours.level(clean(record.level or ""))
        process = ""
        if width >= _ROOMY and record.process and record.process != _MAIN:
            process = clean(record.process) + " "
        head = f"{self._paint(stamp, DIM)} {self._paint(pad(word, 5), colour)} "
        return head + self._paint(process, DIM), 12 + 1 + max(5, cells(word)) + 1 + cells(process)

    def _message(self, record: Record) -> str:
        beside = " ".join(f"{name}={value}" for name, value in pairs(record.fields))
        return f"{record.message}  {beside}" if beside else record.message

    def _below(
        self, name: str, lines: Sequence[str], width: int, *, first: bool = False
    ) -> Iterator[str]:
        """What stands under a message; of a traceback, what was raised stands out."""
        lines = _without_ends(lines)
        traced = any(TRACEBACK in line for line in lines)
        colours = log_colours.of_traceback(lines) if traced else [""] * len(lines)
        for line, colour in zip(lines, colours, strict=True):
            for part in self._fitted(line, width):
                yield self._beside(name, first=first) + self._paint(part, colour)
                first = False

    def _fitted(self, text: str, width: int, used: int = 0) -> list[str]:
        """`text` as lines that fit beside the name, the first with so many cells `used` before."""
        room = max(width - (self._gutter + 3 if self._prefixed else 0), 20)
        shown = clean(text[:_LONGEST]).rstrip()
        if len(text) > _LONGEST:
            shown += f" [{self._symbols.ellipsis} {len(text) - _LONGEST} more]"
        if self._cut:
            return [cut(shown, room - used, self._symbols.ellipsis)]
        indent = " " * min(len(shown) - len(shown.lstrip()) + 2, room // 2)
        if used + cells(shown) <= room:
            return [shown]
        first, *rest = fold(shown, room - used, room - len(indent))
        return [first, *(indent + part for part in rest)]

    def _beside(self, name: str, *, first: bool) -> str:
        if not self._prefixed:
            return ""
        shown = cut(clean(name), self._gutter, self._symbols.ellipsis) if first else ""
        bar = self._symbols.bar
        return self._paint(f"{pad(shown, self._gutter)} {bar} ", self._colours.get(name, ""))

    def _paint(self, text: str, colour: str) -> str:
        return painted(text, colour) if self._colours else text


def _local(time: float | None) -> datetime | None:
    if not time:
        return None
    try:
        return datetime.fromtimestamp(time)  # noqa: DTZ006 - shown as the reader's clock has it
    except (OverflowError, OSError, ValueError):
        return None


def _without_ends(lines: Sequence[str]) -> Sequence[str]:
    """Without the empty lines at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
