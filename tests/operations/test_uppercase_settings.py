"""Old names in what a fleet's app is configured from, found by reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetctl.operations.uppercase_settings import find

APP = "from celery import Celery\napp = Celery()\n{}\n"
FROM_CONFIG = APP.format("app.config_from_object('proj.conf')")


def found(folder: Path, app: str = "proj.celery:app", **environment: str) -> list[str]:
    """The warnings, each as FILE:LINE: MESSAGE."""
    return [
        f"{problem.file.relative_to(folder)}:{problem.line}: {problem.message}"
        for problem in find(app, folder, environment)
    ]


@pytest.fixture
def proj(tmp_path: Path) -> Path:
    """A package with an app that reads proj/conf.py."""
    folder = tmp_path / "proj"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "celery.py").write_text(FROM_CONFIG)
    (folder / "conf.py").write_text("x = 1\nBROKER_URL = 'x'\nCELERY_TIMEZONE = 'UTC'\n")
    return folder


@pytest.mark.parametrize("app", ["proj.celery:app", "proj.celery", "proj"])
def test_the_configuration_of_the_app(proj: Path, app: str) -> None:
    assert found(proj.parent, app) == [
        "proj/conf.py:2: BROKER_URL is called broker_url now",
        "proj/conf.py:3: CELERY_TIMEZONE is called timezone now",
    ]


def test_the_app_itself(proj: Path) -> None:
    (proj / "celery.py").write_text(APP.format("app.conf.BROKER_URL = 'x'"))
    assert found(proj.parent) == ["proj/celery.py:3: BROKER_URL is called broker_url now"]


def test_a_name_is_told_once_where_it_first_stands_with_its_new_one(proj: Path) -> None:
    (proj / "conf.py").write_text("BROKER_URL = 'x'\nCELERY_RESULT_BACKEND = BROKER_URL + '/1'\n")
    problems = find("proj.celery", proj.parent, {})
    assert [(each.line, each.message) for each in problems] == [
        (1, "BROKER_URL is called broker_url now"),
        (2, "CELERY_RESULT_BACKEND is called result_backend now"),
    ]
    hint = f"`fleetctl upgrade-settings {proj / 'conf.py'}` renames these 2"
    assert {each.hint for each in problems} == {hint}
    assert {each.text for each in problems} == {None}


def test_a_file_below_the_folder_one_stands_in_is_named_from_there(
    proj: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(proj.parent)
    hints = {each.hint for each in find("proj.celery", proj.parent, {})}
    assert hints == {"`fleetctl upgrade-settings proj/conf.py` renames these 2"}


def test_one_name_is_a_warning_without_its_value(proj: Path) -> None:
    (proj / "conf.py").write_text("BROKER_URL = 'redis://:secret@h'\n")
    (problem,) = find("proj.celery", proj.parent, {})
    assert problem.hint == f"`fleetctl upgrade-settings {proj / 'conf.py'}` renames it"
    assert "secret" not in repr(problem)
    assert problem.severity == "warning"


@pytest.mark.parametrize("environment", [{}, {"DJANGO_SETTINGS_MODULE": "proj.conf"}])
def test_the_settings_of_django(proj: Path, environment: dict[str, str]) -> None:
    variable = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.conf")\n'
    call = "app.config_from_object('django.conf:settings', namespace='CELERY')"
    (proj / "celery.py").write_text(("" if environment else variable) + APP.format(call))
    (proj / "conf.py").write_text("INSTALLED_APPS = []\nCELERYD_POOL = 'solo'\n")
    assert found(proj.parent, **environment) == [
        "proj/conf.py:2: CELERYD_POOL is called CELERY_WORKER_POOL now"
    ]


NOTHING = {
    "new names": "broker_url = 'x'\n",
    "names that stay": "CELERY_ENABLE_UTC = True\n",
    "no Python": "BROKER_URL = (\n",
    "an unknown encoding": "# coding: klingon\nBROKER_URL = 1\n",
    "an environment variable": "import os\nbroker_url = os.environ['BROKER_URL']\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_nothing_is_said_of(proj: Path, text: str) -> None:
    (proj / "conf.py").write_text(text)
    assert found(proj.parent) == []


@pytest.mark.parametrize("app", ["nowhere:app", "proj.nowhere", "..", "", "a b", "os"])
def test_nothing_is_said_of_an_app_that_is_not_found(tmp_path: Path, app: str) -> None:
    assert found(tmp_path, app) == []
