"""What came of an upgrade of settings: renamed, left alone and why, what needs a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fleetctl.display.ink import Tone, line, page, sign
from fleetctl.display.symbols import Symbols
from fleetctl.display.text import clean, wrap
from fleetctl.display.words import more, plural
from fleetctl.operations.upgrade_settings import Dangling, FileReport, Remains, Report
from fleetctl.operations.verifying import Verified
from fleetctl.settings.model import Note, Place

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_INDENT = "    "
_MOST_LINES = 6
_WORDS = {"left": "left alone", "person": "needs a person"}
_NOTHING = "nothing to verify: importing it makes no app"
_LINKED = "it has another name (hard link), which keeps the old text"
_TONES = {"left": Tone.REST, "person": Tone.WARN}


def render(report: Report, *, width: int, symbols: Symbols, folder: Path, wrote: bool) -> Group:
    """All that there is to say, file by file, then how much it was. Paths are from `folder`."""
    pen = _Pen(width, symbols, folder, wrote)
    lines = [text for file in report.files for text in pen.file(file)]
    lines += [text for each in report.dangling for text in pen.dangling(each)]
    lines += [text for each in report.remains for text in pen.remains(each)]
    lines += [text for each in report.verified for text in pen.verified(each)]
    return page([*lines, line(summary(report, wrote=wrote))])


def summary(report: Report, *, wrote: bool) -> str:
    """``3 files upgraded (21 names); 1 failed``."""
    changed = [file for file in report.files if file.changes and (file.written or not wrote)]
    names = sum(len(file.renamed) for file in changed)
    failed = sum(1 for file in report.files if file.error)
    verb = "upgraded" if wrote else "to upgrade"
    parts = [f"{plural(len(changed), 'file')} {verb} ({plural(names, 'name')})"]
    if not report.holds:
        parts = ["nothing was written"]
    elif not changed:
        parts = [f"nothing to upgrade in {plural(report.looked_at, 'file')}"]
    waiting = sum(len(note.places) for note in _notes(report, "person"))
    left = sum(len(note.places) for note in _notes(report, "left"))
    parts += [f"{plural(left, 'name')} left alone"] if left else []
    parts += [f"{plural(waiting, 'name')} for a person to look at"] if waiting else []
    if report.dangling:
        parts.append(f"{plural(len(report.dangling), 'other file')} with names that got new ones")
    still = sum(len(each.places) for each in report.remains)
    parts += [f"{plural(still, 'place')} with an old name still"] if still else []
    parts += [f"{failed} failed"] if failed else []
    return "; ".join(parts)


def _notes(report: Report, kind: str) -> Iterator[Note]:
    return (note for file in report.files for note in file.notes if note.kind == kind)


def relative(path: Path, folder: Path) -> str:
    """A path as seen from a folder, whole where it isn't below it."""
    return clean(str(path.relative_to(folder) if path.is_relative_to(folder) else path))


