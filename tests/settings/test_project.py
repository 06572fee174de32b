"""Names that are used in other files than the one that sets them."""

from __future__ import annotations

import pytest

from tests.settings.upgrading_projects import ROOT, after, run

CONFIG = "BROKER_URL = 'x'\nCELERY_TIMEZONE = 'UTC'\n"

FOLLOW = {
    "an import by name": (
        "from celeryconfig import BROKER_URL\nx = BROKER_URL\n",
        "from celeryconfig import broker_url\nx = broker_url\n",
    ),
    "an import under another name": (
        "from celeryconfig import BROKER_URL as url\nx = url\n",
        "from celeryconfig import broker_url as url\nx = url\n",
    ),
    "an import where the new name is taken": (
        "from celeryconfig import CELERY_TIMEZONE\nfrom datetime import timezone\n"
        "x = CELERY_TIMEZONE\n",
        "from celeryconfig import timezone as CELERY_TIMEZONE\nfrom datetime import timezone\n"
        "x = CELERY_TIMEZONE\n",
    ),
    "an import inside a function": (
        "def f():\n    from celeryconfig import BROKER_URL\n    return BROKER_URL\n",
        "def f():\n    from celeryconfig import broker_url as BROKER_URL\n    return BROKER_URL\n",
    ),
    "an attribute": (
        "import celeryconfig\nx = celeryconfig.BROKER_URL, f'{celeryconfig.CELERY_TIMEZONE}'\n",
        "import celeryconfig\nx = celeryconfig.broker_url, f'{celeryconfig.timezone}'\n",
    ),
    "an attribute by its name": (
        "import celeryconfig as c\nx = getattr(c, 'BROKER_URL', None)\n",
        "import celeryconfig as c\nx = getattr(c, 'broker_url', None)\n",
    ),
    "a star import": (
        "from celeryconfig import *\nx = BROKER_URL\ndef f(): return CELERY_TIMEZONE\n",
        "from celeryconfig import *\nx = broker_url\ndef f(): return timezone\n",
    ),
    "a configuration built on another": (
        "from celeryconfig import *\nCELERYD_CONCURRENCY = 1\nCELERY_RESULT_BACKEND = BROKER_URL\n",
        "from celeryconfig import *\nworker_concurrency = 1\nresult_backend = broker_url\n",
    ),
}


@pytest.mark.parametrize(("before", "then"), FOLLOW.values(), ids=FOLLOW)
def test_other_files_follow(before: str, then: str) -> None:
    changed = after({"celeryconfig.py": CONFIG, "other.py": before})
    assert changed["other.py"] == then
    assert changed["celeryconfig.py"] == "broker_url = 'x'\ntimezone = 'UTC'\n"


