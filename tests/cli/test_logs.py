"""`fleetctl logs` on logs that no worker is needed for: order, reach, bad input."""

from __future__ import annotations

import gzip
import json
import os
import subprocess

import pytest

from fleetctl.display.status_json import timestamp
from tests.logs.making import local, log, numbers, record, time_of, written
from tests.support.fleets import FLEETCTL, Fleet

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def shown(fleet: Fleet, *arguments: str) -> list[int]:
    """The numbers of the records that `logs` shows; it must succeed."""
    result = fleet.run("logs", *arguments)
    assert result.code == 0, result
    return numbers(result.stdout)


def test_the_nodes_records_are_merged_behind_their_names(two: Fleet) -> None:
    result = two.run("logs")
    assert numbers(result.stdout) == list(range(40))
    assert result.stdout.splitlines()[0] == f"w1 | {record(0)}".rstrip()
    assert result.stderr == ""


def test_so_many_records_of_each_node_are_shown(two: Fleet) -> None:
    assert shown(two, "-n", "2") == [36, 37, 38, 39]
    assert shown(two, "-n", "0") == []
    assert shown(two, "-n", "all", "w2") == list(range(1, 40, 2))


def test_times_bound_what_is_shown(two: Fleet) -> None:
    since, until = (local(time_of(n)).isoformat() for n in (10, 12))
    assert shown(two, "--since", since, "--until", until) == [10, 11, 12]
    assert shown(two, "--until", until, "-n", "1") == [11, 12]
    utc = local(time_of(38)).astimezone().isoformat()
    assert shown(two, "--since", utc) == [38, 39]


@pytest.mark.parametrize("since", ["9999-12-31T23:59:59", "0001-01-01T00:00+14:00"])
def test_a_moment_at_the_edge_of_the_calendar_is_a_moment(two: Fleet, since: str) -> None:
    assert shown(two, "--since", since) == ([] if since > "1" else list(range(40)))


def test_of_a_task_that_was_cut_off_the_history_is_asked(two: Fleet) -> None:
    cut = {"id": "4be1c0de-1", "name": "shop.slow", "fate": "lost"}
    line = {"at": 1.0, "node": "w1", "what": "signal", "signal": "QUIT", "tasks": [cut]}
    (two.folder / "run").mkdir(exist_ok=True)
    (two.folder / "run" / "journal.jsonl").write_text(f"{json.dumps(line)}\n")
    said = "Task shop.slow[4be1c0de-1] received"
    written(log(two, "w1"), record(1).replace("record=1", said))
    for task in ("4be1c0de", "slow", "shop.slow"):
        result = two.run("logs", "--task", task)
        assert result.code == 0, result
        assert "lost: shop.slow[4be1c0de-1]; `fleetctl history w1` says" in result.stderr
    assert "lost" not in two.run("logs", "w2", "-n", "1").stderr


def test_a_traceback_is_part_of_its_record(two: Fleet) -> None:
    trace = "Traceback (most recent call last):\nValueError: needle\n"
    written(log(two, "w1"), record(1) + record(2, level="ERROR", below=trace) + record(3))
    for search in (["--grep", "needle"], ["--level", "error"], ["--grep", "NEEDLE", "-i"]):
        result = two.run("logs", "w1", *search)
        assert result.stdout.splitlines()[1:] == [f"w1 | {line}" for line in trace.splitlines()]
    assert shown(two, "w1", "-n", "2") == [2, 3]
    assert shown(two, "w1", "--grep", "needle", "-v") == [1, 3]


def test_json_has_one_object_a_record(two: Fleet) -> None:
    text = record(1, level="ERROR", below="  below\n").replace("record", "Task a.b[x]: r")
    written(log(two, "w1"), text)
    (line,) = two.run("logs", "w1", "--json").stdout.splitlines()
    assert json.loads(line) == {
        "node": "w1",
        "time": timestamp(time_of(1)),
        "level": "ERROR",
        "process": "MainProcess",
        "task": {"id": "x", "name": "a.b"},
        "message": "Task a.b[x]: r=1",
        "extra": ["  below"],
    }


