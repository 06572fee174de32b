"""Whether a module's variables are settings of Celery at all."""

from __future__ import annotations

from types import ModuleType

import pytest
from celery import Celery

from tests.settings.upgrading import notes, said, upgraded

DJANGO = {
    "its own settings": "INSTALLED_APPS = []\nBROKER_URL = 'x'\n",
    "an import of django": "from django.utils import x\nBROKER_URL = 'x'\n",
    "djcelery": "import djcelery\ndjcelery.setup_loader()\nBROKER_URL = 'x'\n",
    "a base module of settings": "from .base import *\nBROKER_URL = 'x'\n",
    "another settings module": "from project.settings import *\nBROKER_URL = 'x'\n",
    "a program that is a Django project": "from sentry.conf.server import *\nBROKER_URL = 'x'\n",
    "django-environ": "import environ\nenv = environ.Env()\nBROKER_URL = env('BROKER_URL')\n",
    "a backend of Django's": "CELERY_RESULT_BACKEND = 'django-db'\nBROKER_URL = 'x'\n",
}


@pytest.mark.parametrize("text", DJANGO.values(), ids=DJANGO)
def test_django_settings_are_refused_without_a_namespace(text: str) -> None:
    assert upgraded(text, name="production") == text
    assert "Django keeps uppercase settings only" in said(text, name="production")


@pytest.mark.parametrize("text", DJANGO.values(), ids=DJANGO)
def test_django_settings_move_to_the_namespace_of_the_project(text: str) -> None:
    after = upgraded(text, name="production", namespace="CELERY")
    assert after == text.replace("BROKER_URL =", "CELERY_BROKER_URL =")


def test_a_module_in_a_folder_of_settings_is_djangos() -> None:
    text = "BROKER_URL = 'x'\nCELERYD_CONCURRENCY = 1\n"
    assert upgraded(text, name="celery", folder="settings") == text


def test_a_module_that_reads_djangos_settings_is_none_of_them() -> None:
    text = "from django.conf import settings\nBROKER_URL = settings.BROKER_URL\n"
    assert upgraded(text) == text.replace("BROKER_URL =", "broker_url =")


def test_a_module_that_sets_django_up_is_none_of_its_settings() -> None:
    text = "import django\ndjango.setup()\nCELERYD_POOL = 'x'\n"
    assert upgraded(text, name="config") == text.replace("CELERYD_POOL", "worker_pool")


NAMESPACED = {
    "CELERY_TASK_RESULT_EXPIRES": "CELERY_RESULT_EXPIRES",
    "CELERYD_CONCURRENCY": "CELERY_WORKER_CONCURRENCY",
    "CELERYBEAT_SCHEDULE": "CELERY_BEAT_SCHEDULE",
    "CELERY_ALWAYS_EAGER": "CELERY_TASK_ALWAYS_EAGER",
    "CELERY_RESULT_BACKEND": "CELERY_RESULT_BACKEND",
    "CELERY_ACCEPT_CONTENT": "CELERY_ACCEPT_CONTENT",
    "BROKER_TRANSPORT_OPTIONS": "CELERY_BROKER_TRANSPORT_OPTIONS",
    "CELERY_RESULT_DBURI": "CELERY_DATABASE_URL",
    "CELERY_ENABLE_UTC": "CELERY_ENABLE_UTC",
}


@pytest.mark.parametrize(("old", "new"), NAMESPACED.items())
def test_the_namespaced_names_are_these(old: str, new: str) -> None:
    text = f"DATABASES = {{}}\n{old} = 1\nx = {old}\n"
    assert upgraded(text, name="settings", namespace="CELERY") == text.replace(old, new)


def test_any_namespace_will_do() -> None:
    text = "DATABASES = {}\nBROKER_URL = 1\nCELERY_ALWAYS_EAGER = 1\n"
    after = "DATABASES = {}\nQUEUE_BROKER_URL = 1\nQUEUE_TASK_ALWAYS_EAGER = 1\n"
    assert upgraded(text, name="settings", namespace="QUEUE") == after


