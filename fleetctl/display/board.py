"""The live board: one line a node while an operation runs, and what it leaves on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fleetctl.display.durations import duration
from fleetctl.display.ink import Tone, line, page, sign
from fleetctl.display.phrases import AWAITING, DRAINING, Phrase, ladder, phrase
from fleetctl.display.summary import Tally
from fleetctl.display.symbols import Symbols
from fleetctl.display.text import cells, clean, cut, pad, wrap
from fleetctl.display.words import more, plural, running, task
from fleetctl.operations import events
from fleetctl.runtime.formats import ActiveTask

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_TASKS_SHOWN = 5
_LIVE_LINES = 4
"""So many lines a node's own words may take while all is drawn anew; at the end they have all."""
_SETTLING = (
    events.NodeAlreadyRunning,
    events.NodeReady,
    events.NodeFailed,
    events.NodeLeftStarting,
    events.NodeRefused,
    events.NodeNotRunning,
    events.NodeStopped,
    events.NodeStillStopping,
)
_ASIDE = (events.Warned, events.OrphansFound, events.RestartHalted)


@dataclass(slots=True)
class _Rung:
    """The last signal sent, and what follows it at which moment."""

    signal: str
    then: str | None
    at: float | None
    awaited: bool


@dataclass(slots=True)
class _Row:
    name: str
    began: float
    words: Phrase = field(default_factory=lambda: Phrase(Tone.REST, "waiting"))
    settled: bool = False
    begun: bool = False
    active: tuple[ActiveTask, ...] | None = None
    rung: _Rung | None = None
    awaiting: bool = False
    last: events.Event | None = None

    def apply(self, event: events.Event, now: float) -> None:
        if not self.begun or self.settled:
            self.began = now
        self.begun, self.settled = True, isinstance(event, _SETTLING)
        match event:
            case events.NodeAwaited():
                self.active, self.awaiting = event.active, True
            case events.TasksRunning():
                self.active = event.active
            case events.SignalSent():
                at = None if event.then_in is None else now + event.then_in
                self.rung = _Rung(event.signal, event.then, at, event.awaited)
            case events.NodeSpawned():
                self.began = now
        self.last = event
        if not isinstance(event, events.TasksRunning):
            self.words = phrase(event, now)
        if self.settled or isinstance(event, events.NodeSpawned):
            self.active, self.rung, self.awaiting = None, None, False

    def doing(self, now: float) -> str:
        """The line of a node that isn't done, as it stands now."""
        if self.active is None and self.rung is None:
            return self.words.text
        draining = AWAITING if self.awaiting else DRAINING
        tasks = f", {plural(len(self.active), 'task')}" if self.active else ""
        return f"{draining}{tasks}{self._following(now)}"

    def _following(self, now: float) -> str:
        if self.rung is None:
            return ""
        then_in = None if self.rung.at is None else max(self.rung.at - now, 0.0)
        rung = self.rung
        following = ladder(rung.signal, rung.then, then_in, awaited=rung.awaited)
        return f"; {following}" if following else ""