def test_rotated_siblings_are_reached_back_into(two: Fleet) -> None:
    path = log(two, "w1")
    old = "".join(record(n) for n in range(-40, -20))
    older = "".join(record(n) for n in range(-60, -40))
    written(path.with_name("w1.log.1"), old, modified=time_of(-20))
    written(path.with_name("w1.log.2.gz"), gzip.compress(older.encode()), modified=time_of(-40))
    reached = [len(shown(two, "w1", "-n", str(count))) for count in (20, 21, 40, 41, 60, 99)]
    assert reached == [20, 21, 40, 41, 60, 60]
    lines = two.run("logs", "w1", "-n", "all").stdout.splitlines()
    assert lines == sorted(lines)
    since = local(time_of(-30)).isoformat()
    assert len(shown(two, "w1", "--since", since)) == 30


@pytest.mark.parametrize("damaged", [b"garbage", gzip.compress(b"x" * 9)[:-4] + b"oops"])
def test_a_damaged_sibling_is_told_by_its_own_name(two: Fleet, damaged: bytes) -> None:
    written(log(two, "w1").with_name("w1.log.4.gz"), damaged, modified=time_of(-20))
    for reach in ("all", "99"):
        result = two.run("logs", "-n", reach)
        assert (result.code, numbers(result.stdout)) == (3, list(range(40))), result
        assert result.stderr.startswith("w1: cannot read log/w1.log.4.gz: "), result


def test_paths_are_told_without_reading_them(two: Fleet) -> None:
    old = written(log(two, "w1").with_name("w1.log.1"), "x")
    lines = two.run("logs", "--paths").stdout.splitlines()
    assert lines == [f"w1  {old}", f"w1  {log(two, 'w1')}", f"w2  {log(two, 'w2')}"]
    files = json.loads(two.run("logs", "--paths", "--json").stdout)["files"]
    assert files[0] == {"node": "w1", "path": str(old)}


def test_raw_gives_the_bytes_of_the_file(two: Fleet) -> None:
    content = record(1).encode() + b"caf\xe9 \x1b[31m\x00\n"
    written(log(two, "w1"), content)
    done = subprocess.run(
        [FLEETCTL, "logs", "w1", "--raw"], cwd=two.folder, capture_output=True, check=True
    )
    assert done.stdout.startswith(record(1).encode() + b"caf\xe9 \x1b[31m")


def test_no_control_character_of_a_log_is_passed_on(two: Fleet) -> None:
    written(log(two, "w1"), record(1).encode() + b"\x1b]0;owned\x07 \x9b31m caf\xc3\xa9\r\n\ttab\n")
    lines = two.run("logs", "w1").stdout.splitlines()
    assert lines[1:] == ["w1 | \\x1b]0;owned\\x07 \\x9b31m café", "w1 | \ttab"]


@pytest.mark.parametrize("what", ["folder", "fifo"])
def test_what_is_no_file_is_told_and_the_others_shown(two: Fleet, what: str) -> None:
    log(two, "w1").unlink()
    if what == "folder":
        log(two, "w1").mkdir()
    else:
        os.mkfifo(log(two, "w1"))
    result = two.run("logs", "-n", "1")
    assert (result.code, numbers(result.stdout)) == (3, [39]), result
    assert result.stderr.startswith("w1: cannot read log/w1.log: is a ")


@as_root
def test_what_may_not_be_read_is_told_and_the_others_shown(two: Fleet) -> None:
    log(two, "w1").chmod(0)
    two.prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid=0"]
    result = two.run("logs", "-n", "1")
    assert (result.code, numbers(result.stdout)) == (3, [39]), result
    assert "w1: cannot read log/w1.log: permission denied" in result.stderr


