"""Files with holes in them: what was never written costs no reading."""

from __future__ import annotations

import os
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from fleetctl.logs import backwards, files, seek
from fleetctl.logs.forms import Forms
from fleetctl.logs.stamps import Clock
from fleetctl.logs.streams import Account, Plain, Stream
from fleetctl.logs.wanted import Wanted
from tests.logs.making import numbers, record, time_of

HOLE = 1 << 34


def holed(folder: Path) -> Path:
    """A thousand records, sixteen gigabytes that nobody wrote, a thousand more."""
    path = folder / "w1.log"
    with path.open("wb") as file:
        file.write("".join(map(record, range(1000))).encode())
        file.seek(HOLE, os.SEEK_CUR)
        file.write("".join(map(record, range(1000, 2000))).encode())
    return path


def test_a_moment_is_found_on_either_side_of_a_hole(tmp_path: Path) -> None:
    path = holed(tmp_path)
    with path.open("rb") as file:
        size = path.stat().st_size
        for number in (500, 1500):
            place = seek.begin(file.fileno(), size, time_of(number), Forms(), Clock())
            file.seek(place)
            stamp = file.readline()[1:20].decode()
            moment = datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S").astimezone().timestamp()
            assert moment <= time_of(number)
            assert (place > HOLE) is (number > 1000)


def test_a_hole_is_counted_and_not_read(tmp_path: Path) -> None:
    path = holed(tmp_path)
    source = Plain(os.open(path, os.O_RDONLY), Account())
    stream = Stream(
        "w1", source, path, forms=Forms(), wanted=Wanted(), modified=path.stat().st_mtime
    )
    texts: list[bytes] = []
    reads = 0
    while stream.more:
        texts += stream.read(0.0).texts
        reads += 1
    texts += stream.end().texts
    stream.close()
    assert reads < 10
    assert len(texts) == 2000
    assert texts[999].endswith(b"\n[... %d NUL bytes ...]" % HOLE)


def test_a_hole_is_left_out_backwards_and_what_is_before_it_found(tmp_path: Path) -> None:
    path = holed(tmp_path)
    reads = 0
    with path.open("rb") as file:
        size = path.stat().st_size
        for _ in backwards.blocks(file.fileno(), size):
            reads += 1
        found = list(backwards.records(file.fileno(), size, Forms(), Clock()))
    assert reads < 20
    assert len(found) == 2000
    assert numbers(b"".join(each.text for each in found)) == list(range(2000))[::-1]


@pytest.mark.parametrize("hole", [0, 1, 3, 4096, 1 << 20, 1 << 34])
def test_where_a_hole_begins_is_known_from_its_end(tmp_path: Path, hole: int) -> None:
    path = tmp_path / "w1.log"
    written = b"x" * (1 << 16)
    with path.open("wb") as file:
        for _ in range(3):
            file.write(written)
            file.seek(hole, os.SEEK_CUR)
        file.write(written)
    with path.open("rb") as file:
        end = path.stat().st_size - len(written)
        begin = files.before_hole(file.fileno(), end)
        assert end - hole <= begin <= end
        assert begin == end or end - begin > hole - (1 << 16)
        assert files.before_hole(file.fileno(), end + 1) == end + 1
        assert files.before_hole(file.fileno(), end, end) == end


def test_a_hole_at_the_end_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "w1.log"
    path.write_text("".join(map(record, range(100))))
    os.truncate(path, HOLE)
    source = Plain(os.open(path, os.O_RDONLY), Account(), end=HOLE)
    stream = Stream("w1", source, path, forms=Forms(), wanted=Wanted(), modified=0.0)
    texts: list[bytes] = []
    while stream.more:
        texts += stream.read(0.0).texts
    texts += stream.end().texts
    stream.close()
    assert len(texts) == 100
    assert b"NUL bytes" in texts[-1]


@pytest.mark.parametrize("year", [1, 9999])
@pytest.mark.parametrize("zone", [None, ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Kiritimati")])
def test_a_moment_at_the_edge_of_the_calendar_is_before_or_after_all(
    tmp_path: Path, year: int, zone: tzinfo | None
) -> None:
    path = tmp_path / "w1.log"
    path.write_text("".join(map(record, range(2000))))
    edge = (year, 1, 1) if year == 1 else (year, 12, 31)
    moment = datetime(*edge, tzinfo=timezone.utc).timestamp()
    size = path.stat().st_size
    forms = Forms(zone=zone)
    with path.open("rb") as file:
        begin = seek.begin(file.fileno(), size, moment, forms, Clock(zone))
        end = seek.end(file.fileno(), size, moment, forms, Clock(zone))
    assert (begin == 0, end == size) == (year == 1, year == 9999)