def test_names_that_others_use_are_left_in_djangos_settings() -> None:
    text = "DATABASES = {}\nS3_BUCKET = GCS_BUCKET = 'x'\nBROKER_URL = 1\n"
    after = text.replace("BROKER_URL", "CELERY_BROKER_URL")
    assert upgraded(text, name="settings", namespace="CELERY") == after
    assert "it may be another library's" in said(text, name="settings", namespace="CELERY")


def test_a_name_that_would_meet_the_namespaced_one_is_left() -> None:
    text = "DATABASES = {}\nBROKER_URL = 1\nCELERY_BROKER_URL = 2\nCELERYD_POOL = 2\n"
    after = text.replace("CELERYD_POOL", "CELERY_WORKER_POOL")
    assert upgraded(text, name="settings", namespace="CELERY") == after
    assert "CELERY_BROKER_URL is set, too" in said(text, name="settings", namespace="CELERY")


def test_a_class_of_django_configurations_is_djangos() -> None:
    text = (
        "from configurations import Configuration\nclass Dev(Configuration):\n    BROKER_URL = 1\n"
    )
    assert upgraded(text, name="settings") == text
    after = text.replace("BROKER_URL", "CELERY_BROKER_URL")
    assert upgraded(text, name="settings", namespace="CELERY") == after