KEPT = {
    "another module of that name in a package": "from .celeryconfig import BROKER_URL\n",
    "a name of its own": "BROKER_URL = 1\nimport celeryconfig\napp = Celery(broker=BROKER_URL)\n",
    "another module's attribute": "import celeryconfig, settings\nx = settings.BROKER_URL\n",
    "a local variable": (
        "import celeryconfig\ndef f(celeryconfig): return celeryconfig.BROKER_URL\n"
    ),
    "a string": "import celeryconfig\nx = 'celeryconfig.BROKER_URL'\n",
    "an environment variable": "import celeryconfig, os\nx = os.environ['BROKER_URL']\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_is_not_that_modules_is_left(text: str) -> None:
    changed = after({"celeryconfig.py": CONFIG, "deep/other.py": text})
    assert "deep/other.py" not in changed


def test_names_are_followed_from_file_to_file() -> None:
    changed = after({
        "celeryconfig.py": CONFIG,
        "middle.py": "from celeryconfig import *\nfrom celeryconfig import BROKER_URL\n",
        "end.py": "import celeryconfig\nfrom middle import x\nprint(celeryconfig.BROKER_URL)\n",
    })  # fmt: skip
    assert changed["end.py"].endswith("print(celeryconfig.broker_url)\n")
    assert changed["middle.py"].endswith("import broker_url\n")


def test_a_class_of_another_file_is_followed() -> None:
    changed = after({
        "config.py": "class CeleryConfig:\n    BROKER_URL = 1\n",
        "a.py": "from config import CeleryConfig\nx = CeleryConfig.BROKER_URL\n",
        "b.py": "import config\nx = config.CeleryConfig.BROKER_URL\n",
    })  # fmt: skip
    assert changed["a.py"].endswith("CeleryConfig.broker_url\n")
    assert changed["b.py"].endswith("CeleryConfig.broker_url\n")


def test_relative_imports_find_their_module() -> None:
    files = {
        "proj/__init__.py": "",
        "proj/celeryconfig.py": CONFIG,
        "proj/tasks.py": "from .celeryconfig import BROKER_URL\nfrom . import celeryconfig as c\n"
        "x = c.CELERY_TIMEZONE\n",
        "proj/sub/deep.py": "from ..celeryconfig import BROKER_URL\n",
    }
    changed = after(files, packages=("proj",))
    assert changed["proj/tasks.py"] == (
        "from .celeryconfig import broker_url\nfrom . import celeryconfig as c\nx = c.timezone\n"
    )
    assert changed["proj/sub/deep.py"] == "from ..celeryconfig import broker_url\n"


def test_the_module_that_an_app_reads_is_a_configuration_whatever_it_is_called() -> None:
    files = {
        "conf.py": "SECRET_KEY = 'x'\nBROKER_URL = 'y'\n",
        "app.py": "from celery import Celery\napp = Celery()\napp.config_from_object('conf')\n",
    }
    assert after(files) == {"conf.py": "SECRET_KEY = 'x'\nbroker_url = 'y'\n"}


def test_what_imports_a_renamed_name_and_was_not_given_is_reported_and_left() -> None:
    files = {"celeryconfig.py": CONFIG, "tasks.py": "from celeryconfig import BROKER_URL\n"}
    result = run(files, around=("tasks.py",))
    followed = result.outcomes[ROOT / "tasks.py"].followed
    assert [(each.place.name, each.place.line, each.new) for each in followed] == [
        ("BROKER_URL", 1, "broker_url")
    ]


def test_a_base_that_was_not_given_keeps_what_is_built_on_it() -> None:
    files = {
        "base.py": CONFIG,
        "celeryconfig.py": "from base import *\nCELERYD_CONCURRENCY = 1\n",
    }
    result = run(files, around=("base.py",))
    outcome = result.outcomes[ROOT / "celeryconfig.py"]
    assert not outcome.edits
    assert "base is imported here, whose BROKER_URL, CELERY_TIMEZONE" in outcome.notes[0].reason


def test_a_namespace_that_is_told_is_for_files_that_are_named() -> None:
    files = {"conf.py": "BROKER_URL = 'x'\n", "other/celeryconfig.py": CONFIG}
    changed = after(files, namespace="CELERY", named=("conf.py",))
    assert changed["conf.py"] == "CELERY_BROKER_URL = 'x'\n"
    assert changed["other/celeryconfig.py"] == "broker_url = 'x'\ntimezone = 'UTC'\n"


def test_a_file_that_is_no_python_does_not_keep_the_others() -> None:
    files = {"broken.py": "BROKER_URL = (\n", "celeryconfig.py": CONFIG}
    result = run(files)
    assert result.unparsable[ROOT / "broken.py"].line == 1
    assert ROOT / "celeryconfig.py" in result.outcomes


PLACES = [
    "from conf import CeleryConfig as C\nprint(C().BROKER_URL, C.BROKER_URL)\n",
    "import conf\nprint(conf.CeleryConfig().BROKER_URL)\n",
    "from conf import CeleryConfig\nprint(vars(CeleryConfig)['BROKER_URL'])\n",
    "from conf import CeleryConfig\nprint(CeleryConfig.__dict__['BROKER_URL'])\n",
    "from conf import CeleryConfig\nprint(CeleryConfig.__dict__.get('BROKER_URL', 1))\n",
]


@pytest.mark.parametrize("text", PLACES)
def test_uses_of_a_class_of_another_file_follow(text: str) -> None:
    files = {"conf.py": "class CeleryConfig:\n    BROKER_URL = 'x'\n", "use.py": text}
    assert after(files)["use.py"] == text.replace("BROKER_URL", "broker_url")
