"""One file being read forwards: from bytes to the records that are asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Protocol

from fleetctl.logs.files import HEAD, damages, past_hole
from fleetctl.logs.forms import Forms
from fleetctl.logs.splitter import Batch, Splitter
from fleetctl.logs.stamps import Clock
from fleetctl.logs.wanted import Wanted

CHUNK = 256 << 10
_TAIL = 64


class Truncated(Exception):
    """The file doesn't hold what was read any more: it was emptied, and perhaps refilled."""


class Source(Protocol):
    """Where a stream has its bytes from."""

    account: Account

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises OSError, EOFError, Truncated."""

    def close(self) -> None:
        """Read no more."""


class Account:
    """How much was read of what a file held at one time, and what its first bytes were.

    A file that is emptied and refilled has a new one each time, and a copy shares that of what it
    is a copy of: that is how nothing is read twice.
    """

    __slots__ = ("head", "position")

    def __init__(self, head: bytes = b"", position: int = 0) -> None:
        self.head = head
        self.position = position

    def advance(self, data: bytes) -> None:
        """So much more was read."""
        if self.position <= len(self.head) < HEAD:
            self.head = max(self.head, (self.head[: self.position] + data)[:HEAD], key=len)
        self.position += len(data)

    def is_of(self, head: bytes) -> bool:
        """Whether a file that begins so holds, or is the beginning of, the same."""
        shorter = min(len(head), len(self.head))
        return shorter > 0 and head[:shorter] == self.head[:shorter]


class Plain:
    """A file by its descriptor, which it owns; read from its account's position on.

    Before what was read is believed, the file must still hold what was read before: a file that is
    truncated and grows again at once can be told by nothing else.
    """

    def __init__(self, descriptor: int, account: Account, end: int | None = None) -> None:
        self.descriptor = descriptor
        self.account = account
        self._end = end
        before = min(_TAIL, account.position)
        self._tail = os.pread(descriptor, before, account.position - before)
        if account.position and not account.head:
            account.head = os.pread(descriptor, min(HEAD, account.position), 0)

    def read(self, size: int) -> bytes:
        account, before = self.account, self._tail
        if self._end is not None:
            size = min(size, self._end - account.position)
        data = os.pread(self.descriptor, len(before) + size, account.position - len(before))
        self._check(data, before)
        fresh = data[len(before) :]
        if fresh:
            account.advance(fresh)
            self._tail = data[-_TAIL:]
        return fresh

    def skip_hole(self) -> int:
        """Leave out what was never written, if that comes next; how many NULs that would be."""
        account = self.account
        end = os.fstat(self.descriptor).st_size if self._end is None else self._end
        if not HEAD <= account.position < end:
            return 0
        skipped = past_hole(self.descriptor, account.position, end) - account.position
        if skipped > 0:
            account.position += skipped
            self._tail = bytes(min(_TAIL, skipped))
        return skipped

    def _check(self, data: bytes, before: bytes) -> None:
        """Raises Truncated. The head is looked at after the data was read, on purpose."""
        head = self.account.head
        if not data.startswith(before) or os.pread(self.descriptor, len(head), 0) != head:
            raise Truncated
        if os.fstat(self.descriptor).st_size < self.account.position:
            raise Truncated

    def begins_as(self, head: bytes) -> bool:
        """Whether the file, as it is now, begins so."""
        return Account(os.pread(self.descriptor, HEAD, 0)).is_of(head)

    def skip_to_end(self) -> None:
        """Take all there is as read."""
        self.account.position = os.fstat(self.descriptor).st_size
        self.account.head, self._tail = os.pread(self.descriptor, HEAD, 0), b""

    def close(self) -> None:
        os.close(self.descriptor)


class Packed:
    """A compressed file, read from its account's position on."""

    def __init__(self, file: IO[bytes], account: Account) -> None:
        self._file = file
        self.account = account
        self._to_skip = account.position

    def read(self, size: int) -> bytes:
        try:
            return self._read(size)
        except damages() as error:
            raise OSError(f"it is damaged: {error}") from error

    def _read(self, size: int) -> bytes:
        while self._to_skip:
            skipped = len(self._file.read(min(self._to_skip, CHUNK)))
            if not skipped:
                return b""
            self._to_skip -= skipped
        data = self._file.read(size)
        self.account.advance(data)
        return data

    def close(self) -> None:
        self._file.close()


