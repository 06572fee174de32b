"""One path followed through whatever becomes of the file there: no line lost, none read twice.

A file is known by what it holds, not by its name. Of everything that was read there is an account:
the first bytes, and how far. When another file stands at the path, or the file was truncated, the
rotated siblings are looked through: one whose beginning has no account was missed and is read
whole; one that has an account and goes on beyond it (the copy that `copytruncate` made, a renamed
file that a slow process still wrote to) is read from there on; all others are done with.

What copytruncate itself loses, between its copy and its truncation, is lost here only if it
hadn't been read in time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from fleetctl.logs.events import Appeared, Emptied, Happening, Removed, Rotated, Unreadable
from fleetctl.logs.files import Identity, identity, open_log, why
from fleetctl.logs.opened import Moved, Opened
from fleetctl.logs.siblings import Sibling, siblings
from fleetctl.logs.splitter import Batch
from fleetctl.logs.streams import CHUNK, Account, Packed, Plain, Source, Stream, Truncated

NEVER = float("inf")

Make = Callable[[Source, Path], Stream]
"""Makes the stream of a source, which was found at a path."""

GRACE = 10.0
"""Seconds that a renamed file is read on after its last change: writers reopen when they like."""
_MOST_OLD = 32
_COPY_PATIENCE = 5.0
_LOOK_AGAIN, _LOOK_SELDOM = 0.05, 10.0
_ACCOUNTS_KEPT = 2000
_CLOCKS_DIFFER = 2.0


class Followed:
    """A log at `path` and its generations. `rotates` is false for a file that is only cut short.

    `others` are logs in their own right that look like siblings; `begun` is when following began
    (epoch seconds): what hasn't changed since then was no part of it.
    """

    def __init__(
        self,
        path: Path,
        label: str,
        make: Make,
        emit: Callable[[Happening], None],
        *,
        begun: float,
        others: Collection[Path] = (),
        rotates: bool = True,
    ) -> None:
        self.path = path
        self.label = label
        self._make = make
        self._emit = emit
        self._begun = begun
        self._others = others
        self.rotates = rotates
        self._current: Stream | None = None
        self._older: list[Stream] = []
        self._cut_off: list[tuple[float, Account, Stream]] = []
        self._identities: dict[Stream, Identity] = {}
        self._accounts: list[Account] = []
        self._known: set[tuple[int, int, int, int]] = set()
        self.look_at = NEVER
        """When `check` has something to do though nothing was heard (epoch seconds)."""
        self._patience = _LOOK_AGAIN
        self._touched = 0
        self._complaint: str | None = None
        self._missing = False

    @property
    def streams(self) -> list[Stream]:
        """All that may still grow or has more to read, the oldest generation first."""
        return self._older + ([self._current] if self._current else [])

    def begin(
        self,
        descriptor: int | None,
        account: Account,
        now: float,
        siblings: Collection[Sibling] = (),
    ) -> None:
        """Follow an open file on from where its account ends; None if there is none yet.

        `siblings` are those whose time is over: what is in them counts as read.
        """
        for sibling in siblings:
            self._take_as_read(sibling)
        if descriptor is not None:
            self._follow(descriptor, account, now)
        else:
            self._missing = True

    def check(self, now: float) -> None:
        """See whether the path still leads to the file followed; look for what was missed."""
        try:
            found = identity(self.path.stat())
        except FileNotFoundError:
            self._gone()
        except OSError as error:
            self._complain(why(error))
        else:
            if self._current is None or self._identities[self._current] != found:
                self._turn_over(now)
        if now >= self.look_at:
            self._look_through(now)

    def read(self, stream: Stream, now: float, size: int = CHUNK) -> Batch:
        """What is new in one of the streams; a change of the file itself is dealt with."""
        try:
            unread = stream is self._current and not stream.source.account.position
            batch = stream.read(now, size)
            if unread and (stream.source.account.position or self._was_touched(stream)):
                # Before its first bytes were read, it may have been emptied unnoticed.
                self._patience, self.look_at = _LOOK_AGAIN, now
            return batch
        except Truncated:
            if stream is not self._current:
                return self._drop(stream)
            self._emptied(stream, now)
            return Batch()
        except (OSError, EOFError) as error:
            if stream is not self._current:
                self._emit(Unreadable(self.label, stream.path, why(error)))
                return self._drop(stream)
            self._complain(why(error))
            stream.more = False
            return Batch()

    def tidy(self, now: float) -> Iterator[tuple[Stream, Batch]]:
        """Give up what will not change any more, and what was left half written there."""
        for stream in list(self._older):
            fixed = isinstance(stream.source, Packed) or stream not in self._identities
            quiet = fixed or now - stream.changed > GRACE or len(self._older) > _MOST_OLD
            if quiet and not stream.more:
                yield stream, self._drop(stream)
        for patience, account, stream in list(self._cut_off):
            if now > patience:
                self._cut_off.remove((patience, account, stream))
                yield stream, stream.end()

    def close(self) -> None:
        """Follow no more."""
        for stream in self.streams:
            stream.close()
        self._older, self._current = [], None

    def _follow(self, descriptor: int, account: Account, now: float) -> None:
        self._accounts.append(account)
        del self._accounts[:-_ACCOUNTS_KEPT]
        self._current = self._make(Plain(descriptor, account), self.path)
        self._current.changed = now
        status = os.fstat(descriptor)
        self._identities[self._current] = identity(status)
        self._touched = status.st_mtime_ns
        self._complaint, self._missing = None, False

    def _was_touched(self, stream: Stream) -> bool:
        """Whether a file that is empty as it was has been written to nevertheless."""
        assert isinstance(stream.source, Plain)
        before, self._touched = self._touched, os.fstat(stream.source.descriptor).st_mtime_ns
        return self._touched != before

    def _turn_over(self, now: float) -> None:
        """Another file stands at the path, or the first one does."""
        try:
            descriptor = open_log(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            self._complain(why(error))
            return
        old, self._current = self._current, None
        if old is not None:
            old.more = True
            old.changed = now
            self._older.append(old)
            self._emit(Rotated(self.label, self.path))
        elif self.rotates:
            self._emit(Appeared(self.label, self.path))
        self._follow(descriptor, Account(), now)
        if old is not None:
            self._look_through(now, first=True)

    def _emptied(self, stream: Stream, now: float) -> None:
        source = stream.source
        assert isinstance(source, Plain)
        if not self.rotates:
            source.skip_to_end()
            return
        self._emit(Emptied(self.label, self.path))
        del self._identities[stream]
        stream.more = False
        self._cut_off.append((now + _COPY_PATIENCE, source.account, stream))
        self._follow(source.descriptor, Account(), now)
        self._look_through(now, first=True)

    def _gone(self) -> None:
        if self.rotates and not self._missing and self._current and _is_deleted(self._current):
            self._emit(Removed(self.label, self.path))
        self._missing = True

    def _complain(self, said: str) -> None:
        if said != self._complaint:
            self._complaint = said
            self._emit(Unreadable(self.label, self.path, said))

    def _look_through(self, now: float, *, first: bool = False) -> None:
        """Find what of the siblings wasn't read; again, while that isn't certain.

        Certain it isn't at `first`, while they may still be renamed, nor while there is a copy of
        the file that has not been truncated, or none of the one that was.
        """
        unsure = True
        for _ in range(5):
            try:
                unsure = sum(self._examine(each, now) for each in self._siblings()) > 0
                break
            except Moved:
                continue
        self._patience = _LOOK_AGAIN if first else min(2 * self._patience, _LOOK_SELDOM)
        again = first or unsure or bool(self._cut_off)
        self.look_at = now + self._patience if again else NEVER

    def _siblings(self) -> list[Sibling]:
        return siblings(self.path, self._others)

    def _examine(self, sibling: Sibling, now: float) -> bool:
        """Take up what of it wasn't read; whether it has to be looked at once more."""
        if sibling.mark in self._known or sibling.identity in self._identities.values():
            return False
        with Opened(sibling) as opened:
            if opened.head and not self._is_of_current(opened.head):
                self._known.add(sibling.mark)
                self._take_up(sibling, opened, now)
                return False
        return sibling.size > 0

    def _take_up(self, sibling: Sibling, opened: Opened, now: float) -> None:
        account = self._account_of(opened.head)
        cut_off = next((each for each in self._cut_off if each[1] is account), None)
        if cut_off is not None:
            self._cut_off.remove(cut_off)
            stream = cut_off[2]
            stream.source, stream.path = opened.source(cut_off[1]), sibling.path
        elif account is None and sibling.modified < self._begun - _CLOCKS_DIFFER:
            self._accounts.append(Account(opened.head, sibling.size))
            return
        elif account is None:
            account = Account(opened.head)
            self._accounts.append(account)
            stream = self._make(opened.source(account), sibling.path)
            if not sibling.packed:
                self._identities[stream] = sibling.identity
        elif not sibling.packed and sibling.size > account.position:
            stream = self._make(opened.source(account), sibling.path)
            self._identities[stream] = sibling.identity
        else:
            return
        stream.more, stream.changed = True, now
        self._older.append(stream)

    def _account_of(self, head: bytes) -> Account | None:
        """The account of what begins so. An open file may not have been read at all so far."""
        for stream in self._older:
            source = stream.source
            if isinstance(source, Plain) and source.begins_as(head):
                return source.account
        return next((each for each in reversed(self._accounts) if each.is_of(head)), None)

    def _is_of_current(self, head: bytes) -> bool:
        """Whether it is a copy of what isn't finished yet: it may be in the making.

        Or it is of what was just now truncated, which the next reading will find.
        """
        if self._current is None:
            return False
        source = self._current.source
        assert isinstance(source, Plain)
        if source.account.is_of(head):
            self._current.more = True
            return True
        return source.begins_as(head)

    def _take_as_read(self, sibling: Sibling) -> None:
        self._known.add(sibling.mark)
        if sibling.packed:
            return
        with suppress(Moved), Opened(sibling) as opened:
            self._accounts.append(Account(opened.head, sibling.size))

    def _drop(self, stream: Stream) -> Batch:
        rest = stream.end()
        source = stream.source
        if isinstance(source, Plain):
            status = os.fstat(source.descriptor)
            self._known.add((*identity(status), status.st_size, status.st_mtime_ns))
        stream.close()
        self._identities.pop(stream, None)
        self._older.remove(stream)
        return rest


def _is_deleted(stream: Stream) -> bool:
    """Whether the file has no name any more; one that was renamed has another."""
    return isinstance(stream.source, Plain) and not os.fstat(stream.source.descriptor).st_nlink
