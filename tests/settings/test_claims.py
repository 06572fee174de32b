"""Files whose names others take over: Django, Flask and what picks names by their looks."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.settings.upgrading import said, upgraded
from tests.settings.upgrading_projects import after, run

OLD = "BROKER_URL = 'x'\nCELERYD_CONCURRENCY = 2\n"
LOWER = "broker_url = 'x'\nworker_concurrency = 2\n"
NAMESPACED = "CELERY_BROKER_URL = 'x'\nCELERY_WORKER_CONCURRENCY = 2\n"
CLASS = "class CeleryConfig:\n    BROKER_URL = 'x'\n    CELERYD_CONCURRENCY = 2\n"
DJANGO = "INSTALLED_APPS = ()\nfrom proj.celeryconfig import *\n"
APP = "from celery import Celery\napp = Celery('x')\napp.config_from_object(%s)\n"
FLASK = "from flask import Flask\napp = Flask('x')\napp.config.%s\n"
NAMESPACED_APP = APP % "'django.conf:settings', namespace='CELERY'"


def test_what_djangos_settings_star_import_moves_to_the_namespace_with_them() -> None:
    files = {
        "proj/celeryconfig.py": OLD,
        "proj/settings.py": DJANGO,
        "proj/celery.py": NAMESPACED_APP,
    }
    assert after(files) == {"proj/celeryconfig.py": NAMESPACED}


def test_the_app_may_be_near_the_settings_only() -> None:
    files = {
        "far/away/deep/celeryconfig.py": OLD,
        "proj/settings.py": "INSTALLED_APPS = ()\nfrom far.away.deep.celeryconfig import *\n",
        "proj/celery.py": NAMESPACED_APP,
    }
    assert after(files) == {"far/away/deep/celeryconfig.py": NAMESPACED}


LEFT: Mapping[str, Mapping[str, str]] = {
    "Django's settings star import it, without a namespace": {
        "proj/celeryconfig.py": OLD,
        "proj/settings.py": DJANGO,
        "proj/celery.py": APP % "'django.conf:settings'",
    },
    "a star import of a star import": {
        "celeryconfig.py": OLD,
        "more.py": "from celeryconfig import *\n",
        "settings.py": "INSTALLED_APPS = ()\nfrom more import *\n",
    },
    "Flask's configuration star imports it": {
        "celeryconfig.py": OLD,
        "config.py": "SQLALCHEMY_DATABASE_URI = 'x'\nfrom celeryconfig import *\n",
    },
    "Flask's class inherits from it": {
        "config/celery.py": CLASS,
        "config/__init__.py": "from .celery import CeleryConfig\n"
        "class Config(CeleryConfig):\n    SECRET_KEY = 'x'\n",
    },
    "Flask's class inherits from a module's class": {
        "mixins.py": CLASS,
        "config.py": "import mixins\nclass Config(mixins.CeleryConfig):\n    SECRET_KEY = 'x'\n",
    },
    "a class of a class of Flask's": {
        "one.py": CLASS,
        "two.py": "from one import CeleryConfig\nclass Base(CeleryConfig):\n    pass\n",
        "config.py": "from two import Base\nclass Config(Base):\n    SECRET_KEY = 'x'\n",
    },
    "django-configurations inherit from it": {
        "mixins.py": CLASS,
        "settings.py": "from configurations import Configuration\nfrom mixins import CeleryConfig\n"
        "class Dev(CeleryConfig, Configuration):\n    pass\n",
    },
    "Flask is given the module by text": {
        "config.py": OLD,
        "app.py": FLASK % "from_object('config')",
    },
    "Flask is given the module itself": {
        "config.py": OLD,
        "app.py": "import config\n" + FLASK % "from_object(config)",
    },
    "Flask is given the file": {"config.py": OLD, "app.py": FLASK % "from_pyfile('config.py')"},
    "Flask is given it by default": {
        "config.py": OLD,
        "app.py": "def make(name='config'):\n    app.config.from_object(name)\n",
    },
    "Flask is given one of its classes by text": {
        "config.py": CLASS,
        "app.py": FLASK % "from_object('config.CeleryConfig')",
    },
    "Flask is given one of its classes unless the environment says otherwise": {
        "config.py": CLASS,
        "app.py": FLASK % "from_object(os.environ.get('APP', 'config.CeleryConfig'))",
    },
    "a module whose names are picked by isupper": {
        "celeryconfig.py": OLD,
        "app.py": "import celeryconfig as c\nx = {k: getattr(c, k) for k in dir(c) if k.isupper()}",
    },
    "a module whose names are picked by upper": {
        "celeryconfig.py": OLD,
        "app.py": "import celeryconfig as c\nx = [k for k in vars(c) if k == k.upper()]",
    },
    "a class whose names are picked": {
        "conf.py": CLASS,
        "app.py": "from conf import CeleryConfig\n"
        "x = [k for k in CeleryConfig.__dict__ if k.startswith('CELERY_')]",
    },
}


@pytest.mark.parametrize("files", LEFT.values(), ids=LEFT)
def test_names_are_left_where_another_file_takes_them_over(files: Mapping[str, str]) -> None:
    assert after(files) == {}
    name = next(iter(files))
    notes = [each for path, each in run(files).outcomes.items() if path.match(name)]
    assert notes[0].notes, "nothing is said of it"


GO_ON: Mapping[str, tuple[Mapping[str, str], str]] = {
    "an own star import of a celeryconfig": (
        {"base.py": "BROKER_URL = 'x'\n", "celeryconfig.py": "from base import *\n"},
        "broker_url = 'x'\n",
    ),
    "Flask is given another module": (
        {
            "celeryconfig.py": OLD,
            "config.py": "DEBUG = True\n",
            "app.py": FLASK % "from_object('config')" + APP % "'celeryconfig'",
        },
        LOWER,
    ),
    "names taken one by one": (
        {"celeryconfig.py": OLD, "settings.py": "INSTALLED_APPS = ()\nimport celeryconfig\n"},
        LOWER,
    ),
    "names of another module picked by isupper": (
        {"celeryconfig.py": OLD, "app.py": "import x\ny = [k for k in dir(x) if k.isupper()]\n"},
        LOWER,
    ),
    "all names taken whatever their case": (
        {"celeryconfig.py": OLD, "app.py": "import celeryconfig\ny = dir(celeryconfig)\n"},
        LOWER,
    ),
    "an environment variable's value is compared in uppercase": (
        {
            "celeryconfig.py": OLD,
            "app.py": "import celeryconfig as c\ny = dir(c), x.upper() == 'A'",
        },
        LOWER,
    ),
    "Flask's class inherits from another": (
        {
            "conf.py": CLASS,
            "config.py": "from x import CeleryConfig\nclass C(CeleryConfig):\n    SECRET_KEY = 1\n",
        },
        CLASS.replace("BROKER_URL", "broker_url").replace(
            "CELERYD_CONCURRENCY", "worker_concurrency"
        ),
    ),
}


@pytest.mark.parametrize(("files", "text"), GO_ON.values(), ids=GO_ON)
def test_names_go_on_where_nobody_takes_them_over(files: Mapping[str, str], text: str) -> None:
    assert after(files)[next(iter(files))] == text


GIVEN = {
    "an instance": "class C:\n    CELERY_TIMEZONE = 1\n    CELERYD_POOL = 2\nc = C()\n{}(c, {})\n",
    "a class": "class C:\n    CELERY_TIMEZONE = 1\n    CELERYD_POOL = 2\n{}(C, {})\n",
}


@pytest.mark.parametrize("text", GIVEN.values(), ids=GIVEN)
def test_a_class_goes_to_the_namespace_that_it_is_given_with(text: str) -> None:
    text = text.format("app.config_from_object", "namespace='CELERY'")
    assert upgraded(text, name="tasks") == text.replace("CELERYD_POOL", "CELERY_WORKER_POOL")


def test_names_of_the_namespace_are_all_right_in_such_a_class() -> None:
    text = (
        "class C:\n    CELERY_BROKER_URL = 1\n    CELERY_TIMEZONE = 2\nc = C()\n"
        "app.config_from_object(c, namespace='CELERY')\n"
    )
    assert upgraded(text, name="tasks") == text
    assert said(text, name="tasks") == ""


def test_an_instance_may_be_given_by_another_file() -> None:
    config = "class C:\n    CELERY_TIMEZONE = 1\n    CELERYD_POOL = 2\nsettings = C()\n"
    app = "from conf import settings\napp.config_from_object(settings, namespace='CELERY')\n"
    expected = config.replace("CELERYD_POOL", "CELERY_WORKER_POOL")
    assert after({"conf.py": config, "app.py": app}) == {"conf.py": expected}


def test_a_class_named_in_a_string_is_the_one_in_that_module() -> None:
    config = "POOL = BROKER_URL = 1\nclass C:\n    CELERYD_POOL = 2\n"
    app = "app.config_from_object('conf:C')\n"
    expected = config.replace("CELERYD_POOL", "worker_pool")
    assert after({"conf.py": config, "app.py": app}) == {"conf.py": expected}


CFG = "BROKER_URL = 'x'\nCELERYD_CONCURRENCY = 2\n"
CFG_APP = (
    "import cfg\nfrom celery import Celery\napp = Celery('x')\napp.config_from_object('cfg')\n"
)

BY_TEXT: Mapping[str, str] = {
    "an attribute by a computed name": CFG_APP + "print(getattr(cfg, 'CELERYD_' + x))\n",
    "an attribute by a name of a list": CFG_APP
    + "for k in ['CELERYD_CONCURRENCY']:\n    getattr(cfg, k)\n",
    "variables by a computed name": CFG_APP + "print(vars(cfg)['CELERYD_' + x])\n",
    "the module's dict by a computed name": CFG_APP + "print(cfg.__dict__.get('CELERYD_' + x))\n",
    "a module imported by text": CFG_APP
    + "print(getattr(importlib.import_module('cfg'), 'CELERYD_CONCURRENCY'))\n",
    "a module imported by text, by a computed name": CFG_APP
    + "print(getattr(__import__('cfg'), 'CELERYD_' + x))\n",
    "a module imported by text, in a variable": CFG_APP
    + "m = import_module('cfg')\nprint(m.CELERYD_CONCURRENCY)\n",
    "a module imported by text, its variables": CFG_APP
    + "print(vars(import_module('cfg'))['CELERYD_CONCURRENCY'])\n",
    "a getter that is kept": CFG_APP + "get = operator.attrgetter('CELERYD_CONCURRENCY')\n",
    "a getter that is called": CFG_APP + "operator.attrgetter('CELERYD_CONCURRENCY')(cfg)\n",
    "all uppercase names": CFG_APP
    + "for k in dir(cfg):\n    if k.isupper():\n        app.conf[k] = getattr(cfg, k)\n",
    "all names that begin so": CFG_APP
    + "for k in dir(cfg):\n    if k.startswith('CELERYD'):\n        use(getattr(cfg, k))\n",
}


@pytest.mark.parametrize("text", BY_TEXT.values(), ids=BY_TEXT)
def test_names_are_left_that_another_file_uses_as_text_and_it_is_named(text: str) -> None:
    files = {"cfg.py": CFG, "app.py": text}
    assert after(files) == {}
    (note,) = (each for path, each in run(files).outcomes.items() if path.name == "cfg.py")
    assert "shop/app.py:" in note.notes[0].reason


def test_the_line_that_uses_names_as_text_is_told_of_what_it_inherits_too() -> None:
    files = {
        "base.py": CFG,
        "cfg.py": "from base import *\n",
        "app.py": CFG_APP + "print(getattr(cfg, 'CELERYD_' + x))\n",
    }
    assert after(files) == {}
    (note,) = next(each for path, each in run(files).outcomes.items() if path.stem == "base").notes
    assert note.reason == "shop/app.py:5 uses its names as text, which can't follow"


def test_a_class_whose_names_are_used_as_text_is_left() -> None:
    app = "from conf import CeleryConfig\nprint(getattr(CeleryConfig, 'CELERYD_' + x))\n"
    files = {"conf.py": CLASS, "app.py": app}
    assert after(files) == {}


FOLLOWED: Mapping[str, str] = {
    "an attribute by its name": CFG_APP + "print(getattr(cfg, 'CELERYD_CONCURRENCY'))\n",
    "the dict by its name": CFG_APP + "print(cfg.__dict__.get('CELERYD_CONCURRENCY'))\n",
    "an attribute by a name from elsewhere": CFG_APP + "print(getattr(cfg, x))\n",
    "an attribute of another by a computed name": CFG_APP + "print(getattr(c, 'CELERYD_' + x))\n",
    "another module imported by text": CFG_APP + "import_module('x').CELERYD_CONCURRENCY\n",
    "a getter of another name": CFG_APP + "operator.attrgetter('name')(cfg)\n",
    "a getter that is called with another": CFG_APP
    + "operator.attrgetter('CELERYD_CONCURRENCY')(other)\n",
    "a module imported by text for something else": CFG_APP + "import_module('cfg').main()\n",
}


@pytest.mark.parametrize("text", FOLLOWED.values(), ids=FOLLOWED)
def test_names_go_on_that_nobody_uses_as_text(text: str) -> None:
    assert after({"cfg.py": CFG, "app.py": text})["cfg.py"] == LOWER
