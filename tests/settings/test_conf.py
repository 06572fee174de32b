"""Settings on an app's conf, and in mappings given to it."""

from __future__ import annotations

import pytest

from tests.settings.upgrading import said, upgraded

APP = "app = Celery('x')\n"

CHANGED = {
    "an attribute": ("app.conf.BROKER_URL = 1\n", "app.conf.broker_url = 1\n"),
    "an attribute that is read": (
        "print(app.conf.CELERY_ALWAYS_EAGER)\n",
        "print(app.conf.task_always_eager)\n",
    ),
    "an attribute in an f-string": (
        "x = f'{app.conf.BROKER_URL}'\n",
        "x = f'{app.conf.broker_url}'\n",
    ),
    "an attribute over lines": (
        "(app\n .conf\n .BROKER_URL) = 1\n",
        "(app\n .conf\n .broker_url) = 1\n",
    ),
    "augmented and deleted": (
        "app.conf.CELERY_IMPORTS += ('a',)\ndel app.conf.CELERY_TIMEZONE\n",
        "app.conf.imports += ('a',)\ndel app.conf.timezone\n",
    ),
    "an item": (
        "app.conf['BROKER_URL'] = app.conf[\"CELERY_TIMEZONE\"]\n",
        "app.conf['broker_url'] = app.conf[\"timezone\"]\n",
    ),
    "update by keywords": (
        "app.conf.update(BROKER_URL=1, ADMINS=2, CELERY_TIMEZONE = 3)\n",
        "app.conf.update(broker_url=1, ADMINS=2, timezone = 3)\n",
    ),
    "update by a dict": (
        "app.conf.update({'BROKER_URL': 1, u'CELERY_TIMEZONE': 2, 'x': 3})\n",
        "app.conf.update({'broker_url': 1, u'timezone': 2, 'x': 3})\n",
    ),
    "update by a spread dict": (
        "app.conf.update(**{'BROKER_URL': 1}, **dict(CELERY_TIMEZONE=2))\n",
        "app.conf.update(**{'broker_url': 1}, **dict(timezone=2))\n",
    ),
    "update by pairs": (
        "app.conf.update([('BROKER_URL', 1), ['CELERY_TIMEZONE', 2]])\n",
        "app.conf.update([('broker_url', 1), ['timezone', 2]])\n",
    ),
    "update by a variable": (
        "opts = {'BROKER_URL': 1}\nopts['CELERY_TIMEZONE'] = 2\nopts.update(CELERY_ACKS_LATE=3)\n"
        "app.conf.update(opts)\n",
        "opts = {'broker_url': 1}\nopts['timezone'] = 2\nopts.update(task_acks_late=3)\n"
        "app.conf.update(opts)\n",
    ),
    "get, setdefault, pop and in": (
        "app.conf.get('BROKER_URL'); app.conf.setdefault('CELERY_TIMEZONE', 1)\n"
        "app.conf.pop('CELERY_IMPORTS'); 'CELERY_ROUTES' in app.conf\n",
        "app.conf.get('broker_url'); app.conf.setdefault('timezone', 1)\n"
        "app.conf.pop('imports'); 'task_routes' in app.conf\n",
    ),
    "getattr and setattr": (
        "setattr(app.conf, 'BROKER_URL', getattr(app.conf, 'CELERY_TIMEZONE', None))\n",
        "setattr(app.conf, 'broker_url', getattr(app.conf, 'timezone', None))\n",
    ),
    "a variable that holds conf": (
        "conf = app.conf\nconf.BROKER_URL = conf['CELERY_TIMEZONE']\n"
        "conf.update(CELERY_ACKS_LATE=1)\n",
        "conf = app.conf\nconf.broker_url = conf['timezone']\nconf.update(task_acks_late=1)\n",
    ),
    "changes=": (
        "x = Celery('x', changes={'BROKER_URL': 1})\n",
        "x = Celery('x', changes={'broker_url': 1})\n",
    ),
    "keywords of the app": (
        "x = Celery('x', broker=1, CELERY_TIMEZONE=2)\n",
        "x = Celery('x', broker=1, timezone=2)\n",
    ),
    "a spread dict": (
        "OPTS = {'main': 'x', 'CELERY_TIMEZONE': 2}\nx = Celery(**OPTS)\n",
        "OPTS = {'main': 'x', 'timezone': 2}\nx = Celery(**OPTS)\n",
    ),
    "config_from_object of a dict call": (
        "app.config_from_object(dict(BROKER_URL=1))\n",
        "app.config_from_object(dict(broker_url=1))\n",
    ),
    "config_from_object of a union": (
        "a = {'BROKER_URL': 1}\napp.config_from_object(a | {'CELERY_TIMEZONE': 2})\n",
        "a = {'broker_url': 1}\napp.config_from_object(a | {'timezone': 2})\n",
    ),
    "config_from_object of either of two": (
        "app.config_from_object({'BROKER_URL': 1} if x else {'BROKER_URL': 2})\n",
        "app.config_from_object({'broker_url': 1} if x else {'broker_url': 2})\n",
    ),
    "config_source=": (
        "C = {'BROKER_URL': 1}\nx = Celery(config_source=C)\n",
        "C = {'broker_url': 1}\nx = Celery(config_source=C)\n",
    ),
    "add_defaults": (
        "app.add_defaults({'BROKER_URL': 1})\n",
        "app.add_defaults({'broker_url': 1})\n",
    ),
    "add_defaults of a function": (
        "def d():\n    return {'BROKER_URL': 1}\napp.add_defaults(d)\n"
        "app.add_defaults(lambda: dict(CELERY_TIMEZONE=2))\n",
        "def d():\n    return {'broker_url': 1}\napp.add_defaults(d)\n"
        "app.add_defaults(lambda: dict(timezone=2))\n",
    ),
    "a function with parameters": (
        "def d(host):\n    return {'BROKER_URL': host}\napp.config_from_object(d('h'))\n",
        "def d(host):\n    return {'broker_url': host}\napp.config_from_object(d('h'))\n",
    ),
    "setup_defaults": (
        "conf.setup_defaults({'BROKER_URL': 1})\n",
        "conf.setup_defaults({'broker_url': 1})\n",
    ),
    "a dict that is named Celery's": (
        "CELERY = {'BROKER_URL': 1, 'CELERY_ENABLE_UTC': True}\n",
        "CELERY = {'broker_url': 1, 'CELERY_ENABLE_UTC': True}\n",
    ),
    "a dict that Flask's config gets for Celery": (
        "app.config.from_mapping(CELERY=dict(BROKER_URL=1))\n"
        "app.config['CELERY'] = {'BROKER_URL': 1}\n",
        "app.config.from_mapping(CELERY=dict(broker_url=1))\n"
        "app.config['CELERY'] = {'broker_url': 1}\n",
    ),
    "the old name before the new one": (
        "app.conf.BROKER_URL = 1\napp.conf.broker_url = 2\n",
        "app.conf.broker_url = 1\napp.conf.broker_url = 2\n",
    ),
    "an app that is imported": (
        "from proj import celery\ncelery.conf.CELERY_TIMEZONE = 1\n",
        "from proj import celery\ncelery.conf.timezone = 1\n",
    ),
    "an app of somebody's": (
        "self.app.conf.CELERY_ALWAYS_EAGER = 1\n",
        "self.app.conf.task_always_eager = 1\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_it_gets_its_new_name(before: str, after: str) -> None:
    assert upgraded(APP + before, name="tasks") == APP + after


KEPT = {
    "constants of an app's module": "BROKER_URL = 'x'\nx = Celery('x', broker=BROKER_URL)\n",
    "values": "app.conf.update(timezone='CELERY_TIMEZONE')\n",
    "a dict of something else": "x = {'BROKER_URL': 1}\nf(x)\n",
    "keywords of other calls": "f(BROKER_URL=1)\napp.config.update(x=1)\n",
    "Flask's config": "app.config['BROKER_URL'] = 1\napp.config.update(CELERY_TIMEZONE=2)\n",
    "a dict with others' names": "CELERY_CONFIG = {'BROKER_URL': 1, 'DB_HOST': 2}\n",
    "what the program reads elsewhere": "app.conf.broker_url = settings.BROKER_URL\n",
    "others' attributes of conf": "app.conf.SCOUT_KEY = 1\n",
    "names of a namespace": "app.conf.CELERY_BROKER_URL = 1\n",
    "a parameter called conf": "def f(conf):\n    conf.BROKER_URL = 1\n",
    "nested dicts": "app.conf.beat_schedule = {'BROKER_URL': {'task': 'CELERY_ROUTES'}}\n",
    "the name of another app's key": "app.conf.update(x={'BROKER_URL': 1})\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_it_keeps_its_name(text: str) -> None:
    assert upgraded(APP + text, name="tasks") == APP + text


def test_what_may_hold_old_names_is_not_mixed_with_new_ones() -> None:
    text = APP + "app.conf.update(flask.config)\napp.conf.update(CELERYBEAT_SCHEDULE={})\n"
    assert upgraded(text, name="tasks") == text
    assert "flask.config may hold old names, which must not be mixed" in said(text, name="tasks")


def test_with_a_configuration_of_its_own_an_app_may_be_updated_by_anything() -> None:
    text = APP + "app.config_from_object('c')\napp.conf.update(x)\napp.conf.BROKER_URL = 1\n"
    assert upgraded(text, name="tasks") == text.replace("BROKER_URL", "broker_url")


def test_a_keyword_is_not_given_twice() -> None:
    text = APP + "app.conf.update(BROKER_URL=1, broker_url=2, CELERY_TIMEZONE=3)\n"
    assert upgraded(text, name="tasks") == text.replace("CELERY_TIMEZONE", "timezone")
    assert "broker_url is set, too" in said(text, name="tasks")


def test_an_old_name_after_the_new_one_is_left() -> None:
    text = APP + "app.conf.broker_url = 1\napp.conf.BROKER_URL = 2\n"
    assert upgraded(text, name="tasks") == text
    assert "the later counts until the app is in use" in said(text, name="tasks")


def test_conf_of_something_that_is_no_celery_is_left() -> None:
    text = "spark.conf.S3_BUCKET = 1\n"
    assert upgraded(text, name="jobs") == text


def test_a_function_that_gets_the_conf_is_followed() -> None:
    text = (
        "def harden(x, conf):\n    conf.CELERY_ACCEPT_CONTENT = ['json']\n"
        "    conf['BROKER_URL'] = 1\n    conf.update(CELERYD_POOL=2)\n"
        "app = Celery()\nharden(1, app.conf)\n"
    )
    after = text.replace("CELERY_ACCEPT_CONTENT", "accept_content")
    after = after.replace("BROKER_URL", "broker_url").replace("CELERYD_POOL", "worker_pool")
    assert upgraded(text, name="app") == after


NO_APPS_CONF = {
    "set to something else": "class A:\n    def x(self):\n        self.conf = load()\n"
    "        print(self.conf['CELERY_TIMEZONE'])\n",
    "an attribute of its class": "class A:\n    conf = {}\n    def x(self):\n"
    "        print(self.conf['CELERY_TIMEZONE'])\n",
    "a module that is imported": "import shop.conf\nprint(shop.conf.CELERY_TIMEZONE)\n",
    "a parameter of a function that gets another": "def f(conf):\n    conf.CELERY_TIMEZONE = 1\n"
    "app = Celery()\nf(other)\n",
    "given to a function that is not seen": "from x import harden\napp = Celery()\n"
    "app.conf.CELERY_TIMEZONE = 1\nharden(app.conf)\n",
}


@pytest.mark.parametrize("text", NO_APPS_CONF.values(), ids=NO_APPS_CONF)
def test_what_is_not_surely_the_conf_of_an_app_is_left(text: str) -> None:
    assert upgraded(text, name="app") == text


STILL_CONF = {
    "set to an app's": "class A:\n    def x(self):\n        self.conf = app.conf\n"
    "        self.conf.CELERY_TIMEZONE = 1\n",
    "shown by a function of the library": "from pprint import pprint\napp = Celery()\n"
    "app.conf.CELERY_TIMEZONE = 1\npprint(app.conf)\n",
    "another object's is set to something else": "app = Celery()\napp.conf.CELERY_TIMEZONE = 1\n"
    "class A:\n    def x(self):\n        self.conf = load()\n",
}


@pytest.mark.parametrize("text", STILL_CONF.values(), ids=STILL_CONF)
def test_the_conf_of_an_app_goes_on(text: str) -> None:
    assert upgraded(text, name="app") == text.replace("CELERY_TIMEZONE", "timezone")


@pytest.mark.parametrize(
    "text", ["app.conf.CELERY_ENABLE_UTC = 1\n", "app.conf.update(BROKER_BACKEND=1)\n"]
)
def test_the_fate_of_a_retired_name_is_told_where_it_stands_alone(text: str) -> None:
    assert upgraded(APP + text) == APP + text
    assert "person: " in said(APP + text)