class _Pen:
    """Writes lines for one width, set of signs and folder."""

    def __init__(self, width: int, symbols: Symbols, folder: Path, wrote: bool) -> None:
        self._width, self._symbols, self._folder, self._wrote = width, symbols, folder, wrote

    def file(self, file: FileReport) -> Iterator[Text]:
        name = relative(file.path, self._folder)
        if file.error:
            yield from self._error(file, name)
            return
        if file.changes:
            good = (sign(Tone.GOOD, self._symbols), "green")
            yield from self._said(good, f"{name}: {self._done(file)}")
        if file.changes and file.linked:
            warn = (sign(Tone.WARN, self._symbols), "yellow")
            yield from self._said(warn, f"{name}: needs a person: {_LINKED}")
        for note in file.notes:
            yield from self._note(note, name)

    def _done(self, file: FileReport) -> str:
        verb = "renamed" if self._wrote else "to rename"
        parts = [f"{plural(len(file.renamed), 'name')} {verb}"] if file.renamed else []
        parts += [f"namespace= added in line {number}" for number in file.added]
        if file.backup:
            parts.append(f"the old file is {file.backup.name}")
        return "; ".join(parts)

    def _error(self, file: FileReport, name: str) -> Iterator[Text]:
        at = "".join(f":{number}" for number in (file.line, file.column) if number)
        head = (sign(Tone.BAD, self._symbols), "red")
        yield from self._said(head, f"{name}{at}: {file.error or ''}")
        if file.hint:
            yield from self._hint(file.hint)

    def _note(self, note: Note, name: str) -> Iterator[Text]:
        first = note.places[0] if note.places else Place(1, 1, "")
        tone = _TONES[note.kind]
        head = (sign(tone, self._symbols), tone.style)
        where = f"{name}:{first.line}:{first.column}"
        one = f"{first.name}: " if len(note.places) == 1 else ""
        yield from self._said(head, f"{where}: {one}{_WORDS[note.kind]}: {note.reason}")
        if len(note.places) > 1:
            yield from self._places(note.places)
        if note.advice:
            yield from self._hint(note.advice)

    def _places(self, places: Sequence[Place]) -> Iterator[Text]:
        shown = len(places)
        lines = self._wrapped(_listed(places))
        while lines[-1].endswith(self._symbols.ellipsis):
            shown -= 1
            hidden = more(len(places) - shown, before=" ")
            lines = self._wrapped(_listed(places[:shown]) + hidden)
        for part in lines:
            yield line(_INDENT, (part, "dim"))

    def _said(self, head: tuple[str, str], text: str) -> Iterator[Text]:
        first, *others = self._wrapped(text)
        yield line(head, f" {first}")
        for part in others:
            yield line(_INDENT, part)

    def _hint(self, text: str) -> Iterator[Text]:
        first, *others = self._wrapped(f"hint: {text}")
        yield line(_INDENT, ("hint: ", "bold cyan"), first.removeprefix("hint: "))
        for part in others:
            yield line(_INDENT, part)

    def _wrapped(self, text: str) -> list[str]:
        room = self._width - len(_INDENT)
        return wrap(clean(text), room, _MOST_LINES, self._symbols.ellipsis)

    def dangling(self, each: Dangling) -> Iterator[Text]:
        name = relative(each.path, self._folder)
        first = each.renamed[0].place
        head = (sign(Tone.WARN, self._symbols), "yellow")
        said = "uses names that have got new ones" if self._wrote else "uses names to be renamed"
        yield from self._said(head, f"{name}:{first.line}:{first.column}: needs a person: {said}")
        yield from self._places([renaming.place for renaming in each.renamed])
        yield from self._hint("give it to upgrade-settings as well, or the folder of both")

    def remains(self, each: Remains) -> Iterator[Text]:
        name = relative(each.path, self._folder)
        first = each.places[0]
        head = (sign(Tone.WARN, self._symbols), "yellow")
        where = f"{name}:{first.line}:{first.column}"
        one = f"{first.name}: " if len(each.places) == 1 else ""
        yield from self._said(head, f"{where}: {one}needs a person: still the old name")
        if len(each.places) > 1:
            yield from self._places(each.places)

    def verified(self, each: Verified) -> Iterator[Text]:
        name = relative(each.target.path, self._folder)
        what = f"{name} ({clean(each.target.name)})" if each.target.name else name
        good = (sign(Tone.GOOD, self._symbols), "green")
        bad = (sign(Tone.BAD, self._symbols), "red")
        if each.error:
            yield from self._said(bad, f"{what}: not verified: {each.error}")
        elif each.differ:
            names = ", ".join(each.differ)
            yield from self._said(bad, f"{what}: Celery would see {names} otherwise")
        elif each.empty:
            warn = (sign(Tone.WARN, self._symbols), "yellow")
            yield from self._said(warn, f"{what}: {_NOTHING}")
        else:
            seen = f"{what}: verified{_read_by(each)}: Celery sees {each.equal} settings as before"
            yield from self._said(good, seen)
        if each.uncertain:
            changing = ", ".join(each.uncertain)
            yield from self._hint(f"{changing} can't be compared: different at each loading")


def _read_by(each: Verified) -> str:
    """By which rule Django's settings were read, which the apps themselves may do otherwise."""
    return f" by namespace {each.target.after}" if each.target.kind == "django" else ""


def _listed(places: Iterable[Place]) -> str:
    return ", ".join(f"{place.name} {place.line}:{place.column}" for place in places)
