"""Finds the fleet.yaml that is meant: the one given, the environment's, the nearest upward."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fleetctl.errors import UsageError
from fleetctl.fleet.places import is_file, is_folder, is_missing

FILENAME = "fleet.yaml"
VARIABLE = "FLEETCTL_FLEET"


def find(explicit: str | None, environ: Mapping[str, str], cwd: Path) -> Path:
    """The fleet file's absolute path: `explicit`, else FLEETCTL_FLEET, else upward from `cwd`.

    Symbolic links stay as they are. A folder stands for the fleet.yaml in it. Raises UsageError,
    saying where it looked, when nothing is there.
    """
    if explicit is not None:
        return _given(explicit, "--fleet", cwd)
    if environ.get(VARIABLE):
        return _given(environ[VARIABLE], VARIABLE, cwd)
    found = _nearest(_upward(cwd))
    if found is not None:
        return found
    raise UsageError(
        f"no {FILENAME} in {cwd} or any folder above it",
        hint=f"`fleetctl init` makes one; -f PATH or {VARIABLE} names one elsewhere",
    )


def above(path: Path) -> Path | None:
    """The fleet.yaml that would be found in the folder of `path` were it not for `path`."""
    return _nearest(path.parent.parents) if path.name == FILENAME else None


def _nearest(folders: Iterable[Path]) -> Path | None:
    files = (folder / FILENAME for folder in folders)
    return next((file for file in files if os.path.lexists(file)), None)


def _given(text: str, origin: str, cwd: Path) -> Path:
    if not text or "\0" in text:
        raise UsageError(f"{origin} names no file", hint=f"for example: -f deploy/{FILENAME}")
    path = absolute(home(text), cwd)
    if is_folder(path):
        return _in_folder(path, origin)
    if is_missing(path):
        raise UsageError(f"{origin}: {path} doesn't exist", hint=_nearby(path))
    return path


def _in_folder(folder: Path, origin: str) -> Path:
    if is_missing(folder / FILENAME):
        raise UsageError(f"{origin}: there is no {FILENAME} in {folder}")
    return folder / FILENAME


def _nearby(path: Path) -> str | None:
    other = next(
        (p for p in (path.with_suffix(".yaml"), path.with_suffix(".yml")) if is_file(p)), None
    )
    return f"there is {other}" if other else None


def home(text: str) -> Path:
    """`text` as a path, with a leading ``~`` or ``~user`` expanded where there is such a user."""
    # Path.expanduser raises where there isn't.
    return Path(os.path.expanduser(text))  # noqa: PTH111


def absolute(path: Path, folder: Path) -> Path:
    """`path` from `folder`, without ``..`` where leaving them out means the same file."""
    joined = folder / path
    tidy = Path(os.path.normpath(joined))
    try:
        # Behind a symbolic link, `..` is the parent of the link's target.
        same = tidy.parent.samefile(joined.parent)
    except OSError:
        same = ".." not in joined.parts
    return tidy if same else joined


def _upward(folder: Path) -> Iterator[Path]:
    yield folder
    yield from folder.parents
