"""Names that are made while the program runs: what gets them is left as a whole."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.settings.upgrading import said, upgraded

APP = "from celery import Celery\napp = Celery('x')\napp.conf.CELERYD_CONCURRENCY = 4\n"
MODULE = "import sys\nCELERYD_CONCURRENCY = 4\nCELERY_TIMEZONE = 'UTC'\n"
CLASS = "class CeleryConfig:\n    CELERYD_CONCURRENCY = 4\n    BROKER_URL = 'x'\n"
MAPPING = "from celery import Celery\nCFG = {'CELERYD_CONCURRENCY': 4, 'BROKER_URL': 'x'}\n"
GIVEN = "app = Celery('x')\napp.config_from_object(CFG)\n"

LEFT: Mapping[str, str] = {
    "a whole name in a variable": APP + "n = 'CELERYD_POOL'\napp.conf[n] = 7\n",
    "a name put together": APP + "app.conf['CELERYD_' + x] = 7\n",
    "a name formatted": APP + "app.conf[f'CELERYD_{x}'] = 7\n",
    "a name formatted by percent": APP + "app.conf['CELERYD_%s' % x] = 7\n",
    "a name of a list": APP + "for n in ('CELERYD_POOL', 'CELERY_IMPORTS'):\n    app.conf[n] = 7\n",
    "a name of a mapping": APP + "M = {'CELERYD_POOL': 1}\nfor n in M:\n    app.conf[n] = M[n]\n",
    "names that begin so": APP
    + "for k, v in x.items():\n    if k.startswith('CELERY_'):\n        app.conf[k] = v\n",
    "a name of which more is written": APP + "app.conf['CELERYD_TASK_' + x] = 7\n",
    "a name of which less is written": APP + "app.conf[f'CELERY{x}'] = 7\n",
    "a mapping that conf is updated with": APP + "app.conf.update({'CELERYD_' + x: 7})\n",
    "an attribute of conf": APP + "setattr(app.conf, 'CELERYD_' + x, 7)\n",
    "a default of conf": APP + "app.conf.setdefault('CELERYD_' + x, 7)\n",
    "a mapping's key": MAPPING + "CFG['CELERYD_' + x] = 2\n" + GIVEN,
    "a mapping's own display": MAPPING.replace("{", "{'CELERYD_' + x: 1, ") + GIVEN,
    "a mapping is read by it": MAPPING + "print(CFG['CELERYD_' + x])\n" + GIVEN,
    "an attribute of a class": CLASS + "setattr(CeleryConfig, 'CELERYD_' + x, 2)\n",
    "an attribute of a class in a loop": CLASS
    + "for k in ['CELERYD_POOL']:\n    setattr(CeleryConfig, k, 2)\n",
    "a class is read by it": CLASS + "getattr(CeleryConfig, 'CELERYD_' + x)\n",
    "a class's own variables": CLASS + "    vars()['CELERYD_' + x] = 2\n",
    "an attribute of the module": MODULE + "setattr(sys.modules[__name__], 'CELERYD_' + x, 2)\n",
    "an attribute of the module in a variable": MODULE
    + "me = sys.modules[__name__]\nsetattr(me, 'CELERYD_' + x, 2)\n",
    "globals": MODULE + "globals()['CELERYD_' + x] = 2\n",
    "globals in a loop": MODULE + "for k in x:\n    globals()['CELERY_%s' % k] = 2\n",
    "vars": MODULE + "k = 'CELERYD_POOL'\nvars()[k] = 2\n",
    "globals that are updated": MODULE + "globals().update({'CELERYD_' + k: 1 for k in x})\n",
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_what_gets_computed_names_is_left_as_a_whole(text: str) -> None:
    assert upgraded(text) == text
    assert "(line " in said(text)


def test_it_is_said_why_and_where() -> None:
    text = APP + "app.conf['CELERYD_' + x] = 7\n"
    reason = "names are computed, which may be old ones (line 4)"
    assert said(text) == f"person: CELERYD_CONCURRENCY: {reason}"


def test_nothing_is_said_where_nothing_is_old() -> None:
    text = "from celery import Celery\napp = Celery('x')\napp.conf['CELERYD_' + x] = 7\n"
    assert said(text) == ""


GO_ON: Mapping[str, str] = {
    "names come from elsewhere": APP + "for k, v in x.items():\n    app.conf[k] = v\n",
    "names are lowered": APP + "for k in x:\n    app.conf[k.lower()] = x['CELERY_' + k]\n",
    "names were lowered": APP + "k = ('CELERY_' + x).lower()\napp.conf[k] = 1\n",
    "a conf is only read": APP + "print(app.conf['CELERYD_' + x])\n",
    "names beside environment variables": APP
    + "b = os.environ['BROKER_URL']\nc = os.getenv('CELERY_TIMEZONE')\napp.conf[k] = v\n",
    "a mapping's names come from elsewhere": MAPPING + "CFG[k] = v\n" + GIVEN,
    "an attribute of a class from elsewhere": CLASS + "setattr(CeleryConfig, k, v)\n",
    "an attribute of another class": CLASS + "setattr(Other, 'CELERYD_' + k, v)\n",
    "a module's names come from elsewhere": MODULE + "globals()[k] = v\n",
    "globals updated from elsewhere": MODULE + "globals().update(load())\n",
    "names beside the namespace's": APP
    + "app.config_from_object('x', namespace='CELERY')\napp.conf[k] = flask['CELERY'][k]\n",
    "names beside a getter of environment variables": APP
    + "b = get_secret('BROKER_URL')\napp.conf[k] = env.str('CELERY_TIMEZONE')\n",
    "names beside a word in uppercase": APP + "print('BROKER', 'CELERY_X is')\napp.conf[k] = v\n",
    "names beside the beginning of others": APP + "x = 'CELERY_OURS_'\napp.conf[k] = v\n",
    "a name that is itself": APP + "for k in x:\n    k = k\n    app.conf[k] = 1\n",
    "an attribute of another module": MODULE + "setattr(sys.modules['x'], 'CELERYD_' + x, 2)\n",
    "computed keys of another mapping": MODULE + "other['CELERYD_' + x] = 2\n",
}


@pytest.mark.parametrize("text", GO_ON.values(), ids=GO_ON)
def test_ordinary_files_go_on(text: str) -> None:
    after = upgraded(text)
    assert "worker_concurrency" in after
    assert "CELERYD_CONCURRENCY" not in after
