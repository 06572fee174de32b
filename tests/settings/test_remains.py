"""Old names that are left in other files: told of, with their lines, where nobody followed."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fleetctl.settings.model import Place
from tests.settings.upgrading_projects import ROOT, run

CONFIG = "BROKER_URL = 'x'\nCELERY_TIMEZONE = 'UTC'\n"


def left(files: Mapping[str, str], **how: object) -> dict[str, tuple[Place, ...]]:
    """Where old names are left, by the files' names."""
    result = run(files, **how)  # type: ignore[arg-type]
    return {str(path.relative_to(ROOT)): places for path, places in result.remains.items()}


FOUND = {
    "an attribute of something": (
        "\nx = load().CELERY_TIMEZONE\n",
        Place(2, 12, "CELERY_TIMEZONE"),
    ),
    "a name from nowhere": ("print(BROKER_URL)\n", Place(1, 7, "BROKER_URL")),
    "a string": ("x = load('CELERY_TIMEZONE')\n", Place(1, 10, "CELERY_TIMEZONE")),
    "a dotted string": ("x = load('celeryconfig.BROKER_URL')\n", Place(1, 10, "BROKER_URL")),
    "a keyword": ("change(BROKER_URL=1)\n", Place(1, 8, "BROKER_URL")),
}


@pytest.mark.parametrize(("text", "place"), FOUND.values(), ids=FOUND)
def test_what_nobody_followed_is_told_of(text: str, place: Place) -> None:
    assert left({"celeryconfig.py": CONFIG, "other.py": text}) == {"other.py": (place,)}


NOT_TOLD = {
    "a comment": "# BROKER_URL\n",
    "prose": "'''The BROKER_URL of the app.'''\n",
    "a part of a longer name": "x.OLD_BROKER_URL\ny = 'MY_BROKER_URL'\n",
    "a variable of its own": "BROKER_URL = 1\nprint(BROKER_URL)\n",
    "an attribute of its own class": "class C:\n    BROKER_URL = 1\nprint(C().BROKER_URL)\n",
    "an environment variable": "import os\nx = os.environ['BROKER_URL']\n",
    "a default of one": "import os\nos.environ.setdefault('BROKER_URL', 'x')\n",
    "one of a test": "def test(monkeypatch):\n    monkeypatch.setenv('BROKER_URL', 'x')\n",
    "decouple's": "from decouple import config\nx = config('BROKER_URL')\n",
    "what was followed": "import celeryconfig\nprint(celeryconfig.BROKER_URL)\n",
    "another setting": "print(x.CELERYD_POOL)\n",
}


@pytest.mark.parametrize("text", NOT_TOLD.values(), ids=NOT_TOLD)
def test_what_is_somebody_elses_is_not_told_of(text: str) -> None:
    assert left({"celeryconfig.py": CONFIG, "other.py": text}) == {}


def test_a_file_alone_has_nothing_left() -> None:
    assert left({"celeryconfig.py": CONFIG + "print(x.BROKER_URL)\n"}) == {}


def test_names_that_stay_are_not_told_of() -> None:
    assert left({"mqtt.py": "BROKER_HOST = 'x'\n", "other.py": "print(x.BROKER_HOST)\n"}) == {}


def test_another_project_beside_it_is_not_told_of() -> None:
    files = {"one/app/celeryconfig.py": CONFIG, "two/other.py": "print(x.BROKER_URL)\n"}
    assert left(files) == {}


def test_a_place_that_a_note_speaks_of_is_not_told_of_again() -> None:
    app = "from celery import Celery\nfrom x import more\napp = Celery()\napp.conf.BROKER_URL = 1\n"
    assert left({"celeryconfig.py": CONFIG, "app.py": f"{app}more(app.conf)\n"}) == {}
