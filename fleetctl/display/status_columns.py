"""The columns of the status table: what each says, and how they give way where it is narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fleetctl.display.durations import age, duration
from fleetctl.display.ink import tone_of
from fleetctl.display.symbols import Symbols
from fleetctl.display.text import cells, clean, cut, cut_start
from fleetctl.display.words import count, longest_first, percent, size
from fleetctl.operations.report import NodeReport
from fleetctl.process.status import State

GAP = 2
MARGIN = 2
"""The sign and a space, before the first column."""

_NOTED, _ROOMY = 120, 160
_ENDED = frozenset({State.STOPPED, State.CRASHED, State.FAILED})


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, a text a row, a style a row."""

    title: str
    texts: tuple[str, ...]
    styles: tuple[str, ...]
    right: bool = False

    @property
    def width(self) -> int:
        """The cells it takes."""
        return max(cells(text) for text in (self.title, *self.texts))

    def narrowed(self, width: int, symbols: Symbols) -> Column:
        """The same, cut to `width` cells."""
        cut_texts = tuple(cut(text, width, symbols.ellipsis) for text in self.texts)
        return replace(self, title=self.title[:width], texts=cut_texts)


def total(columns: Sequence[Column]) -> int:
    """The cells they take side by side."""
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)


@dataclass(frozen=True, slots=True)
class Shape:
    """How much of each column is shown. Fields are widths (None: in full) or yes and no."""

    name: int | None = None
    ago: bool = True
    pid: bool = True
    pool: bool = True
    uptime: bool = True
    long_uptime: bool = True
    cpu: bool = True
    memory: bool = True
    tasks: bool = True
    failed: bool = True
    queues: int | None = None
    drift: bool = True
    running: bool = False
    broker: bool = False
    log: int | None = 0
    note: bool = False


_STEPS: tuple[dict[str, object], ...] = (
    {"note": False},
    {"log": 40},
    {"log": 0},
    {"broker": False},
    {"running": False},
    {"queues": 24},
    {"ago": False},
    {"long_uptime": False},
    {"queues": 12},
    {"name": 24},
    {"drift": False},
    {"cpu": False},
    {"queues": 8},
    {"queues": 0},
    {"failed": False},
    {"uptime": False},
    {"name": 16},
    {"pool": False},
    {"name": 12},
    {"pid": False},
    {"memory": False},
    {"name": 8},
    {"tasks": False},
)
"""What gives way, in this order, until the rest fits. The last shape fits 40 columns."""


def fitting(
    reports: Sequence[NodeReport],
    notes: Callable[[NodeReport, Shape], list[str]],
    now: float,
    width: int,
    symbols: Symbols,
) -> tuple[Shape, list[Column]]:
    """The widest shape that fits `width` cells, and its columns; `now` is epoch seconds."""
    roomy = width >= _ROOMY
    shape = Shape(note=width >= _NOTED, running=roomy, broker=roomy, log=None if roomy else 0)
    for step in ({}, *_STEPS):
        shape = replace(shape, **step)  # type: ignore[arg-type]
        columns = _Maker(reports, now, symbols, shape, notes).columns()
        if MARGIN + total(columns) <= width:
            break
    return shape, columns


@dataclass(frozen=True, slots=True)
class _Maker:
    reports: Sequence[NodeReport]
    now: float
    symbols: Symbols
    shape: Shape
    notes: Callable[[NodeReport, Shape], list[str]]

    def columns(self) -> list[Column]:
        shape = self.shape
        wanted = [
            self._name(),
            self._column("STATE", self._state, lambda report: tone_of(report.state).style),
            shape.pid and self._column("PID", lambda r: _known(r.pid, str), right=True),
            shape.pool and self._column("POOL", self._pool),
            shape.uptime and self._column("UPTIME", self._uptime, right=True),
            shape.cpu and self._column("CPU", lambda r: _known(r.cpu_percent, percent), right=True),
            shape.memory and self._column("MEM", _memory, right=True),
            shape.tasks and self._column("TASKS", _tasks, right=True),
            shape.failed and self._column("FAILED", _failed, lambda _: "yellow", right=True),
            self._cut(self._column("QUEUES", _queues), shape.queues),
            shape.drift and self._column("DRIFT", _drift, lambda _: "yellow"),
            shape.running and self._column("RUNNING", _running),
            shape.broker and self._column("BROKER", lambda r: r.broker or "", lambda _: "dim"),
            shape.log != 0 and self._column("LOG", self._log, lambda _: "dim"),
            shape.note and self._column("NOTE", self._note, lambda r: tone_of(r.state).style),
        ]
        return [column for column in wanted if column and any(column.texts)]

    def _column(
        self,
        title: str,
        text: Callable[[NodeReport], str],
        style: Callable[[NodeReport], str] | None = None,
        right: bool = False,
    ) -> Column:
        texts = tuple(clean(text(report)) for report in self.reports)
        styles = tuple(style(report) if style else _faded(report) for report in self.reports)
        return Column(title, texts, styles, right)

    def _cut(self, column: Column, width: int | None) -> Column | None:
        if width is None:
            return column
        return column.narrowed(width, self.symbols) if width else None

    def _name(self) -> Column:
        column = self._column("NAME", lambda report: report.name, lambda _: "bold")
        if self.shape.name is None:
            return column
        return column.narrowed(max(self.shape.name, len("NAME")), self.symbols)

    def _state(self, report: NodeReport) -> str:
        if report.since is None or report.state is State.READY:
            return report.state.value
        ago = " ago" if self.shape.ago and report.state in _ENDED else ""
        return f"{report.state.value} {age(self.now - report.since)}{ago}"

    def _pool(self, report: NodeReport) -> str:
        if report.pool is None or report.concurrency is None or report.pool == "solo":
            return report.pool or ""
        return f"{report.pool}{self.symbols.times}{report.concurrency}"

    def _uptime(self, report: NodeReport) -> str:
        return _known(report.uptime, duration if self.shape.long_uptime else age)

    def _log(self, report: NodeReport) -> str:
        path = clean(report.logfile or "")
        width = self.shape.log
        return path if width is None else cut_start(path, width, self.symbols.ellipsis)

    def _note(self, report: NodeReport) -> str:
        return "; ".join(self.notes(report, self.shape))


def _known(value: object, spell: Callable[..., str]) -> str:
    return "" if value is None else spell(value)


def _memory(report: NodeReport) -> str:
    return _known(report.rss if report.pss is None else report.pss, size)


def _tasks(report: NodeReport) -> str:
    if report.active is None and report.processed is None:
        return ""
    if not report.state.running:
        return "-"
    active = "-" if report.active is None else str(len(report.active))
    return f"{active}/{'-' if report.processed is None else count(report.processed)}"


def _failed(report: NodeReport) -> str:
    return count(report.failed) if report.failed and report.state.running else ""


def _queues(report: NodeReport) -> str:
    return ",".join(report.queues or ())


def _drift(report: NodeReport) -> str:
    return "yes" if report.drift else ""


def _running(report: NodeReport) -> str:
    active = longest_first(report.active or ())
    names = [f"{task.name} {duration(task.runtime)}" for task in active[:1]]
    if len(active) > 1:
        names.append(f"+ {len(active) - 1} more")
    return " ".join(names)


def _faded(report: NodeReport) -> str:
    return "" if report.state.running else "dim"