class Board:
    """Takes events as they happen and draws what is known. `now` is monotonic seconds throughout.

    `names` are the nodes in the order to show them; any other is added as it appears.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._rows = {name: _Row(name, began=0.0) for name in names}
        self._asides: list[tuple[str, Phrase]] = []
        self._tally = Tally()

    def apply(self, event: events.Event, now: float) -> None:
        """Take note of one event."""
        self._tally.apply(event)
        if isinstance(event, _ASIDE):
            self._asides.append((event.node, phrase(event, now)))
            return
        row = self._rows.setdefault(event.node, _Row(event.node, now))
        if isinstance(event, events.NodeSpawned) and row.words.details:
            self._asides.append((event.node, row.words))  # tasks cut off by the stop before
        row.apply(event, now)

    def summary(self) -> str:
        """``5 started, 1 failed``; empty where nothing was decided."""
        return str(self._tally)

    def render(self, now: float, width: int, symbols: Symbols, height: int | None = None) -> Group:
        """The board as it stands, in `width` cells and, where `height` says so, in as many lines.

        Where not all fits, settled nodes become a count, then tasks go, then nodes at the end.
        """
        draw = _Draw(now, width, symbols, self._name_width(width))
        rows = list(self._rows.values())
        asides = [text for node, words in self._asides for text in draw.aside(node, words)]
        full = [text for row in rows for text in draw.live(row)] + asides
        if height is None or len(full) <= height:
            return page(full)
        return page(self._squeezed(draw, rows, height))

    def final(self, now: float, width: int, symbols: Symbols) -> Group:
        """What stays on the screen: every node, the reasons of those that failed, the summary."""
        draw = _Draw(now, width, symbols, self._name_width(width))
        lines = [text for alike in self._alike() for text in draw.final(*alike)]
        lines += [text for node, words in self._asides for text in draw.aside(node, words)]
        if len(self._rows) > 1 and self.summary():
            lines += map(line, wrap(self.summary(), width, 4, symbols.ellipsis))
        return page(lines)

    def _alike(self) -> list[list[_Row]]:
        """The rows that were begun, those that failed for the same reason together."""
        groups: dict[str, list[_Row]] = {}
        for row in self._rows.values():
            if row.begun:
                failed = isinstance(row.last, events.NodeFailed)
                groups.setdefault(row.words.text if failed else f"\n{row.name}", []).append(row)
        return list(groups.values())

    def _name_width(self, width: int) -> int:
        return min(max((cells(clean(name)) for name in self._rows), default=0), width // 3)

    def _squeezed(self, draw: _Draw, rows: Sequence[_Row], height: int) -> list[Text]:
        open_rows = [row for row in rows if not row.settled]
        settled = draw.settled([row for row in rows if row.settled])
        with_tasks = [text for row in open_rows for text in draw.live(row)]
        if len(settled) + len(with_tasks) <= height:
            return settled + with_tasks
        room = max(height - len(settled), 1)
        if len(open_rows) <= room:
            return settled + [draw.head(row, row.doing(draw.now)) for row in open_rows]
        shown = [draw.head(row, row.doing(draw.now)) for row in open_rows[: room - 1]]
        return [*settled, *shown, line((f"  {more(len(open_rows) - len(shown))}", "dim"))]


@dataclass(frozen=True, slots=True)
class _Draw:
    now: float
    width: int
    symbols: Symbols
    name_width: int

    def live(self, row: _Row) -> list[Text]:
        if row.settled or not row.begun:
            return self._heads(row, row.words.text)
        return [*self._heads(row, row.doing(self.now)), *self._tasks(row)]

    def final(self, row: _Row, *alike: _Row) -> list[Text]:
        """A row as it stays; after it the names of others of which the same is to be said."""
        lines = self._wrapped(row, self._whole(row.words.text, self._room))
        if alike:
            names = f"likewise: {', '.join(clean(other.name) for other in alike)}"
            shown = self._whole(names, self._room)
            lines += [line(" " * self._indent, (part, self._ink(row))) for part in shown]
        return [*lines, *self._details(row.words)]

    @property
    def _indent(self) -> int:
        """Where a row's words begin: behind its sign and its name."""
        return self.name_width + 4

    @property
    def _room(self) -> int:
        return self.width - self._indent

    def _whole(self, text: str, room: int) -> list[str]:
        """All of `text`: a reason, or a command to go on with, is worth its lines."""
        return wrap(text, room, len(text) + 1, self.symbols.ellipsis)

    def _heads(self, row: _Row, text: str) -> list[Text]:
        """As `head`, but what doesn't fit goes on in the next line."""
        if cells(text) <= self._room:
            return [self.head(row, text)]
        return self._wrapped(row, wrap(text, self._room, _LIVE_LINES, self.symbols.ellipsis))

    def head(self, row: _Row, text: str) -> Text:
        """Sign, name, what it does; the time it has taken so far, where it isn't done."""
        elapsed = ""
        if row.begun and not row.settled:
            elapsed = f"  {duration(self.now - row.began)}"
        # What comes next ("KILL in 42 s") matters more than what has been.
        if cells(text + elapsed) > self._room:
            elapsed = ""
        shown = cut(text, self._room, self.symbols.ellipsis)
        return line(*self._start(row), (shown, self._ink(row)), (elapsed, "dim"))

    def aside(self, node: str, words: Phrase) -> list[Text]:
        text = f"{clean(node)}: {words.text}" if node else words.text
        lines = self._whole(text, self.width - 2)
        style = words.tone.style
        first = line((f"{self.symbols.warn} ", style), (lines[0], style))
        details = [part for detail in words.details for part in self._whole(detail, self.width - 4)]
        return [
            first,
            *(line("  ", (rest, style)) for rest in lines[1:]),
            *(line("    ", part) for part in details),
        ]

    def settled(self, rows: Sequence[_Row]) -> list[Text]:
        if not rows:
            return []
        tones = Counter(row.words.tone is Tone.BAD for row in rows)
        parts = [(f"{self.symbols.done} {tones[False]} done", Tone.GOOD.style)]
        if tones[True]:
            parts += [("  ", ""), (f"{self.symbols.failed} {tones[True]} failed", Tone.BAD.style)]
        return [line(*parts)]

    def _start(self, row: _Row) -> list[tuple[str, str]]:
        tone = row.words.tone
        name = pad(cut(clean(row.name), self.name_width, self.symbols.ellipsis), self.name_width)
        return [(f"{sign(tone, self.symbols)} ", tone.style), (name, "bold"), ("  ", "")]

    def _ink(self, row: _Row) -> str:
        return row.words.tone.style if row.words.tone in (Tone.BAD, Tone.WARN, Tone.REST) else ""

    def _tasks(self, row: _Row) -> list[Text]:
        tasks = running(row.active or (), self.now)
        shown = tasks[:_TASKS_SHOWN]
        names = [task(one) for one in shown]
        times = [f"{duration(one.runtime):>8}" for one in shown]
        room = self.width - 6 - max(map(len, times), default=0)
        column = min(max((cells(name) for name in names), default=0), room)
        lines = [
            line(
                "    ",
                pad(cut(name, column, self.symbols.ellipsis), column),
                (f"  {time}", "dim"),
            )
            for name, time in zip(names, times, strict=True)
        ]
        rest = more(len(tasks) - len(names))
        return [*lines, line((f"    {rest}", "dim"))] if rest else lines

    def _wrapped(self, row: _Row, lines: Sequence[str]) -> list[Text]:
        first = line(*self._start(row), (lines[0], self._ink(row)))
        return [first, *(line(" " * self._indent, (rest, self._ink(row))) for rest in lines[1:])]

    def _details(self, words: Phrase) -> list[Text]:
        return [
            line("    ", (part, "dim" if words.tone is Tone.BAD else words.tone.style))
            for detail in words.details
            for part in wrap(detail, self.width - 4, 4, self.symbols.ellipsis)
        ]
