"""Which records are asked for: from when to when, of what level, with what in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fleetctl.errors import UsageError
from fleetctl.logs.forms import Forms
from fleetctl.logs.record import decoded
from fleetctl.logs.splitter import Batch

Test = Callable[[bytes], bool]

DISORDER = 5.0
"""Processes that share a file may be so many seconds out of order."""

_ID = r"[0-9a-f]{8}(?:-[0-9a-f-]{0,27})?"
#: What Celery itself says of a task: received, succeeded, raised, …
_OF_CELERY = rb"Task ([\w.<>:/-]+)\[[^\]\s]+\] \w"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a record must be. ``since`` and ``until`` are epoch seconds; ``level`` is a weight."""

    since: float | None = None
    until: float | None = None
    level: int | None = None
    tests: tuple[Test, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether every record is."""
        return self.since is None and self.until is None and not self.by_text

    @property
    def by_text(self) -> bool:
        """Whether it takes a look into a record to know."""
        return self.level is not None or bool(self.tests)

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


def of_task(wanted: str, *, by_end: bool = False) -> Test:
    """A test for the lines of a task: by its id, the first eight digits of that, or its name.

    With `by_end`, the last parts of a dotted name will do.
    """
    word = re.escape(wanted.encode())
    if is_id(wanted):
        pattern = re.compile(rb"(?<![\w-])" + word)
    elif by_end:
        ended = rb"(?<![\w-])" + word + rb"\["
        pattern = re.compile(ended + rb"|(?<![\w.-])" + word + rb"(?![\w-]|\.\w)")
    else:
        pattern = re.compile(rb"(?<![\w.-])" + word + rb"(?![\w-]|\.\w)")
    return lambda text: pattern.search(text) is not None


def task_names(texts: Iterable[bytes]) -> set[str]:
    """The names of the tasks that records tell of."""
    return {decoded(name) for text in texts for name in re.findall(_OF_CELERY, text)}
