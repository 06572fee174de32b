"""The journal: one line of JSON for everything that is done to a fleet, in RUNDIR/journal.jsonl.

Whoever has something to tell appends one line in one write, without a lock: O_APPEND puts each
behind the last, however many write at once. What has grown too long becomes journal.jsonl.1.
All of it is called in the agent's thread, too, and keeps to what nothing can patch.
"""

import errno
import fcntl
import json
import os
import stat
from dataclasses import asdict, replace
from typing import Optional

from . import native
from .entry import Entry

NAME = "journal.jsonl"
LIMIT = 4 << 20
"""Bytes after which the journal is begun anew; the one before is kept."""

MOST_TASKS = 1000
MOST_REASON = 2000
"""Characters: an error may quote whatever it failed on, and the past must not go for it."""
_ATTEMPTS = 5


def append(rundir: str, entry: Entry, durable: bool = False, limit: int = LIMIT) -> None:
    """Add `entry`, whole; `durable` means that it survives a power cut. Raises OSError."""
    path = os.path.join(rundir, NAME)
    line = line_of(entry)
    for _ in range(_ATTEMPTS):
        descriptor = _open(path)
        try:
            if _is_full(descriptor, len(line), limit) and _rotate(path, descriptor):
                continue
            _write(descriptor, line)
            if durable:
                _settle(descriptor, path)
            # Rotated out twice between opening and writing: then nobody would ever read it.
            if native.fstat(descriptor).st_nlink:
                return
        finally:
            native.close_file(descriptor)
    raise OSError(errno.EAGAIN, "it is removed as soon as it is made")


def tell(rundir: str, entry: Entry) -> bool:
    """`append`, for who must neither fail nor complain; whether it was possible."""
    try:
        append(rundir, entry)
    except OSError:
        return False
    return True


def sync(rundir: str) -> None:
    """Make durable what was appended so far, by whomever. Raises OSError."""
    path = os.path.join(rundir, NAME)
    descriptor = _open(path)
    try:
        _settle(descriptor, path)
    finally:
        native.close_file(descriptor)


def check(rundir: str) -> None:
    """Raise OSError where the journal can't be written to."""
    native.close_file(_open(os.path.join(rundir, NAME)))


def line_of(entry: Entry) -> bytes:
    """The entry as it stands in the file; what is as it usually is, is left out."""
    shown = replace(
        entry,
        tasks=entry.tasks[:MOST_TASKS],
        more_tasks=entry.more_tasks + len(entry.tasks[MOST_TASKS:]),
        reason=_bounded(entry.reason),
    )
    usual = asdict(Entry(entry.at, entry.node, entry.what))
    always = ("at", "node", "what")
    said = {k: v for k, v in asdict(shown).items() if k in always or v != usual[k]}
    return json.dumps(said, separators=(",", ":")).encode("ascii") + b"\n"


def _bounded(reason: Optional[str]) -> Optional[str]:
    if reason is None or len(reason) <= MOST_REASON:
        return reason
    return reason[:MOST_REASON] + "..."


def _open(path: str) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = native.open_file(path, flags, 0o600)
    facts = native.fstat(descriptor)
    if stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid():
        return descriptor
    native.close_file(descriptor)
    raise OSError(errno.EPERM, "it is no file of ours", path)


def _is_full(descriptor: int, more: int, limit: int) -> bool:
    size = native.fstat(descriptor).st_size
    return size > 0 and size + more > limit


def _rotate(path: str, descriptor: int) -> bool:
    """Make way for a new journal; False where this one must do, being all there is for now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Who waited for the lock on what another has moved away must not move its successor.
        if os.path.samestat(native.fstat(descriptor), native.stat(path)):
            native.rename(path, path + ".1")
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _write(descriptor: int, line: bytes) -> None:
    size = native.fstat(descriptor).st_size
    if size and native.pread_file(descriptor, 1, size - 1) != b"\n":
        # Somebody's disk was full in the midst of a line: ours mustn't be spoilt by theirs. (Or
        # somebody is just now in the midst of one: then this makes an empty line, which is none.)
        line = b"\n" + line
    if native.write_file(descriptor, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _settle(descriptor: int, path: str) -> None:
    os.fdatasync(descriptor)
    folder = native.open_file(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        native.close_file(folder)
