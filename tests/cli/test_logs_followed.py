"""`fleetctl logs -f` on logs that no worker is needed for."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.logs.making import local, log, numbers, written
from tests.support.fleets import FLEETCTL, Fleet
from tests.support.waiting import wait_until


@contextmanager
def following(fleet: Fleet, *arguments: str) -> Iterator[Path]:
    """`logs -f`, both streams into the file given."""
    path = fleet.folder / "shown"
    with path.open("wb") as output:
        process = subprocess.Popen(
            [FLEETCTL, "logs", "-f", *arguments],
            cwd=fleet.folder,
            env=fleet.environment,
            stdout=output,
            stderr=output,
        )
        try:
            yield path
        finally:
            process.terminate()
            process.wait()


def see(path: Path, text: str) -> None:
    wait_until(lambda: text in path.read_text(), timeout=20, what=text, detail=path.read_text)


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def now(number: int, below: str = "") -> str:
    """A record of this moment."""
    stamp = local().isoformat(" ", "milliseconds").replace(".", ",")
    return f"[{stamp}: INFO/MainProcess] record={number}\n{below}"


def test_following_shows_the_last_and_then_what_is_written(two: Fleet) -> None:
    with following(two, "-n", "1") as path:
        see(path, "record=39")
        append(log(two, "w1"), now(100, "  below\n") + "half of ")
        see(path, "w1 |   below")
        assert "half" not in path.read_text()
        append(log(two, "w1"), "a line\n")
        see(path, "w1 | half of a line")
        assert numbers(path.read_bytes()) == [38, 39, 100]


def test_a_log_that_appears_is_followed_from_its_beginning(two: Fleet) -> None:
    log(two, "w2").unlink()
    with following(two, "-n", "1") as path:
        see(path, "w2: no log yet")
        written(log(two, "w2"), now(200))
        see(path, "record=200")
        assert "w2: log/w2.log is there now" in path.read_text()


def test_a_worker_that_joins_fleet_yaml_is_followed_and_an_error_there_only_told(
    two: Fleet,
) -> None:
    with following(two, "-n", "1") as path:
        see(path, "record=39")
        two.path.write_text("workers: [")
        see(path, "fleet.yaml has changed and is in error")
        two.write({"w1": {"pool": "solo"}, "w2": {"pool": "solo"}, "w3": {"pool": "solo"}})
        see(path, "w3: is in fleet.yaml now")
        written(log(two, "w3"), now(300))
        see(path, "w3 | ")
        append(log(two, "w1"), now(301))
        see(path, "record=301")


def test_rotation_and_removal_are_told_in_a_quiet_line(two: Fleet) -> None:
    with following(two, "-n", "1") as path:
        see(path, "record=39")
        log(two, "w1").rename(log(two, "w1").with_name("w1.log.1"))
        append(log(two, "w1"), now(400))
        see(path, "record=400")
        assert "w1: log/w1.log was rotated" in path.read_text()
        log(two, "w2").write_text("")
        see(path, "w2: log/w2.log was truncated")
        log(two, "w2").unlink()
        see(path, "w2: log/w2.log was removed")


def test_a_damaged_sibling_is_told_by_its_own_name(two: Fleet) -> None:
    written(log(two, "w1").with_name("w1.log.4.gz"), b"garbage", modified=1.0)
    with following(two, "-n", "all") as path:
        see(path, "w1: cannot read log/w1.log.4.gz: ")
        see(path, "record=39")


def test_a_journal_that_cannot_be_read_is_told_once_and_what_comes_after_it_as_well(
    two: Fleet,
) -> None:
    journal = two.folder / "run" / "journal.jsonl"
    journal.mkdir(parents=True)
    with following(two, "-n", "1", "-q") as path:
        complaint = "cannot read run/journal.jsonl: is a directory; starts and ends aren't told\n"
        see(path, complaint)
        see(path, "record=39")
        journal.rmdir()
        journal.touch()
        entry = {"at": time.time() + 1, "node": "w1", "what": "exit", "launch": "a", "code": 7}
        append(journal, json.dumps(entry) + "\n")
        append(log(two, "w1"), now(100))
        see(path, "record=100")
        assert path.read_text().count(complaint) == 1
    with following(two, "-n", "1") as path:
        see(path, "record=39")
        journal.write_text("")
        append(journal, json.dumps({**entry, "at": time.time() + 1, "code": 8}) + "\n")
        see(path, "w1: exit code 8")
        assert "exit code 7" not in path.read_text()


def test_an_interrupt_ends_the_following_quietly(two: Fleet) -> None:
    process = two.begin("logs", "-f", "-n", "1")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(2)
    out, _ = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in out


def test_records_of_two_nodes_written_out_of_turn_are_shown_in_order(two: Fleet) -> None:
    with following(two, "-n", "1") as path:
        see(path, "record=39")
        for number in range(20):
            early = now(1000 + 2 * number)
            time.sleep(0.002)
            late = now(1001 + 2 * number)
            append(log(two, "w2"), late)
            append(log(two, "w1"), early)
            see(path, f"record={1001 + 2 * number}")
        assert numbers(path.read_bytes())[2:] == list(range(1000, 1040))
