"""Bytes of a file in its order, cut into whole records: bounded, and a chunk at a time.

A record ends where the next one begins. So the last one stays open, and a line without its end
is not even looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fleetctl.logs.forms import Forms, glimpsed
from fleetctl.logs.record import LIMIT, cut_short
from fleetctl.logs.stamps import Clock

_NULS = rb"\n?\0+"


@dataclass(slots=True)
class Batch:
    """Whole records: their times (epoch seconds), and their texts without the last line feed."""

    times: list[float] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)


class Splitter:
    """Cuts what is fed to it. Where no time is known, a record has that of the one before it.

    What comes before any time is known has that of the record after it, or else `untimed`.
    """

    def __init__(self, forms: Forms, clock: Clock, *, untimed: float = 0.0) -> None:
        self.untimed = untimed
        self._forms = forms
        self._clock = clock
        self._time = 0.0
        self._half = b""
        self._half_dropped = 0
        self._open: list[bytes] = []
        self._open_size = 0
        self._open_time = 0.0
        self._nuls = 0

    @property
    def latest(self) -> float:
        """The time of the last record that has begun."""
        return self._time or (self.untimed if self._open else 0.0)

    @property
    def pending(self) -> bool:
        """Whether a record is open that `end_record` would give."""
        return bool(self._open)

    @property
    def in_nuls(self) -> bool:
        """Whether what was fed last ended with NULs."""
        return self._nuls > 0

    def skip_nuls(self, count: int) -> None:
        """So many more NULs came, which nobody has read."""
        self._nuls += count

    def feed(self, data: bytes) -> Batch:
        """Take the next bytes of the file; the records that are whole by now."""
        if self._nuls or b"\0" in data:
            data = self._squeezed(data)
        end = data.rfind(b"\n")
        if end < 0:
            self._keep_half(data)
            return Batch()
        first, *others = data[:end].split(b"\n", 1)
        lines = b"\n".join((b"", self._whole(first), *others))
        self._half = data[end + 1 :]
        return self._split(lines)

    def end_record(self, untimed: float | None = None) -> Batch:
        """The open record, as whole as it will get; what still follows goes on with it."""
        if not self._open:
            return Batch()
        text = cut_short(b"".join(self._open), self._open_size - sum(map(len, self._open)))
        time = self._open_time or untimed or self.untimed
        self._open, self._open_size = [], 0
        return Batch([time], [text])

    def end(self) -> Batch:
        """The file is at its end: what was only half written comes out as it is."""
        half = self._whole(b"")
        if self._nuls:
            half += _told(self._nuls) if half else _told(self._nuls)[1:]
            self._nuls = 0
        batch = self._split(b"\n" + half) if half else Batch()
        last = self.end_record()
        return Batch(batch.times + last.times, batch.texts + last.texts)

    def _split(self, lines: bytes) -> Batch:
        step = self._forms.groups + 1
        parts = self._forms.start.split(lines)
        self._go_on(parts[0])
        if len(parts) == 1:
            return Batch()
        texts = parts[step::step]
        times = self._times(parts, texts)
        before = self.end_record(times[0])
        self._go_on(texts.pop())
        self._open_time = times.pop()
        if not before.texts:
            return Batch(times, texts)
        return Batch(before.times + times, before.texts + texts)

    def _times(self, parts: list[bytes], texts: list[bytes]) -> list[float]:
        step = self._forms.groups + 1
        stamps: list[bytes | None] = parts[1::step]  # type: ignore[assignment]
        for number in range(2, step):
            stamps = [one or other for one, other in zip(stamps, parts[number::step], strict=True)]
        clock = self._clock
        if None in stamps or b"" in stamps:
            times = [self._time_of(*each) for each in zip(stamps, texts, strict=True)]
        else:
            times = [clock[stamp] for stamp in stamps]  # type: ignore[index]
            self._time = times[-1]
        return times

    def _time_of(self, stamp: bytes | None, text: bytes) -> float:
        if stamp:
            self._time = self._clock[stamp]
        else:
            self._time = glimpsed(text, self._clock) or self._time
        return self._time or self.untimed

    def _go_on(self, text: bytes) -> None:
        if text:
            self._open_size += len(text)
            if self._open_size - len(text) < LIMIT:
                self._open.append(text)

    def _keep_half(self, data: bytes) -> None:
        if len(self._half) < LIMIT:
            self._half += data
        else:
            self._half_dropped += len(data)

    def _whole(self, rest: bytes) -> bytes:
        """The half line and the rest of it."""
        if not self._half:
            return rest
        line = cut_short(self._half + rest, self._half_dropped)
        self._half, self._half_dropped = b"", 0
        return line

    def _squeezed(self, data: bytes) -> bytes:
        """What a crash leaves: a run of NULs, told in a line, after which a record may begin."""
        kept = data.rstrip(b"\0")
        trailing = len(data) - len(kept)
        if not kept:
            self._nuls += trailing
            return b""
        leading = len(kept) - len(kept.lstrip(b"\0"))
        before, self._nuls = self._nuls + leading, trailing
        kept = re.sub(_NULS, lambda run: _told(run.group().count(0)), kept[leading:])
        if not before:
            return kept
        told = _told(before)
        return (told if self._half else told[1:]) + kept


def _told(count: int) -> bytes:
    return b"\n[... %d NUL bytes ...]\n" % count