KEPT = {
    "a Flask configuration": "SECRET_KEY = 'x'\nBROKER_URL = 'y'\nCELERY_TIMEZONE = 'z'\n",
    "a Flask configuration with an import": "import flask_login\nCELERY_TIMEZONE = 'z'\n",
    "SQLAlchemy's settings": "SQLALCHEMY_DATABASE_URI = 'x'\nBROKER_URL = 'y'\n",
    "the names of a namespace": "CELERY_BROKER_URL = 'x'\nCELERY_RESULT_BACKEND = 'y'\n",
    "beside names that only a namespace reads": (
        "CELERY_BEAT_SCHEDULE = {}\nCELERYD_CONCURRENCY = 1\n"
    ),
    "addresses among others' constants": "DB = 'a'\nQ = 'b'\nLOG = 'c'\nBROKER_URL = 'x'\n",
    "constants of a module with an app": (
        "from celery import Celery\nBROKER_URL = 'x'\napp = Celery('x', broker=BROKER_URL)\n"
    ),
    "constants for a class": (
        "BROKER_URL = 'x'\nclass CeleryConfig:\n    broker_url = BROKER_URL\n"
    ),
    "constants for a dict": "BROKER_URL = 'x'\nCELERY_CONFIG = {'broker_url': BROKER_URL}\n",
    "new names": "broker_url = 'x'\ntimezone = 'UTC'\n",
    "a broker of another kind": "BROKER_HOST = 'x'\nBROKER_PORT = 1883\n",
    "a broker and buckets of a pipeline": "BROKER_URL = 'kafka'\nS3_BUCKET = 'x'\n",
    "constants of a program that imports Celery, too": (
        "from celery import shared_task\nimport paho\nBROKER_HOST = 'x'\nBROKER_PORT = 1\n"
        "def call():\n    client = paho.connect(BROKER_HOST, BROKER_PORT)\n"
    ),
    "a second name for a namespace": "BROKER_URL = 'x'\nCELERY_BROKER_URL = BROKER_URL\n"
    "CELERY_TASK_SERIALIZER = 'json'\n",
    "nothing of Celery's": "S3_BUCKET = 'x'\nCASSANDRA_PORT = 1\n",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_a_module_that_celery_does_not_read_is_left(text: str) -> None:
    assert upgraded(text, name="config") == text


READ = {
    "a name with CELERY in it": "BROKER_URL = 'x'\nCELERY_TIMEZONE = 'UTC'\n",
    "a retired name": "BROKER_URL = 'x'\nCELERY_ENABLE_UTC = True\n",
    "an import of Celery": "from celery.schedules import crontab\nBROKER_URL = 'x'\n",
    "an import of kombu": "from kombu import Queue\nBROKER_URL = 'x'\nX = BROKER_URL\n",
    "an import of a celeryconfig": "from celeryconfig import *\nBROKER_URL = 'x'\n",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_a_module_with_another_sign_of_celery_is_read(text: str) -> None:
    assert upgraded(text, name="config") == text.replace("BROKER_URL", "broker_url").replace(
        "CELERY_TIMEZONE", "timezone"
    )


@pytest.mark.parametrize("name", ["celeryconfig", "celery_settings", "my_celery", "celery"])
def test_a_module_with_celery_in_its_name_is_read(name: str) -> None:
    assert upgraded("BROKER_URL = 'x'\n", name=name) == "broker_url = 'x'\n"


def test_why_the_names_of_a_stranger_are_left_is_told() -> None:
    said_of_it = said("BROKER_HOST = 'x'\nconnect(BROKER_HOST)\n", name="mqtt")
    assert "nothing here shows that Celery reads this module" in said_of_it


def test_a_class_of_a_stranger_is_left() -> None:
    text = "class Config:\n    BROKER_HOST = 'x'\n    BROKER_PORT = 1883\n"
    assert upgraded(text, name="mqtt") == text


@pytest.mark.parametrize("package", ["djcelery", "djkombu", "configurations"])
def test_what_needs_django_is_djangos_even_in_a_celeryconfig(package: str) -> None:
    text = f"import {package}\nBROKER_URL = 'x'\nCELERYD_POOL = 'x'\n"
    assert upgraded(text) == text
    assert "Django keeps uppercase settings only" in said(text)


def test_a_time_zone_like_djangos_makes_no_django_of_a_celeryconfig() -> None:
    text = "TIME_ZONE = 'UTC'\nUSE_TZ = True\nCELERY_TIMEZONE = 'UTC'\n"
    assert upgraded(text) == text.replace("CELERY_TIMEZONE", "timezone")
    assert upgraded(text, name="settings") == text


def test_a_module_that_configures_its_app_by_itself_is_read() -> None:
    text = "app = Celery()\napp.config_from_object(__name__)\nCELERYBEAT_SCHEDULE = {}\n"
    after = text.replace("CELERYBEAT_SCHEDULE", "beat_schedule")
    assert upgraded(text, name="tasks") == after


def test_a_module_that_gives_its_globals_to_its_app_is_read() -> None:
    text = "app = Celery()\nBROKER_URL = 1\napp.config_from_object(globals())\n"
    assert upgraded(text, name="tasks") == text.replace("BROKER_URL", "broker_url")


def test_a_module_that_the_project_configures_an_app_by_is_read() -> None:
    text = "SECRET_KEY = 'x'\nBROKER_URL = 'y'\n"
    after = text.replace("BROKER_URL", "broker_url")
    assert upgraded(text, name="config", is_config=True) == after


def test_a_module_with_a_namespace_of_its_own_moves_to_it() -> None:
    text = "CELERYD_CONCURRENCY = 1\n"
    known = {"name": "config", "is_config": True, "config_namespace": "CELERY"}
    assert upgraded(text, **known) == "CELERY_WORKER_CONCURRENCY = 1\n"


def test_celery_broker_url_beside_old_names_stays_and_is_told() -> None:
    text = "CELERY_BROKER_URL = 'x'\nCELERYBEAT_SCHEDULE = {}\n"
    assert upgraded(text) == text.replace("CELERYBEAT_SCHEDULE", "beat_schedule")
    assert 'Celery reads it with namespace="CELERY" only' in said(text)


def test_a_name_that_is_imported_under_the_new_name_already_counts() -> None:
    text = "from datetime import timezone\nCELERY_TIMEZONE = 'UTC'\nBROKER_URL = 'x'\n"
    assert upgraded(text) == text.replace("BROKER_URL", "broker_url")
    assert "Celery takes the timezone that is imported in line 1 for the setting" in said(text)


@pytest.mark.parametrize("name", ["CELERY_ENABLE_UTC", "BROKER_BACKEND", "CELERYD_LOG_LEVEL"])
def test_a_retired_name_stays_and_its_fate_is_told(name: str) -> None:
    text = f"BROKER_URL = 'x'\n{name} = False\n"
    assert upgraded(text) == text.replace("BROKER_URL", "broker_url")
    assert f"person: {name}: " in said(text)


def test_the_fate_of_a_name_is_told_where_all_else_is_upgraded() -> None:
    assert "person: CELERYD_FORCE_EXECV: " in said("timezone = 1\nCELERYD_FORCE_EXECV = True\n")


def test_addresses_that_are_put_together_from_constants_are_settings() -> None:
    text = (
        "HOST = 'h'\nPORT = 1\nDB = 2\nBROKER_URL = f'redis://{HOST}:{PORT}/{DB}'\n"
        "CELERY_RESULT_BACKEND = BROKER_URL\n"
    )
    assert "broker_url = f'redis://" in upgraded(text, name="config")


COMMENTS = {
    "an assignment": ("# CELERY_TIMEZONE = 'UTC'\n", "# timezone = 'UTC'\n"),
    "close to its sign": ("#CELERYD_POOL='gevent'\n", "#worker_pool='gevent'\n"),
    "a key": ("x = {}  # 'CELERY_IMPORTS': ()\n", "x = {}  # 'imports': ()\n"),
    "prose": ("# CELERY_TIMEZONE is the zone\n", "# CELERY_TIMEZONE is the zone\n"),
    "a comparison": ("# CELERY_TIMEZONE == 'UTC'\n", "# CELERY_TIMEZONE == 'UTC'\n"),
    "a string that looks like one": ("x = '# CELERY_TIMEZONE = 1'\n",) * 2,
    "a longer name": ("# CELERY_BROKER_URL = 1\n",) * 2,
}


@pytest.mark.parametrize(("before", "after"), COMMENTS.values(), ids=COMMENTS)
def test_commented_out_settings_follow_when_asked_to(before: str, after: str) -> None:
    setting, renamed = "BROKER_URL = 'x'\r\n", "broker_url = 'x'\r\n"
    assert upgraded(setting + before, comments=True) == renamed + after
    assert upgraded(setting + before) == renamed + before


def test_commented_out_settings_of_django_get_their_namespaced_names() -> None:
    text = "DATABASES = {}\nBROKER_URL = 1\n# CELERY_TIMEZONE = 2\n# CELERYD_POOL = 3\n"
    after = (
        "DATABASES = {}\nCELERY_BROKER_URL = 1\n# CELERY_TIMEZONE = 2\n# CELERY_WORKER_POOL = 3\n"
    )
    assert upgraded(text, name="settings", namespace="CELERY", comments=True) == after


FLASK = "SQLALCHEMY_DATABASE_URI = 'x'\nALLOWED_HOSTS = []\nCELERY_TIMEZONE = 'UTC'\n"


def test_a_name_like_djangos_makes_no_django_of_flasks_configuration() -> None:
    assert upgraded(FLASK, name="config") == FLASK
    assert "Flask's configuration drops lowercase names" in said(FLASK, name="config")


@pytest.mark.parametrize("value", [True, False])
def test_celery_reads_no_celery_enable_utc_and_that_is_its_fate(value: bool) -> None:
    module = ModuleType("celeryconfig")
    vars(module).update(CELERY_ENABLE_UTC=value, CELERY_TIMEZONE="UTC")
    app = Celery(set_as_current=False)
    app.config_from_object(module)
    assert app.conf.enable_utc is True

    text = f"CELERY_ENABLE_UTC = {value}\nCELERY_TIMEZONE = 'UTC'\n"
    assert upgraded(text) == text.replace("CELERY_TIMEZONE", "timezone")
    (note,) = notes(text)
    assert "Celery 4 and later don't read it" in note.reason
    wanted = "delete it" if value else "delete it, or write enable_utc if False is what you want"
    assert note.advice == wanted


def test_a_new_name_that_takes_its_value_from_the_old_one_is_told_as_that() -> None:
    text = "INSTALLED_APPS = []\nBROKER_URL = 'x'\nCELERY_BROKER_URL = BROKER_URL\n"
    told = said(text, name="settings", namespace="CELERY")
    assert "CELERY_BROKER_URL, which is the one that Celery reads, takes its value from it" in told
    assert upgraded(text, name="settings", namespace="CELERY") == text
    (note,) = notes(text, name="settings", namespace="CELERY")
    assert note.advice.startswith("give CELERY_BROKER_URL the value itself, and delete this one")


def test_an_import_that_celery_takes_for_a_setting_is_to_get_another_name() -> None:
    text = "from pytz import timezone\nCELERY_TIMEZONE = 'UTC'\n"
    (note,) = notes(text)
    assert note.reason == "Celery takes the timezone that is imported in line 1 for the setting"
    assert note.advice == "import it by another name: timezone as …"
