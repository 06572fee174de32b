"""Upgrade the settings of files: read, decide, verify, replace; the report says all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.operations import python_files
from fleetctl.operations.replacing import Replacement
from fleetctl.operations.verifying import Target, Verified, verify
from fleetctl.settings.index import File
from fleetctl.settings.leftovers import mentions
from fleetctl.settings.model import Config, Note, Outcome, Place, Renaming
from fleetctl.settings.project import Upgraded, Wishes, upgrade
from fleetctl.settings.syntax.module import Module, Unparsable
from fleetctl.settings.syntax.source import Lines, Source, Unreadable, decode, edited
from fleetctl.settings.table import load

_MENTIONS = (
    *("from_object", "CELERY", "Celery", "BROKER", "import *", "configurations", "__dict__"),
    *("isupper", ".upper()", "DJANGO_SETTINGS_MODULE"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport:
    """A file: its text before and after, what was renamed and what is said of the rest.

    ``error`` is why nothing could be done with it, at ``line`` and ``column`` from 1.
    """

    path: Path
    before: str = ""
    after: str = ""
    renamed: tuple[Renaming, ...] = ()
    notes: tuple[Note, ...] = ()
    configs: tuple[Config, ...] = ()
    """The configurations in it that get new names."""
    added: tuple[int, ...] = ()
    """Lines of calls that got a ``namespace=``."""
    source: Source | None = None
    """How its text is encoded."""
    error: str | None = None
    hint: str | None = None
    line: int | None = None
    column: int | None = None
    written: bool = False
    backup: Path | None = None
    linked: bool = False
    """It has another name, a hard link outside of the run, which keeps the old text."""

    @property
    def changes(self) -> bool:
        """Whether the file is, or would be, another."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Dangling:
    """A file that wasn't given and uses names that get new ones in one that was."""

    path: Path
    renamed: tuple[Renaming, ...]


@dataclass(frozen=True, slots=True)
class Remains:
    """A file in which names are left that got new ones elsewhere: nothing tells what they mean."""

    path: Path
    places: tuple[Place, ...]


@dataclass(slots=True)
class Report:
    """All files that there is something to say of, in order, and how many were looked at."""

    files: list[FileReport] = field(default_factory=list)
    dangling: list[Dangling] = field(default_factory=list)
    remains: list[Remains] = field(default_factory=list)
    looked_at: int = 0
    verified: list[Verified] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        """Whether any file is, or would be, another."""
        return any(file.changes for file in self.files)

    @property
    def failed(self) -> bool:
        """Whether with any file nothing could be done."""
        return any(file.error for file in self.files) or not self.holds

    @property
    def holds(self) -> bool:
        """Whether nothing that was verified speaks against writing."""
        return all(each.holds for each in self.verified)


@dataclass(slots=True)
class _Read:
    """What was read of a file; `text` is None where it couldn't be."""

    path: Path
    given: bool
    named: bool
    data: bytes = b""
    source: Source | None = None
    error: str | None = None
    line: int | None = None
    file: tuple[int, int] = (0, 0)
    """Its device and number, which all its names share."""
    names: int = 1
    """How many it has (hard links)."""


class Run:
    """One call of `upgrade-settings`: `plan` first, then `write`."""

    def __init__(self, paths: Sequence[str], wishes: Wishes) -> None:
        self._found = python_files.given(paths)
        self._wishes = wishes
        self._read: dict[Path, _Read] = {}
        self._apps: list[Path] = []
        self._roots: tuple[Path, ...] = ()
        self.report = Report(looked_at=len(self._found))

    def plan(self) -> Report:
        """Decide about all files; nothing is written."""
        for found in self._found:
            self._take(found.path, given=True, named=found.named)
        if any(each.source and mentions(each.source.text, load()) for each in self._read.values()):
            for path in python_files.around(self._read):
                self._take(path, given=False, named=False)
        upgraded = upgrade(self._files(), self._wishes)
        self._apps, self._roots = upgraded.apps, tuple(upgraded.roots)
        self.report.remains = [Remains(*each) for each in sorted(upgraded.remains.items())]
        for each in self._read.values():
            report = _report(each, upgraded)
            if report is not None:
                self.report.files.append(report)
            elif not each.given and each.path in upgraded.outcomes:
                self._note_dangling(each, upgraded.outcomes[each.path])
        self.report.files = [self._with_links(file) for file in self.report.files]
        return self.report

    def _with_links(self, file: FileReport) -> FileReport:
        """Whether a file that changes has names that aren't replaced in this run."""
        read = self._read[file.path]
        if not file.changes or read.names == 1:
            return file
        changed = (self._read[each.path] for each in self.report.files if each.changes)
        return replace(file, linked=read.names > sum(each.file == read.file for each in changed))

    def verify(self) -> Report:
        """Compare what Celery sees before and after, in processes of their own."""
        self.report.verified = verify(self._targets(), self.new_bytes())
        return self.report

    def _targets(self) -> Iterable[Target]:
        moved = any(file.added for file in self.report.files)
        for file in self.report.files:
            for config in file.configs if file.changes else ():
                before = None if moved and config.kind == "django" else config.namespace
                spaces = before, config.namespace
                yield Target(file.path, config.kind, config.name, *spaces, self._roots)
                if config.kind == "django":
                    yield from (Target(app, "conf", known=self._roots) for app in self._apps)

    def write(self, *, backup: bool) -> Report:
        """Replace the files that change: all are written beside the old ones first.

        Nothing is, where `verify` has found a difference.
        """
        if not self.report.holds:
            return self.report
        changed = [file for file in self.report.files if file.changes and not file.error]
        replacements = {file.path: self._replacement(file) for file in changed}
        try:
            done = {file.path: _prepared(file, replacements[file.path]) for file in changed}
            for file in changed:
                if not done[file.path].error:
                    done[file.path] = _committed(file, replacements[file.path], backup)
        finally:
            for replacement in replacements.values():
                replacement.discard()
        self.report.files = [done.get(file.path, file) for file in self.report.files]
        return self.report

    def new_bytes(self) -> Mapping[Path, bytes]:
        """What the files that change would hold."""
        return {
            file.path: self._encoded(file)
            for file in self.report.files
            if file.changes and not file.error
        }

    def _encoded(self, file: FileReport) -> bytes:
        source = self._read[file.path].source
        assert source is not None
        return source.encode(file.after)

    def _replacement(self, file: FileReport) -> Replacement:
        return Replacement(file.path, self._read[file.path].data, self._encoded(file))

    def _take(self, path: Path, *, given: bool, named: bool) -> None:
        read = _Read(path, given, named)
        try:
            read.data = path.read_bytes()
            status = path.stat()
            read.file, read.names = (status.st_dev, status.st_ino), status.st_nlink
            if named or _may_matter(read.data):
                read.source = decode(read.data)
        except OSError as error:
            read.error = f"can't be read: {error.strerror}"
        except Unreadable as error:
            read.error, read.line = f"can't be read: {error}", error.line
        if given or read.source is not None:
            self._read[path] = read

    def _files(self) -> Iterable[File]:
        packages: dict[Path, bool] = {}
        for each in self._read.values():
            if each.source is not None:
                folder = each.path.parent
                if folder not in packages:
                    packages[folder] = (folder / "__init__.py").exists()
                yield File(
                    each.path,
                    each.source.text,
                    given=each.given,
                    named=each.named,
                    package=packages[folder],
                    project=python_files.project_root(folder) is not None,
                )

    def _note_dangling(self, read: _Read, outcome: Outcome) -> None:
        if outcome.followed:
            self.report.dangling.append(Dangling(read.path, outcome.followed))


