"""What came of an upgrade of settings, in words and as a diff."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetctl.display import settings_diff
from fleetctl.display.settings_json import document
from fleetctl.display.settings_summary import render
from fleetctl.operations.upgrade_settings import Dangling, FileReport, Report
from fleetctl.operations.verifying import Target, Verified
from fleetctl.settings.model import Note, Place, Renaming
from tests.display.printing import drawn, golden, signs

FOLDER = Path("/srv/shop")
BROKER = Renaming(Place(2, 1, "BROKER_URL"), "broker_url")
ZONE = Place(3, 1, "CELERY_TIMEZONE")

REPORT = Report(
    files=[
        FileReport(
            path=FOLDER / "celeryconfig.py",
            before="a\n",
            after="b\n",
            renamed=(BROKER, Renaming(ZONE, "timezone")),
            written=True,
            backup=FOLDER / "celeryconfig.py.orig.1",
            notes=(
                Note("person", "Celery 4 sends no error mails", (Place(9, 5, "X"),), "delete it"),
            ),
        ),
        FileReport(
            path=FOLDER / "shop" / "settings.py",
            notes=(
                Note("left", "Django keeps uppercase settings only, as it has done ever since",
                     tuple(Place(line, 1, f"CELERY_SETTING_{line}") for line in range(1, 60)),
                     "--django, if the app says so"),
            ),
        ),
        FileReport(path=FOLDER / "shop" / "celery.py", before="a", after="b", added=(8,),
                   written=True),
        FileReport(path=Path("/elsewhere/old.py"), error="Python 2, which can't be read here",
                   hint="bring it to Python 3 first", line=3, column=7),
    ],
    dangling=[Dangling(FOLDER / "tasks.py", (BROKER,))],
    looked_at=5,
    verified=[
        Verified(Target(FOLDER / "celeryconfig.py", "module"), equal=207),
        Verified(Target(FOLDER / "config.py", "class", "Config"), equal=206,
                 uncertain=("task_default_queue",)),
        Verified(Target(FOLDER / "tasks.py", "conf")),
    ],
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 160])
def test_the_summary(width: int) -> None:
    shown = drawn(render(REPORT, width=width, symbols=signs(), folder=FOLDER, wrote=True), width)
    assert shown == golden(f"settings-{width}.txt", shown)
    assert all(len(text) <= width for text in shown.splitlines()[:-1])


def test_the_summary_in_ascii() -> None:
    symbols = signs("ascii")
    shown = drawn(
        render(REPORT, width=80, symbols=symbols, folder=FOLDER, wrote=True), encoding="ascii"
    )
    assert shown == golden("settings-80-ascii.txt", shown)


def test_a_difference_is_told_and_that_nothing_was_written() -> None:
    target = Target(FOLDER / "celeryconfig.py", "module")
    report = Report(verified=[Verified(target, equal=206, differ=("timezone",))])
    shown = drawn(render(report, width=80, symbols=signs(), folder=FOLDER, wrote=False))
    assert shown.splitlines() == [
        "✖ celeryconfig.py: Celery would see timezone otherwise",
        "nothing was written",
    ]


def test_nothing_to_do_is_said_in_a_line() -> None:
    shown = drawn(render(Report(looked_at=3), width=80, symbols=signs(), folder=FOLDER, wrote=True))
    assert shown == "nothing to upgrade in 3 files\n"


def test_the_document_has_the_same() -> None:
    told = document(REPORT)
    assert [file["error"] and file["error"]["line"] for file in told["files"]] == [
        None, None, None, 3,
    ]  # fmt: skip
    assert told["files"][0]["person"][0]["advice"] == "delete it"
    assert len(told["files"][1]["left"][0]["places"]) == 59
    assert told["files"][2]["namespace_added"] == [8]
    assert told["dangling"][0]["renamed"][0]["new"] == "broker_url"


def test_the_diff_has_what_changes_and_a_little_around_it() -> None:
    before = "".join(f"line {number}\n" for number in range(20))
    after = before.replace("line 9\n", "other 9\n")
    assert settings_diff.plain("a.py", before, after).splitlines() == [
        "--- a.py", "+++ a.py", "@@ -7,7 +7,7 @@", " line 6", " line 7", " line 8", "-line 9",
        "+other 9", " line 10", " line 11", " line 12",
    ]  # fmt: skip


def test_the_raw_diff_keeps_every_byte() -> None:
    before = b"\tx\r\n\x0cBROKER_URL \xe9"
    assert settings_diff.raw("a.py", before, before.replace(b"BROKER", b"broker")) == (
        b"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n \tx\r\n"
        b"-\x0cBROKER_URL \xe9\n\\ No newline at end of file\n"
        b"+\x0cbroker_URL \xe9\n\\ No newline at end of file\n"
    )


def test_the_raw_diff_of_an_absolute_path_is_for_the_root() -> None:
    diff = settings_diff.raw("/srv/a.py", b"x\n", b"y\n")
    assert diff.startswith(b"--- a/srv/a.py\n+++ b/srv/a.py\n")


def test_the_diff_counts_lines_as_editors_do() -> None:
    before = "a = '\x0c\u2028\x1c'\r\nb\r\n"
    shown = settings_diff.plain("a.py", before, before.replace("b", "c")).splitlines()
    assert shown[2:] == ["@@ -1,2 +1,2 @@", " a = '\\x0c\\u2028\\x1c'", "-b", "+c"]


def test_the_diff_in_colours() -> None:
    shown = drawn(settings_diff.render("a.py", "a\n\x1b[31mb\n", "a\nc\n"), colour=True)
    assert "\x1b[31m-\\x1b[31mb" in shown
    assert "\x1b[32m+c" in shown
