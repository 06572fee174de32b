"""A log that is written and rotated as fast as it goes, and what should be read of it."""

from __future__ import annotations

import gzip
import logging
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from logging.handlers import WatchedFileHandler
from pathlib import Path

FORMAT = "[%(asctime)s: %(levelname)s/%(processName)s] %(message)s"

Rotate = Callable[[Path, int], None]


def renamed(path: Path, number: int) -> None:
    """Renamed to a name of its own, as with `dateext`; the writer makes a new one."""
    path.rename(path.with_name(f"{path.name}-20261122-{number:010}"))


def renamed_and_created(path: Path, number: int) -> None:
    """Renamed, and a new one made at once, as with `create`."""
    renamed(path, number)
    path.touch()


def shifted(path: Path, _number: int) -> None:
    """All older ones renamed by one, as without `dateext`."""
    olds = sorted(path.parent.glob(f"{path.name}.*"), key=_shift, reverse=True)
    for old in olds:
        old.rename(path.with_name(f"{path.name}.{_shift(old) + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))


def copied(path: Path, number: int) -> None:
    """Copied and truncated."""
    shutil.copyfile(path, path.with_name(f"{path.name}-20261122-{number:010}"))
    with path.open("r+b") as file:
        file.truncate()


def compressed(path: Path, number: int) -> None:
    """Renamed, then compressed."""
    renamed_and_created(path, number)
    _compress(path.with_name(f"{path.name}-20261122-{number:010}"))


def copied_and_compressed(path: Path, number: int) -> None:
    """Copied and truncated, then compressed."""
    copied(path, number)
    _compress(path.with_name(f"{path.name}-20261122-{number:010}"))


def deleted(path: Path, _number: int) -> None:
    """Taken away."""
    path.unlink()


def _shift(path: Path) -> int:
    return int(path.name.rpartition(".")[2])


def _compress(path: Path) -> None:
    packed = path.with_name(path.name + ".gz")
    with path.open("rb") as source, gzip.open(packed, "wb", compresslevel=1) as target:
        shutil.copyfileobj(source, target)
    path.unlink()


class Writer:
    """Writes numbered records with Celery's own kind of handler, until it is stopped."""

    def __init__(self, path: Path, pause: float) -> None:
        self._handler = WatchedFileHandler(path)
        self._handler.setFormatter(logging.Formatter(FORMAT))
        self._pause = pause
        self._numbers = count()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def close(self, last: str) -> None:
        """Write a last record."""
        self._emit(last)
        self._handler.close()

    def _write(self) -> None:
        while not self._stopped.is_set():
            for number in range(random.randrange(1, 20)):
                self._emit(f"record={next(self._numbers)}")
                if number % 7 == 0:
                    self._emit(f"record={next(self._numbers)}\nTraceback\n  of it")
            time.sleep(random.random() * self._pause)

    def _emit(self, message: str) -> None:
        record = logging.LogRecord("w", logging.INFO, "w.py", 1, message, (), None)
        self._handler.handle(record)


def rotate(path: Path, how: Rotate, times: int, pause: float) -> None:
    """Rotate so often, at no regular intervals; never an empty log."""
    for number in range(times):
        while not (path.exists() and path.stat().st_size):
            time.sleep(0.001)
        how(path, number)
        time.sleep(random.random() * pause)


def records_in(folder: Path) -> Counter[str]:
    """The records that are in the log and all that has become of it."""
    return Counter(
        word for path in folder.iterdir() for word in records_of(_content(path).decode())
    )


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def records_of(text: str) -> Iterator[str]:
    """The numbers of the records in a text."""
    for line in text.splitlines():
        if "] record=" in line:
            yield line.rpartition("record=")[2]