class Stream:
    """The records of one source that are asked for; `skip` of them are left out at first.

    `path` is where the source was found, `modified` when it was last written to (epoch seconds),
    `printed` whether it is what a node printed beside its log. `more` is whether there may be
    something to read; `changed` when something last was, `opened` when the record that is open was
    begun. `settled` is whether no banner is to come any more, which would make noise of all that
    was printed before it.
    """

    def __init__(
        self,
        label: str,
        source: Source,
        path: Path,
        *,
        forms: Forms,
        wanted: Wanted,
        modified: float,
        skip: int = 0,
        printed: bool = False,
    ) -> None:
        clock = Clock(forms.zone, modified + 1.0)
        self.label = label
        self.source = source
        self.path = path
        self.splitter = Splitter(forms, clock, untimed=modified)
        self.more = True
        self.changed = 0.0
        self.opened = 0.0
        self._clock = clock
        self._forms = forms
        self._wanted = wanted
        self._skip = skip
        self._caught_up = False
        self.printed = printed
        self.settled = not printed or source.account.position > 0

    @property
    def latest(self) -> float:
        """Up to when it has been read: what comes is later."""
        return self.splitter.latest

    def read(self, now: float, size: int = CHUNK) -> Batch:
        """The next whole records; `now` is epoch seconds. Raises OSError, EOFError, Truncated."""
        if self.splitter.in_nuls and isinstance(self.source, Plain):
            self.splitter.skip_nuls(self.source.skip_hole())
        data = self.source.read(size)
        self.more = len(data) == size
        if not data:
            self._caught_up = True
            return Batch()
        if self._caught_up:
            # What comes now has just been written.
            self._clock.live(now)
            self.splitter.untimed = self._written_at(now)
        self._caught_up = not self.more
        if not self.splitter.pending:
            self.opened = now
        self.changed = now
        batch = self.splitter.feed(data)
        self.settled = self.settled or _has_banner(data)
        if batch.times:
            self.opened = now
        if self._wanted.is_past(self.latest):
            self.more = False
        return self._kept(batch)

    def end_record(self) -> Batch:
        """The last record, which nothing has followed so far."""
        self.settled = True
        return self._kept(self.splitter.end_record())

    def end(self) -> Batch:
        """All that is left, half a line included."""
        self.more = False
        return self._kept(self.splitter.end())

    def close(self) -> None:
        """Read no more of it."""
        self.source.close()

    def _written_at(self, now: float) -> float:
        """When what comes without a time was written: of what is printed, the file knows it."""
        if self.printed and isinstance(self.source, Plain):
            return min(now, os.fstat(self.source.descriptor).st_mtime)
        return now

    def _kept(self, batch: Batch) -> Batch:
        if self.printed:
            batch = _heard(batch)
        kept = self._wanted.keep(batch, self._forms) if batch.times else batch
        if self._skip and kept.times:
            skipped = min(self._skip, len(kept.times))
            self._skip -= skipped
            kept = Batch(kept.times[skipped:], kept.texts[skipped:])
        return kept


def _has_banner(data: bytes) -> bool:
    from fleetctl.logs.noise import BANNER

    return BANNER.search(data) is not None


def _heard(batch: Batch) -> Batch:
    """What a node printed beside its log, as far as it says anything."""
    from fleetctl.logs.noise import without_noise

    pairs = [
        (time, said)
        for time, text in zip(batch.times, batch.texts, strict=True)
        if (said := without_noise(text))
    ]
    return Batch([time for time, _ in pairs], [text for _, text in pairs])
