"""Causes that need a user with less than root's rights, or another Celery."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleetctl.runtime import causes
from fleetctl.runtime.formats import Cause
from tests.runtime.conftest import MakeLaunch
from tests.runtime.driver import Launch
from tests.support.fleets import Fleet

LIBRARY = "from kombu import nosuch"
PLACES = ["app.py", "settings.py", "more_tasks.py"]
APPS = {
    "app.py": LIBRARY,
    "settings.py": """
from celery import Celery
app = Celery("app")
app.config_from_object("settings")
""",
    "more_tasks.py": """
from celery import Celery
app = Celery("app", include=["more_tasks"], broker="memory://")
""",
}

WITHOUT = ["dac_override", "dac_read_search", "fowner"]
LIKE_ANY_USER = [
    "setpriv",
    *(
        f"--{kind}=" + ",".join(f"-{one}" for one in WITHOUT)
        for kind in ("bounding-set", "inh-caps")
    ),
]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def cause_of(launch: Launch) -> Cause:
    assert launch.ended("w1").code != 0
    last = launch.snapshot("w1")
    assert last is not None
    assert last.cause is not None
    return last.cause


def an_error_in_a_library_is_one_line_and_a_place(launch: Launch, place: str) -> None:
    if place != "app.py":
        (launch.folder / place).write_text(LIBRARY)
    launch.node("w1", pool="solo")
    launch.start()
    cause = cause_of(launch)
    assert cause.message.startswith("ImportError: cannot import name 'nosuch' from 'kombu' (")
    assert "\n" not in cause.message
    assert "Traceback" not in cause.message
    assert (cause.file, cause.line) == (str(launch.folder / place), 1)


@pytest.mark.parametrize("place", PLACES)
def test_an_import_error_of_a_library_is_one_line_and_a_place_of_the_users(
    make_launch: MakeLaunch, place: str
) -> None:
    an_error_in_a_library_is_one_line_and_a_place(make_launch(APPS[place]), place)


@pytest.mark.parametrize("place", PLACES)
def test_an_older_celery_tells_an_import_error_no_worse(
    make_launch: MakeLaunch, old_python: str, place: str
) -> None:
    launch = make_launch(APPS[place], python=old_python)
    an_error_in_a_library_is_one_line_and_a_place(launch, place)


@as_root
@pytest.mark.parametrize("theirs", ["log", "log/w1.log"])
def test_a_log_of_another_users_is_a_permission_that_names_the_file(
    fleet: Fleet, theirs: str
) -> None:
    fleet.write({"w1": {"pool": "solo"}})
    log = fleet.folder / "log"
    log.mkdir()
    (log / "w1.log").touch()
    os.chown(fleet.folder / theirs, 65534, 65534)
    fleet.prefix = LIKE_ANY_USER
    result = fleet.run("start")
    assert result.code in (1, 3), result
    assert f"{fleet.folder / theirs}: permission denied" in result.output


@as_root
def test_a_file_the_app_may_not_read_is_a_permission_with_the_place_in_its_code(
    fleet: Fleet, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.touch(0o600)
    os.chown(secret, 65534, 65534)
    fleet.module("proj", APPS["settings.py"])
    fleet.module("settings", f"open({str(secret)!r})\n")
    fleet.write({"w1": {"pool": "solo"}}, app="proj:app")
    fleet.prefix = LIKE_ANY_USER
    result = fleet.run("start")
    assert result.code == 3, result
    place = fleet.folder / "settings.py"
    assert f"cannot open {secret}: permission denied at {place}:1" in result.output


def test_a_syntax_error_tells_its_place_once() -> None:
    error = SyntaxError("invalid syntax", ("/srv/tasks.py", 17, 5, "return s +", 17, 6))
    cause = causes.app_cause("proj", error)

    assert (cause.message, cause.file, cause.line) == (
        "SyntaxError: invalid syntax",
        "/srv/tasks.py",
        17,
    )
