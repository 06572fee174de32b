"""Following the logs of a fleet: one loop for what is written, renamed, started and added."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from fleetctl.logs.backlog import Request
from fleetctl.logs.events import Emit, Reported
from fleetctl.logs.follower import Followed, Make
from fleetctl.logs.forms import Forms
from fleetctl.logs.live import Live, stream_of, unreadable
from fleetctl.logs.merge import NEVER, Merge, lowest
from fleetctl.logs.reading import chunk
from fleetctl.logs.record import Entry
from fleetctl.logs.sources import LogFile
from fleetctl.logs.splitter import Batch
from fleetctl.logs.streams import Account, Plain, Source, Stream, Truncated
from fleetctl.logs.wanted import Wanted
from fleetctl.logs.watch import Watch
from fleetctl.operations.logs import begin
from fleetctl.operations.loop import Loop
from fleetctl.operations.news import News
from fleetctl.operations.roster import Roster

HOLD_BACK = 0.07
"""Seconds a record waits for earlier ones of other files, and for lines of its own.

With the time it takes to wake up it is on the screen within a tenth of a second.
"""

_PATIENCE = 1.0
"""Seconds after which a record that still grows is shown as far as it goes."""

_HEARD_OUT = 3.0
"""Seconds for which what a node prints is left to go on: a banner makes noise of all before it."""

_TOLD_AFTER = 0.25
"""Seconds a start or an end is held, and what is later with it: so much later a node's last words
may be read."""

_PAUSE = 0.02
_LOOK_INTERVAL = 1.0
_LOOK_INTERVAL_ALONE = 0.25
_TURNS = 64
_MANY = 50_000


class Following:
    """Shows what the request asks for to `sink`, and then what is written, until the loop ends.

    `emit` is told what happens beside. Times are wall-clock seconds: logs are written in these.
    """

    def __init__(
        self,
        loop: Loop,
        roster: Roster,
        news: News,
        *,
        request: Request,
        sink: Callable[[list[Entry]], None],
        emit: Emit,
    ) -> None:
        self._loop = loop
        self._roster = roster
        self._news = news
        self._news_watched = 0
        self._reported: list[tuple[float, Reported]] = []
        self._request = request
        self._sink = sink
        self._emit = emit
        self._watch = Watch()
        self._merge = Merge()
        self._followed: dict[Path, Followed] = {}
        self._backlog: list[Stream] = []
        self._numbers: dict[int, Stream] = {}
        self._folders: dict[int, Path] = {}
        self._due = NEVER
        self._ticked = 0.0
        self._listening = False

    def start(self) -> None:
        """Open the files, and let the loop do the rest: show the backlog first, then what comes."""
        begun = time.time()
        by_node = self._roster.begin()
        lives = begin(by_node, self._request, self._emit)
        self._follow([file for files in by_node for file in files], lives, begun)
        for live in lives:
            self._backlog += live.older
        self._watch_all()
        blind = self._watch.descriptor is None
        self._loop.every(_LOOK_INTERVAL_ALONE if blind else _LOOK_INTERVAL, self._look)
        self._schedule(0.0)

    def close(self) -> None:
        """Follow no more."""
        for followed in self._followed.values():
            followed.close()
        self._news.close()
        self._watch.close()

    def _follow(self, files: Sequence[LogFile], lives: Sequence[Live], begun: float) -> None:
        by_path = {live.file.path: live for live in lives}
        now = time.time()
        others = {*self._followed, *(file.path for file in files)}
        for file in files:
            live = by_path.get(file.path)
            followed = Followed(
                file.path,
                file.label,
                _maker(file, live.forms if live else file.forms, self._request.wanted),
                self._emit,
                begun=begun,
                others=others,
                rotates=not file.printed,
            )
            if live is None:
                followed.begin(None, Account(), now)
            else:
                followed.begin(live.descriptor, live.account(), now, live.siblings)
            self._followed[file.path] = followed

    def _look(self) -> None:
        """See to what no event tells: new nodes, new files, file systems without events."""
        now = time.time()
        new = [file for file in self._roster.look() if file.path not in self._followed]
        if new:
            self._follow(new, (), now)
        for followed in self._followed.values():
            followed.check(now)
            for stream in followed.streams:
                stream.more = True
        self._schedule(0.0)

    def _schedule(self, delay: float) -> None:
        due = self._loop.now() + delay
        if due < self._due:
            self._due = due
            self._loop.call_at(due, self._tick_if_due)

    def _tick_if_due(self) -> None:
        if self._loop.now() >= self._due:
            self._due = NEVER
            self._tick()

    def _heard(self) -> None:
        """Something has changed. More of it is waited for a moment: writers write in bursts."""
        self._listen(False)
        self._schedule(max(0.0, self._ticked + _PAUSE - self._loop.now()))

    def _listen(self, on: bool) -> None:
        if self._watch.descriptor is None or on == self._listening:
            return
        self._listening = on
        if on:
            self._loop.watch(self._watch.descriptor, self._heard)
        else:
            self._loop.unwatch(self._watch.descriptor)

    def _tick(self) -> None:
        self._listen(False)
        now = time.time()
        # What a node has said before its end is read after the end is known, so it isn't missed.
        self._hear(now)
        self._notice(now)
        for _ in range(_TURNS):
            if not self._read_one(now):
                break
        self._finish(time.time())
        self._release()
        self._watch_all()
        self._ticked = self._loop.now()
        self._listen(True)
        self._schedule(self._patience(time.time()))

    def _hear(self, now: float) -> None:
        """Take up what the journal has to tell; a launch prints to a file of its own."""
        entries = self._news.read(self._roster.labels)
        self._reported += [(min(entry.at, now), Reported(entry)) for entry in entries]
        self._reported.sort(key=lambda each: each[0])
        if entries:
            self._look()

    def _notice(self, now: float) -> None:
        """Take up what inotify has to tell."""
        numbers = self._watch.changed()
        for number, stream in self._numbers.items():
            if numbers is None or number in numbers:
                stream.more = True
        folders = {
            folder
            for number, folder in self._folders.items()
            if numbers is None or number in numbers
        }
        for path, followed in self._followed.items():
            if path.parent in folders or followed.look_at <= now:
                followed.check(now)

    def _read_one(self, now: float) -> bool:
        """Read on where it is most behind; False if all has been read."""
        behind = [
            (stream.latest, number, stream, followed)
            for number, (stream, followed) in enumerate(self._streams())
            if stream.more
        ]
        if not behind:
            return False
        _, _, stream, followed = min(behind, key=lambda each: each[:2])
        size = chunk(len(behind))
        batch = followed.read(stream, now, size) if followed else self._read_old(stream, now, size)
        self._merge.add(stream, stream.label, batch, now)
        if stream.more and self._merge.count > _MANY:
            self._release()
        return True

    def _streams(self) -> list[tuple[Stream, Followed | None]]:
        followed = [(stream, one) for one in self._followed.values() for stream in one.streams]
        return [*((stream, None) for stream in self._backlog), *followed]

    def _read_old(self, stream: Stream, now: float, size: int) -> Batch:
        try:
            batch = stream.read(now, size)
        except (OSError, EOFError, Truncated) as error:
            unreadable(self._emit, stream.label, stream.path, error)
            stream.more, batch = False, Batch()
        if stream.more:
            return batch
        rest = stream.end()
        stream.close()
        self._backlog.remove(stream)
        return Batch(batch.times + rest.times, batch.texts + rest.texts)

    def _finish(self, now: float) -> None:
        """End the records that nothing has followed for a while, and the files that are over."""
        for stream, _ in self._streams():
            if stream.splitter.pending and not stream.more and now >= _over_at(stream):
                self._merge.add(stream, stream.label, stream.end_record(), now)
        for followed in self._followed.values():
            for stream, batch in followed.tidy(now):
                self._merge.add(stream, stream.label, batch, now)

    def _release(self) -> None:
        """Show what needn't wait any more, each start and end where it belongs."""
        now = time.time()
        while self._reported and self._reported[0][0] <= now - _TOLD_AFTER:
            at, reported = self._reported.pop(0)
            self._show(now, at)
            self._emit(reported)
        self._show(now, lowest(at for at, _ in self._reported))

    def _show(self, now: float, told: float) -> None:
        streams = [stream for stream, _ in self._streams()]
        unread = lowest(stream.latest for stream in streams if stream.more)
        begun = lowest(
            stream.latest for stream in streams if stream.splitter.pending and not stream.printed
        )
        held = now - HOLD_BACK
        entries = self._merge.release(held, arrived_by=held, barrier=min(unread, begun, told))
        # A clock that is far behind must not hold up all others.
        late = held - HOLD_BACK
        entries += self._merge.release(-NEVER, arrived_by=late, barrier=min(unread, told))
        if entries:
            self._sink(entries)

    def _patience(self, now: float) -> float:
        streams = [stream for stream, _ in self._streams()]
        if any(stream.more for stream in streams):
            return 0.0
        waits = [_over_at(stream) for stream in streams if stream.splitter.pending]
        waits.append(self._merge.waiting_since + HOLD_BACK)
        waits += [followed.look_at for followed in self._followed.values()]
        waits += [at + _TOLD_AFTER for at, _ in self._reported]
        return max(0.005, lowest(waits) - now)

    def _watch_all(self) -> None:
        """Have the kernel tell of all that is followed by now, and of nothing else."""
        self._merge.retain({stream for stream, _ in self._streams()})
        streams = {stream for stream, followed in self._streams() if followed}
        for number in [each for each, stream in self._numbers.items() if stream not in streams]:
            del self._numbers[number]
            self._watch.forget(number)
        for stream in streams.difference(self._numbers.values()):
            source = stream.source
            watched = self._watch.file(source.descriptor) if isinstance(source, Plain) else None
            if watched is not None:
                self._numbers[watched] = stream
                # It may have grown before it was watched.
                stream.more = True
        if self._news.descriptor is not None and self._news.opened != self._news_watched:
            self._news_watched = self._news.opened
            self._watch.file(self._news.descriptor)
        folders = {followed.path.parent for followed in self._followed.values() if followed.rotates}
        for folder in folders.difference(self._folders.values()):
            watched = self._watch.folder(folder)
            if watched is not None:
                self._folders[watched] = folder


def _over_at(stream: Stream) -> float:
    """When the record that is open has had its time."""
    if not stream.settled:
        return stream.changed + _HEARD_OUT
    return min(stream.changed + HOLD_BACK, stream.opened + _PATIENCE)


def _maker(file: LogFile, forms: Forms, wanted: Wanted) -> Make:
    def make(source: Source, path: Path) -> Stream:
        return stream_of(file, source, path, forms, wanted, modified=time.time())

    return make
