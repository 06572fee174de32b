"""A rotated sibling, opened for a look at its first bytes, and perhaps to be read on."""

from __future__ import annotations

import os
from contextlib import ExitStack
from types import TracebackType
from typing import IO

from fleetctl.logs.files import HEAD, damages, unpacking
from fleetctl.logs.siblings import Sibling, open_if
from fleetctl.logs.streams import Account, Packed, Plain, Source


class Moved(Exception):
    """What was listed isn't there any more: rotation goes on at this moment."""


class Opened:
    """``head`` is what it begins with; empty if it can't be read (yet).

    Closed at the end of its ``with``, unless `source` was taken. Raises Moved.
    """

    def __init__(self, sibling: Sibling) -> None:
        self.head = b""
        self._file: IO[bytes] | None = None
        self._descriptor = -1
        self._closing = ExitStack()
        try:
            descriptor = open_if(sibling.path, sibling.identity)
            if descriptor is None:
                raise Moved
            if sibling.packed:
                if os.fstat(descriptor).st_size != sibling.size:
                    # It was listed while it was being compressed.
                    os.close(descriptor)
                    raise Moved
                self._unpack(descriptor, sibling.path.suffix)
            else:
                self._descriptor = descriptor
                self._closing.callback(os.close, descriptor)
                self.head = os.pread(descriptor, HEAD, 0)
        except (OSError, EOFError):
            self.head = b""
        except damages():
            self.head = b""

    def _unpack(self, descriptor: int, suffix: str) -> None:
        with unpacking(os.dup(descriptor), suffix) as file:
            self.head = file.read(HEAD)
        self._file = unpacking(descriptor, suffix)
        self._closing.callback(self._file.close)

    def source(self, account: Account) -> Source:
        """Read on from where the account ends; the file is the source's from now on."""
        self._closing.pop_all()
        if self._file is not None:
            return Packed(self._file, account)
        return Plain(self._descriptor, account)

    def __enter__(self) -> Opened:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()