def test_a_log_that_is_not_there_yet_is_no_error(two: Fleet) -> None:
    log(two, "w1").unlink()
    result = two.run("logs", "-n", "1")
    assert (result.code, numbers(result.stdout)) == (0, [39]), result
    assert result.stderr == "w1: no log yet: log/w1.log\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--grep", "("], "--grep"),
        (["--since", "yesterday"], "--since"),
        (["--since", "1h", "--until", "2h"], "--since is after --until"),
        (["--level", "loud"], "--level"),
        (["-n", "-1"], "--lines"),
        (["-n", "many"], "--lines"),
        (["-f", "--until", "1h"], "--follow"),
        (["-i"], "--grep"),
        (["--task", ""], "--task"),
        (["nobody"], "nobody"),
    ],
)
def test_what_cannot_be_meant_is_said_so(two: Fleet, arguments: list[str], said: str) -> None:
    result = two.run("logs", *arguments)
    assert (result.code, result.stdout) == (2, ""), result
    assert said in result.stderr


def test_binary_garbage_and_one_long_line_are_survived(two: Fleet) -> None:
    written(log(two, "w1"), os.urandom(300_000) + b"\n" + b"x" * 5_000_000)
    result = two.command(["sh", "-c", f"{FLEETCTL} logs w1 -n 5 | wc -c"])
    assert result.code == 0, result
    assert int(result.stdout) < 2_000_000


def test_of_a_hole_the_same_is_told_however_far_back_one_looks(two: Fleet) -> None:
    path, hole = log(two, "w1"), 20 << 30
    written(path, record(1) + record(2))
    with path.open("r+b") as file:
        file.seek(hole, os.SEEK_END)
        file.write((record(3) + record(4)).encode())
    for reach in (["-n", "3"], ["-n", "all"], ["--since", local(time_of(0)).isoformat()]):
        result = two.run("logs", "w1", *reach)
        assert numbers(result.stdout)[-3:] == [2, 3, 4]
        assert f"[... {hole} NUL bytes ...]" in result.stdout


def test_mixed_zones_and_forms_in_one_file_are_sorted_against_the_other(two: Fleet) -> None:
    moment = local(time_of(5)).astimezone().isoformat()
    written(log(two, "w1"), record(3) + f"{moment} WARNING record=5\n" + json_record(7) + record(9))
    assert shown(two)[:8] == [1, 3, 3, 5, 5, 7, 7, 9]
    assert shown(two, "w1", "--level", "warning") == [5, 7]


def json_record(number: int) -> str:
    line = {"event": f"record={number}", "level": "error", "timestamp": time_of(number)}
    return json.dumps(line) + "\n"


def test_what_a_node_printed_before_its_logging_was_up_is_part_of_its_log(fleet: Fleet) -> None:
    fleet.module("proj", "import no_such_library\n")
    fleet.write({"w1": {"pool": "solo"}}, app="proj:app")
    assert fleet.run("start").code == 3
    result = fleet.run("logs")
    assert "w1 | ModuleNotFoundError: No module named 'no_such_library'" in result.stdout, result
    (line,) = fleet.run("logs", "--json", "--level", "error").stdout.splitlines()
    assert "no_such_library" in json.loads(line)["extra"][-1]


def test_the_hour_that_comes_twice_is_told_apart(fleet: Fleet) -> None:
    fleet.write(
        {
            "berlin": {"pool": "solo", "env": {"TZ": "Europe/Berlin"}},
            "utc": {"pool": "solo", "env": {"TZ": "UTC"}},
        }
    )
    local_times = ["01:30", "02:15", "02:45", "02:15", "02:45", "03:15"]
    utc_times = ["23:45", "00:30", "01:00", "01:30", "02:00", "02:30"]
    berlin = [_at(f"2026-10-25 {text}", n * 2) for n, text in enumerate(local_times)]
    utc = [
        _at(f"2026-10-2{'4' if text > '20' else '5'} {text}", n * 2 + 1)
        for n, text in enumerate(utc_times)
    ]
    written(log(fleet, "berlin"), "".join(berlin))
    written(log(fleet, "utc"), "".join(utc))
    assert shown(fleet, "-n", "all") == list(range(12))
    assert shown(fleet, "--since", "2026-10-25T01:00Z", "--until", "2026-10-25T01:59Z") == [
        5,
        6,
        7,
        8,
    ]


