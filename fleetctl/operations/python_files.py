"""Which Python files are meant by paths, and which lie around them in the same project."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from fleetctl.errors import UsageError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_SUFFIXES = (".py", ".pyw")
_ROOT_MARKS = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg", "manage.py", "fleet.yaml")
_NOT_OURS = frozenset(("node_modules", "site-packages", "__pycache__", "__pypackages__"))
_AROUND_LIMIT = 20_000
"""Files looked through around those given; a larger project is not searched to its end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and whether it was named itself or is in a folder that was."""

    path: Path
    named: bool


def given(paths: Iterable[str]) -> list[Found]:
    """The files that are meant, each once, in order; folders without what .gitignore says.

    Raises UsageError for a path that isn't there.
    """
    found: dict[Path, Found] = {}
    for text in paths:
        path = absolute(text)
        if path.is_dir():
            for file in sorted(walk(path)):
                found.setdefault(file, Found(file, named=False))
        elif path.exists():
            found[path] = Found(path, named=True)
        else:
            raise UsageError(f"{text} doesn't exist")
    return _without_aliases(found.values())


def _without_aliases(found: Collection[Found]) -> list[Found]:
    """Of one file under several names the one that is no link, else the first."""
    chosen: dict[str, Found] = {}
    for each in found:
        real = os.path.realpath(each.path)
        if real not in chosen or (chosen[real].path.is_symlink() and not each.path.is_symlink()):
            chosen[real] = each
    return [each for each in found if each in chosen.values()]


def absolute(text: str) -> Path:
    """A path from the root, its symbolic links as they are."""
    return Path(os.path.abspath(text))  # noqa: PTH100


def around(files: Iterable[Path]) -> list[Path]:
    """The other files of the projects that `files` belong to."""
    known = set(files)
    roots = {project_root(file.parent) for file in known}
    tops = [root for root in roots if root is not None and roots.isdisjoint(root.parents)]
    seen: list[Path] = []
    for file in (file for top in tops for file in walk(top)):
        if file not in known:
            seen.append(file)
        if len(seen) >= _AROUND_LIMIT:
            break
    alone = {file.parent for file in known if project_root(file.parent) is None}
    for folder in alone:
        seen += [file for file in _package(folder) if file not in known]
    return seen


@lru_cache(maxsize=1024)
def project_root(folder: Path) -> Path | None:
    """The nearest folder upward that looks like the root of a project; None if none does."""
    for each in (folder, *folder.parents):
        if any((each / mark).exists() for mark in _ROOT_MARKS):
            return each
    return None


def _package(folder: Path) -> Iterator[Path]:
    """The files of the outermost package around a folder, or of the folder itself."""
    top = folder
    while (top / "__init__.py").exists() and top.parent != top:
        top = top.parent
    if top == folder:
        yield from (file for file in folder.iterdir() if file.suffix in _SUFFIXES)
    else:
        yield from walk(folder if top == folder else _below(top, folder))


def _below(top: Path, folder: Path) -> Path:
    return top / folder.relative_to(top).parts[0]


def walk(top: Path) -> Iterator[Path]:
    """The Python files below a folder, but for virtualenvs, hidden folders and ignored ones."""
    yield from _walk(top, _ignored_above(top))


Ignored = list[tuple[Path, "GitIgnoreSpec"]]


def _walk(folder: Path, ignored: Ignored) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    ignored = [*ignored, *_ignores(folder)]
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if not _skipped(path) and not _is_ignored(path, ignored, folder=True):
                yield from _walk(path, ignored)
        elif _is_python(entry) and not _is_ignored(path, ignored, folder=False):
            yield path


def _is_python(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(_SUFFIXES) and entry.is_file()


def _skipped(folder: Path) -> bool:
    name = folder.name
    return name.startswith(".") or name in _NOT_OURS or (folder / "pyvenv.cfg").exists()


def _ignores(folder: Path) -> Ignored:
    from pathspec import GitIgnoreSpec

    try:
        lines = (folder / ".gitignore").read_text(errors="replace").splitlines()
    except OSError:
        return []
    return [(folder, GitIgnoreSpec.from_lines(lines))]


def _ignored_above(top: Path) -> Ignored:
    """The .gitignore files above a folder, up to the root of its repository."""
    above = []
    for folder in top.parents if not (top / ".git").exists() else ():
        above.append(folder)
        if (folder / ".git").exists():
            return [ignore for each in reversed(above) for ignore in _ignores(each)]
    return []


def _is_ignored(path: Path, ignored: Ignored, *, folder: bool) -> bool:
    """The last pattern that matches decides, the nearest file first, as git has it."""
    for root, spec in reversed(ignored):
        relative = path.relative_to(root).as_posix() + ("/" if folder else "")
        decided = spec.check_file(relative).include
        if decided is not None:
            return decided
    return False
