"""Replacing a file by its new text: whole or not at all, its mode and owner kept, with a backup."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from fleetctl.errors import FleetctlError


class Replacement:
    """A file's new bytes, written beside it and ready to take its place."""

    def __init__(self, path: Path, before: bytes, after: bytes) -> None:
        self.path = path
        self._target = Path(os.path.realpath(path))
        self._before = before
        self._after = after
        self._temporary: Path | None = None

    def prepare(self) -> None:
        """Write the new bytes. Raises FleetctlError where the file couldn't be as it was."""
        with _translated(self.path):
            self._temporary = _copy(self._target, self._after, self._target.parent)

    def commit(self, *, backup: bool) -> Path | None:
        """Take the file's place; where the old bytes are now. Raises FleetctlError."""
        if self._temporary is None:
            raise ValueError("not prepared")
        with _translated(self.path):
            if self._target.read_bytes() != self._before:
                raise FleetctlError(f"{self.path} was changed meanwhile; it is left as it is")
            kept = _back_up(self._target, self.path, self._before) if backup else None
            self._temporary.replace(self._target)
            self._temporary = None
        return kept

    def discard(self) -> None:
        """Remove what was written but hasn't taken the file's place."""
        if self._temporary is not None:
            with suppress(OSError):
                self._temporary.unlink()
            self._temporary = None


def _back_up(target: Path, path: Path, data: bytes) -> Path:
    """The old bytes as NAME.orig, else .orig.1 and so on: none is ever overwritten."""
    temporary = _copy(target, data, path.parent)
    try:
        return temporary.replace(_taken_name(path))
    except BaseException:
        temporary.unlink()
        raise


def _taken_name(path: Path) -> Path:
    """The first of the names that nobody has, made ours."""
    for number in count():
        name = path.with_name(f"{path.name}.orig{f'.{number}' if number else ''}")
        with suppress(FileExistsError):
            name.touch(mode=0o600, exist_ok=False)
            return name
    raise AssertionError("unreachable: there are numbers enough")


def _copy(like: Path, data: bytes, folder: Path) -> Path:
    """A new file in a folder, of the mode, owner and extended attributes that `like` has."""
    status = like.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{like.name[:200]}.", dir=folder)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            made = os.fstat(descriptor)
            if (made.st_uid, made.st_gid) != (status.st_uid, status.st_gid):
                os.chown(descriptor, status.st_uid, status.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
            _copy_attributes(like, descriptor)
            os.fsync(descriptor)
    except BaseException:
        temporary.unlink()
        raise
    return temporary


def _copy_attributes(like: Path, descriptor: int) -> None:
    # Some file systems have none, and some attributes are the system's own.
    with suppress(OSError, AttributeError):
        for name in os.listxattr(like):
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(like, name))


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FleetctlError(f"{path} can't be replaced: {error.strerror}") from error
