"""The kernel's word that files have changed: inotify(7), by ctypes, as far as it is needed here.

Where it can't be had (no such kernel, no watches left) nothing is reported, and whoever asks has
to look by himself, as he must anyway for file systems that others write to.
"""

from __future__ import annotations

import ctypes
import os
import struct
from pathlib import Path

_MODIFY, _ATTRIB = 0x2, 0x4
_MOVED = 0x40 | 0x80
_CREATE, _DELETE, _DELETE_SELF, _MOVE_SELF = 0x100, 0x200, 0x400, 0x800
_ONLYDIR = 0x01000000
_FILE = _MODIFY | _ATTRIB | _MOVE_SELF | _DELETE_SELF
_FOLDER = _CREATE | _MOVED | _DELETE | _ONLYDIR
_OVERFLOW = -1
_EVENT = struct.Struct("iIII")
_BUFFER = 256 << 10


class Watch:
    """Tells which of the files and folders watched have changed; each goes by a number.

    ``descriptor`` is readable when there is something to tell; None where there is no inotify.
    """

    def __init__(self) -> None:
        self.descriptor: int | None = None
        try:
            self._libc = ctypes.CDLL(None, use_errno=True)
            descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, AttributeError):
            return
        if descriptor >= 0:
            self.descriptor = descriptor

    def file(self, descriptor: int) -> int | None:
        """Watch an open file, whatever it is called by now; its number, None if that fails."""
        return self._add(f"/proc/self/fd/{descriptor}", _FILE)

    def folder(self, path: Path) -> int | None:
        """Watch for what comes into a folder or leaves it; its number, None if that fails."""
        return self._add(str(path), _FOLDER)

    def forget(self, number: int) -> None:
        """Watch it no more."""
        if self.descriptor is not None:
            self._libc.inotify_rm_watch(self.descriptor, number)

    def changed(self) -> set[int] | None:
        """The numbers of all that has changed since the last call; None: there was too much."""
        numbers: set[int] = set()
        while self.descriptor is not None:
            try:
                data = os.read(self.descriptor, _BUFFER)
            except BlockingIOError:
                break
            numbers |= _numbers(data)
        return None if _OVERFLOW in numbers else numbers

    def close(self) -> None:
        """Watch nothing any more."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def _add(self, path: str, mask: int) -> int | None:
        if self.descriptor is None:
            return None
        number: int = self._libc.inotify_add_watch(self.descriptor, os.fsencode(path), mask)
        return number if number >= 0 else None


def _numbers(data: bytes) -> set[int]:
    numbers, offset = set(), 0
    if len(data) % _EVENT.size == 0:
        # Files have no name in their events: sixteen bytes each, mostly nothing else is there.
        words = memoryview(data).cast("i")
        if not any(words[3::4]):
            return set(words[0::4])
    while offset < len(data):
        number, _, _, length = _EVENT.unpack_from(data, offset)
        numbers.add(number)
        offset += _EVENT.size + length
    return numbers
