"""Help: what a command is for, how it is written, its options in groups, and examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fleetctl.display.text import cells, pad, wrap

WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""

_INDENT = 2
_GAP = 2
_LEFT_WIDEST = 26


@dataclass(frozen=True, slots=True)
class Entry:
    """One option, argument or command: how it is written, and what it means."""

    words: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Section:
    """Entries that belong together."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Help:
    """A page. `examples` are shell lines, each with a ``# comment`` where one helps."""

    purpose: str
    usage: str
    paragraphs: tuple[str, ...] = ()
    arguments: tuple[Entry, ...] = ()
    sections: tuple[Section, ...] = ()
    examples: tuple[str, ...] = ()
    closing: str = ""


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes plainly, or with the two emphases that every terminal has on any background."""

    styled: bool

    def bold(self, text: str) -> str:
        return self._in("1", text)

    def dim(self, text: str) -> str:
        return self._in("2", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.styled and text else text


def render(page: Help, *, width: int, styled: bool) -> str:
    """The page in lines of at most `width` cells (and 100), without a newline at its end."""
    pen = Pen(styled)
    width = min(width, WIDEST)
    blocks = [
        _flowed(page.purpose, width),
        [f"{pen.bold('Usage:')} {page.usage}"],
        *(_flowed(paragraph, width) for paragraph in page.paragraphs),
    ]
    column = _column(page)
    if page.arguments:
        blocks.append(list(_entries(page.arguments, column, width)))
    for section in page.sections:
        title = pen.bold(f"{section.title}:")
        blocks.append([title, *_entries(section.entries, column, width)])
    if page.examples:
        blocks.append([pen.bold("Examples:"), *_examples(page.examples, width, pen)])
    if page.closing:
        blocks.append(_flowed(page.closing, width))
    return "\n\n".join("\n".join(block) for block in blocks)


def _column(page: Help) -> int:
    """How wide the left column is: the same in all sections of a page."""
    sections = [page.arguments, *(section.entries for section in page.sections)]
    widths = [cells(entry.words) for entries in sections for entry in entries]
    return max((width for width in widths if width <= _LEFT_WIDEST), default=0)


def _entries(entries: Sequence[Entry], column: int, width: int) -> Iterator[str]:
    room = width - _INDENT - column - _GAP
    for entry in entries:
        meaning = _flowed(entry.meaning, room)
        if cells(entry.words) <= column:
            head, *meaning = meaning
            yield f"{'':{_INDENT}}{pad(entry.words, column)}{'':{_GAP}}{head}".rstrip()
        else:
            yield f"{'':{_INDENT}}{entry.words}"
        yield from (f"{'':{_INDENT + column + _GAP}}{rest}" for rest in meaning)


def _examples(examples: Sequence[str], width: int, pen: Pen) -> Iterator[str]:
    """Comments stand in a column; one that doesn't fit goes on a line before its command."""
    parts = [(line.partition("  #")[0].rstrip(), line.partition("  #")[2]) for line in examples]
    column = max(cells(command) for command, _ in parts)
    fit = all(_INDENT + column + cells(f"  #{said}") <= width for _, said in parts)
    for command, said in parts:
        if said and not fit:
            yield f"{'':{_INDENT}}{pen.dim(f'#{said}')}"
        beside = f"  {pen.dim(f'#{said}')}" if said and fit else ""
        yield f"{'':{_INDENT}}{pad(command, column if beside else 0)}{beside}"


def _flowed(text: str, width: int) -> list[str]:
    return wrap(" ".join(text.split()), width, len(text) or 1, "")
