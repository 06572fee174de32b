"""Logs to read."""

from __future__ import annotations

import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

from tests.support.fleets import Fleet

BEGIN = datetime(2026, 11, 22, 20, 0, 0)  # noqa: DTZ001 - logs are local


def record(number: int, *, step: float = 1.0, level: str = "INFO", below: str = "") -> str:
    """The record of a number; they are `step` seconds apart."""
    moment = BEGIN + timedelta(seconds=number * step)
    stamp = f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03}"
    return f"[{stamp}: {level}/MainProcess] record={number}\n{below}"


def time_of(number: int, *, step: float = 1.0) -> float:
    """When it was made, in epoch seconds."""
    return (BEGIN + timedelta(seconds=number * step)).timestamp()


def written(path: Path, text: str | bytes, *, modified: float | None = None) -> Path:
    """A file with this in it, last changed then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if modified is not None:
        os.utime(path, (modified, modified))
    return path


def numbers(text: bytes | str) -> list[int]:
    """The numbers of the records in a text."""
    said = text if isinstance(text, str) else text.decode("utf-8", "replace")
    return [int(number) for number in re.findall(r"record=(-?\d+)", said)]


def log(fleet: Fleet, name: str) -> Path:
    return fleet.folder / "log" / f"{name}.log"


def local(moment: float | None = None) -> datetime:
    """A moment as logs have it: local, and without its zone."""
    return datetime.fromtimestamp(time.time() if moment is None else moment)  # noqa: DTZ006
