"""Settings as attributes of classes."""

from __future__ import annotations

import pytest

from tests.settings.upgrading import said, upgraded

CHANGED = {
    "a class named Celery's": (
        "class CeleryConfig:\n    BROKER_URL = 'x'\n    CELERY_TIMEZONE = 'UTC'\n",
        "class CeleryConfig:\n    broker_url = 'x'\n    timezone = 'UTC'\n",
    ),
    "a class given to an app": (
        "class C:\n    BROKER_URL = 1\n    OTHER = 2\napp.config_from_object(C)\n",
        "class C:\n    broker_url = 1\n    OTHER = 2\napp.config_from_object(C)\n",
    ),
    "an instance given to an app": (
        "class C:\n    BROKER_URL = 1\n    OTHER = 2\nc = C()\napp.config_from_object(c)\n",
        "class C:\n    broker_url = 1\n    OTHER = 2\nc = C()\napp.config_from_object(c)\n",
    ),
    "a class named by its path": (
        "class C:\n    BROKER_URL = 1\n    OTHER = 2\napp.config_from_object('proj:C')\n",
        "class C:\n    broker_url = 1\n    OTHER = 2\napp.config_from_object('proj:C')\n",
    ),
    "Superset's": (
        "SQLALCHEMY_DATABASE_URI = 'x'\nBROKER_URL = 'r'\nclass C(object):\n"
        "    BROKER_URL = BROKER_URL\nCELERY_CONFIG = C\n",
        "SQLALCHEMY_DATABASE_URI = 'x'\nBROKER_URL = 'r'\nclass C(object):\n"
        "    broker_url = BROKER_URL\nCELERY_CONFIG = C\n",
    ),
    "an inherited one": (
        "class Base:\n    BROKER_URL = 1\nclass CeleryConfig(Base):\n    CELERY_TIMEZONE = 2\n"
        "    X = Base.BROKER_URL\n",
        "class Base:\n    broker_url = 1\nclass CeleryConfig(Base):\n    timezone = 2\n"
        "    X = Base.broker_url\n",
    ),
    "nothing but Celery's names": (
        "class Prod:\n    BROKER_URL = 1\n    CELERY_ACKS_LATE = True\n",
        "class Prod:\n    broker_url = 1\n    task_acks_late = True\n",
    ),
    "used in its body and methods": (
        "class CeleryConfig:\n    BROKER_URL = 'x'\n    CELERY_RESULT_BACKEND = BROKER_URL\n"
        "    def f(self):\n        self.CELERY_ROUTES = self.BROKER_URL\n"
        "    @classmethod\n    def g(cls): return cls.BROKER_URL, CeleryConfig.BROKER_URL\n",
        "class CeleryConfig:\n    broker_url = 'x'\n    result_backend = broker_url\n"
        "    def f(self):\n        self.task_routes = self.broker_url\n"
        "    @classmethod\n    def g(cls): return cls.broker_url, CeleryConfig.broker_url\n",
    ),
    "super() and type(self)": (
        "class CeleryBase:\n    BROKER_URL = 1\nclass C(CeleryBase):\n"
        "    def f(self): return super().BROKER_URL, type(self).BROKER_URL\n",
        "class CeleryBase:\n    broker_url = 1\nclass C(CeleryBase):\n"
        "    def f(self): return super().broker_url, type(self).broker_url\n",
    ),
    "set from outside, read by name": (
        "class CeleryConfig:\n    BROKER_URL = 1\nCeleryConfig.CELERY_TIMEZONE = 2\n"
        "c = CeleryConfig()\nx = getattr(c, 'BROKER_URL'), c.BROKER_URL\n",
        "class CeleryConfig:\n    broker_url = 1\nCeleryConfig.timezone = 2\n"
        "c = CeleryConfig()\nx = getattr(c, 'broker_url'), c.broker_url\n",
    ),
    "inside a function": (
        "def f():\n    class CeleryConfig:\n        BROKER_URL = 1\n    return CeleryConfig\n",
        "def f():\n    class CeleryConfig:\n        broker_url = 1\n    return CeleryConfig\n",
    ),
    "under if, annotated, several on a line": (
        "class CeleryConfig:\n    if X:\n        BROKER_URL: str = 'a'; CELERY_TIMEZONE = 'b'\n",
        "class CeleryConfig:\n    if X:\n        broker_url: str = 'a'; timezone = 'b'\n",
    ),
    "beside a Flask class of its own": (
        "class CeleryConfig:\n    BROKER_URL = 1\nclass FlaskConfig:\n    SECRET_KEY = 'x'\n",
        "class CeleryConfig:\n    broker_url = 1\nclass FlaskConfig:\n    SECRET_KEY = 'x'\n",
    ),
    "a dataclass, made by keywords": (
        "@dataclass\nclass CeleryConfig:\n    BROKER_URL: str = 'x'\n"
        "c = CeleryConfig(BROKER_URL='y')\n",
        "@dataclass\nclass CeleryConfig:\n    broker_url: str = 'x'\n"
        "c = CeleryConfig(broker_url='y')\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_its_attributes_get_new_names(before: str, after: str) -> None:
    assert upgraded(before, name="proj") == after


KEPT = {
    "a Flask configuration": "class Config:\n    SECRET_KEY = 'x'\n    BROKER_URL = 'y'\n",
    "a class given to a Flask app": (
        "class C:\n    BROKER_URL = 1\napp.config.from_object(C)\napp.config_from_object(C)\n"
    ),
    "a class given to a Flask app by its path": (
        "class C:\n    BROKER_URL = 1\napp.config.from_object('proj.C')\n"
    ),
    "a subclass of a Flask configuration": (
        "class Config:\n    SQLALCHEMY_DATABASE_URI = 'x'\nclass Prod(Config):\n"
        "    BROKER_URL = 'y'\n"
    ),
    "in a module that imports Flask": (
        "from flask import Flask\nclass Config:\n    BROKER_URL = 'y'\n"
    ),
    "names of a namespace": (
        "class Config:\n    CELERY_BROKER_URL = 'x'\n    CELERY_RESULT_BACKEND = 'y'\n"
    ),
    "beside others' names": "class Config:\n    BROKER_URL = 'x'\n    DB_HOST = 'y'\n",
    "an enumeration": "class Keys(Enum):\n    BROKER_URL = 'BROKER_URL'\n",
    "local variables of a method": (
        "class CeleryConfig:\n    def f(self):\n        BROKER_URL = 1\n        return BROKER_URL\n"
    ),
    "attributes of others": "class CeleryConfig:\n    def f(self, x): return x.BROKER_URL\n",
    "a static method's first parameter": (
        "class CeleryConfig:\n    @staticmethod\n    def f(x): return x.BROKER_URL\n"
    ),
    "chosen by their case": (
        "class CeleryConfig:\n    BROKER_URL = 1\n"
        "app.conf.update({k: v for k, v in vars(CeleryConfig).items() if k.isupper()})\n"
    ),
    "a Flask class with its init_app": (
        "class Config:\n    BROKER_URL = 'x'\n    @staticmethod\n    def init_app(app): pass\n"
    ),
    "new names already": "class CeleryConfig:\n    broker_url = BROKER_URL\n",
    "a docstring": "class CeleryConfig:\n    '''BROKER_URL = 1'''\n    x = 1\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_its_attributes_keep_their_names(text: str) -> None:
    assert upgraded(text, name="proj") == text


def test_flask_is_told_with_what_to_do_instead() -> None:
    text = "class Config:\n    SECRET_KEY = 'x'\n    BROKER_URL = 'y'\n"
    assert "left: BROKER_URL: Flask's configuration drops lowercase names" in said(text)


def test_a_new_name_that_is_set_too_is_the_one_that_counts() -> None:
    text = "class CeleryConfig:\n    BROKER_URL = 1\n    broker_url = 2\n    CELERY_TIMEZONE = 3\n"
    assert upgraded(text) == text.replace("CELERY_TIMEZONE", "timezone")
    assert "broker_url is set, too, and it is the one that Celery reads" in said(text)


def test_a_class_that_celery_refuses_today_is_told_so() -> None:
    text = (
        "class CeleryConfig:\n    broker_url = 'x'\n    CELERY_TIMEZONE = 'UTC'\n"
        "    CELERY_BEAT_SCHEDULE = {}\n"
    )
    assert upgraded(text, name="config") == text
    assert "person: CELERY_TIMEZONE: Celery refuses this class today" in said(text, name="config")
