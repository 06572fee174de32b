"""Writes a new file whole or not at all, and never over one that is there."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from fleetctl.errors import FleetctlError, UsageError

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS)


def write_new(path: Path, text: str, *, private: bool = False) -> None:
    """Write `path`, which must not exist; `private` for its owner's eyes alone.

    Raises UsageError where something is there, FleetctlError where it can't be written.
    """
    refuse_existing(path)
    try:
        _write(path, text.encode("utf-8", "surrogateescape"), 0o600 if private else 0o666)
    except FileExistsError:
        refuse_existing(path)
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise FleetctlError(f"cannot write {path}: {reason}") from error


def refuse_existing(path: Path) -> None:
    """Raise UsageError where anything is at `path`, a link that leads nowhere included."""
    if os.path.lexists(path):
        raise UsageError(
            f"{path} is there already, and is left as it is",
            hint="--dry-run only shows what would be written; -o PATH writes elsewhere",
        )


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    temporary = Path(name)
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode & ~_umask())
        _name(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def _name(temporary: Path, path: Path) -> None:
    """Give it its name, unless another file has it: a link fails then, a rename would not."""
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without hard links: reserve the name, then move over what is ours.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        temporary.replace(path)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