def _may_matter(data: bytes) -> bool:
    # Whatever the encoding: Python allows only those that contain ASCII.
    return any(word.encode() in data for word in _MENTIONS)


def _report(read: _Read, upgraded: Upgraded) -> FileReport | None:
    """Of one file; None where there is nothing to say of it."""
    path = read.path
    calls = upgraded.calls.get(path, [])
    if not read.given and not calls:
        return None
    if read.error is not None:
        return FileReport(path=path, error=read.error, line=read.line)
    if read.source is None:
        return None
    text = read.source.text
    unparsable = upgraded.unparsable.get(path) or (_parsed(text) if read.named else None)
    if unparsable is not None:
        return _unparsable(path, text, unparsable)
    outcome = upgraded.outcomes.get(path, Outcome())
    own = outcome.edits if read.given else ()
    if not own and not outcome.notes and not calls:
        return None
    lines = Lines(text)
    return FileReport(
        path=path,
        source=read.source,
        before=text,
        after=edited(text, [*own, *calls]),
        renamed=outcome.renamings if read.given else (),
        notes=outcome.notes if read.given else (),
        configs=outcome.configs if read.given else (),
        added=tuple(lines.place(edit.start)[0] for edit in calls),
    )


def _parsed(text: str) -> Unparsable | None:
    try:
        Module(text)
    except Unparsable as error:
        return error
    return None


_OLD_PYTHON = (
    "Missing parentheses in call to",
    "multiple exception types must be parenthesized",
    "leading zeros in decimal integer literals",
)
_OLD_LINE = re.compile(
    r"\s*(?:print|exec)\s+[^\s=(]|\s*raise\s+[\w.]+\s*,|\s*except\s+[\w.]+\s*,"
    r"|.*(?:`\w+.*`|<>|\bur['\"]|\b\d+[lL]\b)"
)


def _unparsable(path: Path, text: str, error: Unparsable) -> FileReport:
    line = Lines(text).line(error.line)
    old = error.message.startswith(_OLD_PYTHON) or _OLD_LINE.match(line) is not None
    return FileReport(
        path=path,
        before=text,
        after=text,
        error="Python 2, which can't be read here" if old else f"no Python: {error.message}",
        hint="bring it to Python 3 first (2to3), then its settings" if old else None,
        line=error.line,
        column=error.column,
    )


def _prepared(file: FileReport, replacement: Replacement) -> FileReport:
    try:
        replacement.prepare()
    except FleetctlError as error:
        return replace(file, error=error.message)
    return file


def _committed(file: FileReport, replacement: Replacement, backup: bool) -> FileReport:
    try:
        return replace(file, backup=replacement.commit(backup=backup), written=True)
    except FleetctlError as error:
        return replace(file, error=error.message)


def upgrade_text(data: bytes, wishes: Wishes, name: str = "stdin") -> tuple[bytes, FileReport]:
    """The upgrade of one file that has no place: its new bytes, and what is said of it."""
    path = python_files.absolute(name)
    read = _Read(path, given=True, named=True, data=data)
    try:
        read.source = decode(data)
    except Unreadable as error:
        return data, FileReport(path=path, error=f"can't be read: {error}", line=error.line)
    upgraded = upgrade([File(path, read.source.text, named=True)], wishes)
    report = _report(read, upgraded) or FileReport(path=path)
    if report.error:
        return data, report
    return read.source.encode(report.after) if report.changes else data, report