def _at(moment: str, number: int) -> str:
    return f"[{moment}:00,000: INFO/MainProcess] record={number}\n"


def test_two_nodes_that_share_a_log_show_it_once(fleet: Fleet) -> None:
    shared = {"pool": "solo", "logfile": "all.log"}
    fleet.write({"w1": shared, "w2": shared})
    written(fleet.folder / "log" / "all.log", record(1) + record(2))
    assert shown(fleet) == [1, 2]


@pytest.mark.parametrize("options", [["-n", "all"], ["-n", "all", "--json"], ["-f", "-n", "all"]])
def test_a_reader_that_has_gone_ends_it_quietly(two: Fleet, options: list[str]) -> None:
    written(log(two, "w1"), "".join(record(n) for n in range(20_000)))
    command = f"{FLEETCTL} logs {' '.join(options)} | head -n 1"
    result = two.command(["bash", "-o", "pipefail", "-c", command])
    assert (result.code, result.stderr) == (0, ""), result
    assert len(result.stdout.splitlines()) == 1


def test_more_logs_than_may_be_open_at_once_are_told_not_tried(two: Fleet) -> None:
    (two.folder / "log").mkdir(exist_ok=True)
    two.path.write_text(two.path.read_text() + "logfile: '%n%I.log'\n")
    for number in range(300):
        (two.folder / "log" / f"w1-{number}.log").touch()
    two.prefix = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"]
    result = two.run("logs", "w1")
    assert result.code == 1, result
    assert "files are to be open at once, and only 256 may be" in result.stderr
    assert "ulimit" in result.stderr


def test_a_task_goes_by_the_end_of_its_name_where_none_is_called_that(two: Fleet) -> None:
    written(log(two, "w1"), record(1).replace("record=1", "Task shop.pay[1] received"))
    assert "shop.pay[1]" in two.run("logs", "--task", "pay").stdout
    written(log(two, "w2"), record(2).replace("record=2", "Task pay[2] received"))
    narrow = two.run("logs", "--task", "pay").stdout
    assert "Task pay[2]" in narrow
    assert "shop.pay" not in narrow


def test_a_task_of_which_nothing_fits_gives_way_to_none_whose_name_ends_so(two: Fleet) -> None:
    written(log(two, "w1"), record(1).replace("record=1", "Task pay[1] received"))
    other = record(2, level="ERROR").replace("record=2", "Task shop.pay[2] raised")
    written(log(two, "w2"), other)
    result = two.run("logs", "--task", "pay", "--level", "error")
    assert (result.code, result.stdout) == (1, "")


def test_where_no_record_is_asked_for_no_task_is_missed(two: Fleet) -> None:
    result = two.run("logs", "--task", "shop.pay", "-n", "0")
    assert (result.code, result.output) == (0, "")


def test_a_word_of_a_message_is_no_task(two: Fleet) -> None:
    text = record(1).replace("record=1", "Task shop.pay[1] received")
    written(log(two, "w1"), text + record(2).replace("record=2", "to pay, or shop.tax, is hard"))
    (line,) = two.run("logs", "--task", "pay").stdout.splitlines()
    assert "shop.pay[1]" in line
    assert two.run("logs", "--task", "tax").code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--task", "shop.pya"), "error: no log tells of a task shop.pya\nhint: did you mean"),
        (("--task", "xyzzy"), "hint: there are: shop.pay\n"),
        (("--task", "4be1c0de"), "hint: `fleetctl logs --paths`"),
        (("--task", "pay", "--level", "error"), "fits the other options\nhint: without them there"),
        (("--task", "shop.pay", "--level", "error"), "hint: without them there is something"),
    ],
)
def test_a_task_that_no_log_tells_of_is_an_error(
    two: Fleet, arguments: tuple[str, ...], said: str
) -> None:
    written(log(two, "w1"), record(1).replace("record=1", "Task shop.pay[1] received"))
    result = two.run("logs", *arguments)
    assert (result.code, result.stdout) == (1, "")
    assert said in result.stderr
