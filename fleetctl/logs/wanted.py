"""Which records are asked for: from when to when, of what level, with what in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleetctl.errors import UsageError
from fleetctl.logs.forms import Forms
from fleetctl.logs.record import decoded
from fleetctl.logs.splitter import Batch

if TYPE_CHECKING:
    from fleetctl.logs.parsed import Record

Test = Callable[[bytes], bool]

OfTask = Callable[[bytes, Forms], bool]
"""A test for what is said of a task: the form of a record may tell whose it is."""

DISORDER = 5.0
"""Processes that share a file may be so many seconds out of order."""

_ID = r"[0-9a-f]{8}(?:-[0-9a-f-]{0,27})?"
#: What Celery itself says of a task: received, succeeded, raised, …
_OF_CELERY = rb"Task ([\w.<>:/-]+)\[[^\]\s]+\] \w"
#: Where it names one without an id: celery/worker/consumer/consumer.py, celery/beat.py.
_UNREGISTERED, _SCHEDULED = rb"unregistered task of type '", rb"Sending due task [^\n]*\("


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a record must be. ``since`` and ``until`` are epoch seconds; ``level`` is a weight."""

    since: float | None = None
    until: float | None = None
    level: int | None = None
    tests: tuple[Test, ...] = ()
    task: OfTask | None = None

    @property
    def anything(self) -> bool:
        """Whether every record is."""
        return self.since is None and self.until is None and not self.by_text

    @property
    def by_text(self) -> bool:
        """Whether it takes a look into a record to know."""
        return self.level is not None or self.task is not None or bool(self.tests)

    def matches(self, time: float, text: bytes, forms: Forms) -> bool:
        """Whether a record is asked for."""
        return self._in_time(time) and self._fits(text, forms)

    def keep(self, batch: Batch, forms: Forms) -> Batch:
        """Those of a batch that are asked for."""
        if self.anything:
            return batch
        pairs = [
            (time, text)
            for time, text in zip(batch.times, batch.texts, strict=True)
            if self._in_time(time) and self._fits(text, forms)
        ]
        return Batch([time for time, _ in pairs], [text for _, text in pairs])

    def is_past(self, time: float) -> bool:
        """Whether what comes after `time` in a file can't be asked for any more."""
        return self.until is not None and time > self.until + DISORDER

    def is_before(self, time: float) -> bool:
        """Whether what comes before `time` in a file can't be asked for any more."""
        return self.since is not None and 0 < time < self.since - DISORDER

    def _in_time(self, time: float) -> bool:
        if self.since is not None and time < self.since:
            return False
        return self.until is None or time <= self.until

    def _fits(self, text: bytes, forms: Forms) -> bool:
        if not all(test(text) for test in self.tests):
            return False
        if self.task is not None and not self.task(text, forms):
            return False
        return self.level is None or forms.level(text) >= self.level


def grep(pattern: str, *, ignore_case: bool = False, invert: bool = False) -> Test:
    """A test by a regular expression, on the whole record. Raises UsageError for one that isn't."""
    flags = re.IGNORECASE if ignore_case else 0
    try:
        found: Test = _search(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        message = f"--grep: {pattern!r} is no regular expression: {error}"
        hint = "a \\ before one of .^$*+?{}[]()| takes it as it stands"
        raise UsageError(message, hint=hint) from error
    return (lambda text: not found(text)) if invert else found


def _search(pattern: str, flags: int) -> Test:
    in_text = re.compile(pattern, flags | re.MULTILINE)
    if not pattern.isascii():
        return lambda text: in_text.search(decoded(text)) is not None
    in_bytes = re.compile(pattern.encode(), flags | re.MULTILINE)

    def found(text: bytes) -> bool:
        if text.isascii():
            return in_bytes.search(text) is not None
        return in_text.search(decoded(text)) is not None

    return found


def is_id(wanted: str) -> bool:
    """Whether it can only be the id of a task, or the first eight digits of one."""
    return re.fullmatch(_ID, wanted) is not None


def of_task(wanted: str, *, by_end: bool = False) -> OfTask:
    """A test for the lines of a task: by its id, the first eight digits of that, or its name.

    A name counts where Celery says one, or the form of the record has a place for it: any other
    word of a message may mean anything. With `by_end`, the last parts of a dotted name will do.
    """
    word = wanted.encode("utf-8", "surrogateescape")
    quoted = re.escape(word)
    if is_id(wanted):
        pattern = re.compile(rb"(?<![\w-])" + quoted)
        return lambda text, _: pattern.search(text) is not None
    pattern = _said_of(quoted, by_end=by_end)

    def found(text: bytes, forms: Forms) -> bool:
        if word not in text:
            return False
        if pattern.search(text):
            return True
        return forms.places_tasks(text) and is_of(forms.parse(text))

    def is_of(record: Record) -> bool:
        if wanted in (record.task_id, record.task_name):
            return True
        return by_end and (record.task_name or "").endswith(f".{wanted}")

    return found


def _said_of(quoted: bytes, *, by_end: bool) -> re.Pattern[bytes]:
    """What is said of a task by Celery, or in its form: ``name[id]``."""
    begin, before = rb"(?<![\w.-])", b""
    if by_end:
        begin, before = rb"(?<![\w-])", rb"(?:[\w.<>:/-]+\.)?"
    said = (
        begin + quoted + rb"\[",
        rb"[\w>]\[" + quoted + rb"\]",
        _UNREGISTERED + before + quoted + rb"'",
        _SCHEDULED + before + quoted + rb"\)",
    )
    return re.compile(b"|".join(said))


def task_names(texts: Iterable[bytes]) -> set[str]:
    """The names of the tasks that records tell of."""
    return {decoded(name) for text in texts for name in re.findall(_OF_CELERY, text)}
