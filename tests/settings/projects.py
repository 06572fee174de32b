"""Three small whole projects, as people write them: Django, a Flask factory, a celeryconfig."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

DJANGO: Mapping[str, str] = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/__init__.py": "from .celery import app as celery_app\n\n__all__ = ('celery_app',)\n",
    "shop/celery.py": """\
import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
""",
    "shop/settings/__init__.py": "from .production import *\n",
    "shop/settings/base.py": """\
import os
from datetime import timedelta

SECRET_KEY = "not so secret"
INSTALLED_APPS = ["django.contrib.contenttypes", "orders"]
TIME_ZONE = "Europe/Oslo"
USE_TZ = True

BROKER_URL = os.environ.get("BROKER_URL", "memory://")  # BROKER_URL of the environment
CELERY_RESULT_BACKEND = "cache+memory://"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_RESULT_EXPIRES = timedelta(hours=1)
CELERYBEAT_SCHEDULE = {
    "tidy": {"task": "orders.tasks.tidy", "schedule": timedelta(minutes=5)},
}
AWS_S3_REGION_NAME = "eu-north-1"
""",
    "shop/settings/production.py": """\
from .base import *
from .base import BROKER_URL

CELERYD_CONCURRENCY = 4
CELERYBEAT_SCHEDULE["report"] = {"task": "orders.tasks.report", "schedule": 60}
BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "url": BROKER_URL}
""",
    "orders/__init__.py": "",
    "orders/tasks.py": """\
from celery import shared_task
from django.conf import settings


@shared_task
def tidy():
    return settings.BROKER_URL, getattr(settings, "CELERY_TASK_RESULT_EXPIRES", None)
""",
    "orders/tests.py": """\
from django.test import override_settings


@override_settings(CELERYD_CONCURRENCY=1)
def test_tidy():
    pass
""",
}

UNNAMESPACED_DJANGO: Mapping[str, str] = {
    **DJANGO,
    "shop/celery.py": DJANGO["shop/celery.py"].replace(', namespace="CELERY"', ""),
}

FLASK: Mapping[str, str] = {
    "pyproject.toml": "",
    "shop/__init__.py": """\
from flask import Flask

from shop.worker import init_celery


def create_app():
    app = Flask(__name__)
    app.config.from_object("shop.config.Production")
    app.config.from_mapping(
        CELERY={
            "BROKER_URL": "memory://",
            "CELERY_RESULT_BACKEND": "cache+memory://",
            "CELERYD_CONCURRENCY": 2,
        },
    )
    init_celery(app)
    return app
""",
    "shop/config.py": """\
class Config:
    SECRET_KEY = "not so secret"
    CELERY_RESULT_BACKEND = "cache+memory://"


class Production(Config):
    BROKER_URL = "memory://"
""",
    "shop/worker.py": """\
from celery import Celery


def init_celery(app):
    celery_app = Celery(app.name)
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app
""",
    "make_celery.py": """\
from shop import create_app

app = create_app()
celery_app = app.extensions["celery"]
celery_app.conf.CELERY_TIMEZONE = "Europe/Oslo"
""",
}

PLAIN: Mapping[str, str] = {
    "setup.cfg": "",
    "celeryconfig.py": """\
from celery.schedules import crontab
from kombu import Exchange, Queue

from base import CELERY_TIMEZONE, PREFIX
from base import *

BROKER_URL = "memory://"
CELERY_RESULT_BACKEND = f"cache+{BROKER_URL}"
CELERY_QUEUES = (Queue(PREFIX, Exchange(PREFIX), routing_key=PREFIX),)
CELERYBEAT_SCHEDULE = {
    "at night": {"task": "tasks.add", "schedule": crontab(hour=3), "args": (1, 2)},
}
CELERY_ROUTES = (lambda name, *args, **kwargs: {"queue": PREFIX, "url": BROKER_URL},)
""",
    "base.py": "CELERY_TIMEZONE = 'UTC'\nCELERYD_CONCURRENCY = 2\nPREFIX = 'shop'\n",
    "tasks.py": """\
import celeryconfig
from celery import Celery
from celeryconfig import CELERYBEAT_SCHEDULE as schedule, CELERY_ROUTES

app = Celery("tasks")
app.config_from_object("celeryconfig")
app.conf.CELERYD_PREFETCH_MULTIPLIER = 1


@app.task
def add(x, y):
    return celeryconfig.BROKER_URL, schedule, CELERY_ROUTES, app.conf.CELERY_TIMEZONE
""",
}


def write(folder: Path, project: Mapping[str, str]) -> Path:
    """The project's files, in a folder."""
    for name, text in project.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
