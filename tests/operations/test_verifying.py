"""What Celery sees before and after, loaded by real processes, of three whole projects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fleetctl.errors import FleetctlError
from fleetctl.operations.upgrade_settings import Run
from fleetctl.operations.verifying import Target, Verified, verify
from fleetctl.settings.project import Wishes
from tests.settings import projects


def upgraded(folder: Path, project: Mapping[str, str], namespace: str | None = None) -> Run:
    """The project, verified and written."""
    projects.write(folder, project)
    run = Run([str(folder)], Wishes(namespace=namespace))
    run.plan()
    run.verify()
    run.write(backup=False)
    return run


def seen(run: Run) -> dict[str, int]:
    """How many settings were found equal, by file."""
    assert [each for each in run.report.verified if not each.holds or each.uncertain] == []
    return {each.target.path.name: each.equal for each in run.report.verified}


def texts(folder: Path, *names: str) -> str:
    """What the files hold now."""
    return "".join((folder / name).read_text() for name in names)


@pytest.mark.parametrize(
    ("project", "namespace"),
    [(projects.DJANGO, None), (projects.UNNAMESPACED_DJANGO, "CELERY")],
    ids=["with a namespace", "that gets its namespace"],
)
def test_a_django_project(tmp_path: Path, project: Mapping[str, str], namespace: str) -> None:
    run = upgraded(tmp_path, project, namespace)
    assert seen(run) == {"celery.py": 207, "base.py": 207, "production.py": 207}
    settings = texts(tmp_path, "shop/settings/base.py", "shop/settings/production.py")
    assert 'CELERY_BROKER_URL = os.environ.get("BROKER_URL"' in settings
    assert "from .base import CELERY_BROKER_URL\n" in settings
    assert "AWS_S3_REGION_NAME" in settings
    assert "settings.CELERY_BROKER_URL" in texts(tmp_path, "orders/tasks.py")
    assert "CELERY_WORKER_CONCURRENCY=1" in texts(tmp_path, "orders/tests.py")
    assert 'settings", namespace="CELERY")' in texts(tmp_path, "shop/celery.py")


def test_django_settings_that_the_app_cannot_read_are_not_verified(tmp_path: Path) -> None:
    project = {
        "mysite/settings.py": "DEBUG = True\nBROKER_URL = 'memory://'\nCELERYD_CONCURRENCY = 3\n",
        "mysite/celery.py": "from celery import Celery\napp = Celery('mysite')\n"
        "app.config_from_object('django.conf:settings', namespace='CELERY')\n",
    }
    run = upgraded(tmp_path, project)
    refused = next(each for each in run.report.verified if each.error)
    assert refused.target.path.name == "celery.py"
    assert "ImproperlyConfigured" in (refused.error or "")
    assert not run.report.holds
    assert texts(tmp_path, "mysite/settings.py") == project["mysite/settings.py"]


def test_a_flask_factory(tmp_path: Path) -> None:
    run = upgraded(tmp_path, projects.FLASK)
    assert seen(run) == {"make_celery.py": 207, "__init__.py": 207}
    assert '"broker_url": "memory://"' in texts(tmp_path, "shop/__init__.py")
    assert texts(tmp_path, "shop/config.py") == projects.FLASK["shop/config.py"]


def test_a_plain_celeryconfig(tmp_path: Path) -> None:
    run = upgraded(tmp_path, projects.PLAIN)
    assert seen(run) == {"base.py": 207, "celeryconfig.py": 207, "tasks.py": 207}
    assert "from base import timezone, PREFIX\n" in texts(tmp_path, "celeryconfig.py")
    assert "celeryconfig.broker_url, schedule, task_routes" in texts(tmp_path, "tasks.py")


def compare(folder: Path, before: str, after: str) -> Verified:
    """Whether Celery sees the same by two texts of a module."""
    path = folder / "celeryconfig.py"
    path.write_text(before)
    (found,) = verify([Target(path, "module")], {path: after.encode()})
    assert path.read_text() == before
    assert not list(folder.glob("**/*.pyc"))
    return found


def test_a_setting_that_celery_would_see_otherwise_is_named(tmp_path: Path) -> None:
    found = compare(tmp_path, "BROKER_URL = 'a'\nCELERYD_POOL = 'solo'\n", "broker_url = 'b'\n")
    assert found.differ == ("broker_read_url", "broker_url", "broker_write_url", "worker_pool")
    assert found.equal == 203
    assert not found.holds


EQUAL = {
    "objects of the same state": "from kombu import Queue\n{} = [Queue('a', routing_key='b')]\n",
    "functions": "{} = [lambda name, x=1: {{'a': name}}]\n",
    "classes and modules": "import json\nclass Router: pass\n{} = [Router, Router(), json]\n",
    "schedules": "from celery.schedules import crontab\n{} = {{'a': crontab(hour=1)}}\n",
    "sets and nested dicts": "{} = {{'a': {{1, 'b', (2, 3)}}, 'c': {{'d': [None]}}}}\n",
    "values that contain themselves": "x = []\nx.append(x)\n{} = x\n",
    "objects with slots": "class S:\n    __slots__ = ('a',)\ns = S(); s.a = 1\n{} = s\n",
}


@pytest.mark.parametrize("text", EQUAL.values(), ids=EQUAL)
def test_it_is_the_same_whatever_its_address(tmp_path: Path, text: str) -> None:
    found = compare(tmp_path, text.format("CELERY_ROUTES"), text.format("task_routes"))
    assert found.holds
    assert not found.uncertain


DIFFERENT = {
    "an object's state": ("Queue('a')", "Queue('b')"),
    "what a function does": ("lambda: 1", "lambda: 2"),
    "a type": ("(1,)", "[1]"),
    "a number and its text": ("1", "'1'"),
}


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_it_is_another(tmp_path: Path, one: str, other: str) -> None:
    text = "from kombu import Queue\ntask_routes = {}\n"
    assert compare(tmp_path, text.format(one), text.format(other)).differ == ("task_routes",)


def test_what_differs_by_itself_is_not_held_against_the_upgrade(tmp_path: Path) -> None:
    text = "import uuid\n{} = str(uuid.uuid4())\n"
    found = compare(
        tmp_path, text.format("CELERY_DEFAULT_QUEUE"), text.format("task_default_queue")
    )
    assert "task_default_queue" in found.uncertain
    assert found.holds


def test_a_module_that_cannot_be_loaded_is_told_with_its_error(tmp_path: Path) -> None:
    found = compare(tmp_path, "import nowhere\nBROKER_URL = 1\n", "import nowhere\n")
    assert found.error == (
        "as it is, it can't be loaded: ModuleNotFoundError: No module named 'nowhere'"
    )
    assert not found.holds


def test_a_module_that_ends_its_process_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FleetctlError, match="can't be loaded"):
        compare(tmp_path, "import os\nos._exit(3)\nBROKER_URL = 1\n", "")


def test_what_a_module_prints_disturbs_nothing(tmp_path: Path) -> None:
    text = "print('hello')\nimport os\nos.system('echo hello')\n{} = 1\n"
    assert compare(tmp_path, text.format("BROKER_URL"), text.format("broker_url")).holds


def test_on_a_difference_nothing_is_written(tmp_path: Path) -> None:
    # It looks at its own name: no reading of the text could tell.
    text = "CELERY_IMPORTS = [x for x in dir() if x == 'BROKER_URL']\n"
    text = "BROKER_URL = 'x'\n" + text.replace("'BROKER_URL'", "'BROKER' + '_URL'")
    run = upgraded(tmp_path, {"celeryconfig.py": text, "setup.cfg": ""})
    assert [each.differ for each in run.report.verified] == [("imports",)]
    assert run.report.failed
    assert texts(tmp_path, "celeryconfig.py") == text


def test_a_django_package_without_init_hides_no_celery(tmp_path: Path) -> None:
    project = {name: text for name, text in projects.DJANGO.items() if "__init__" not in name}
    celery = project["shop/celery.py"].replace("shop.settings", "shop.settings.production")
    run = upgraded(tmp_path, {**project, "shop/celery.py": celery})
    assert seen(run) == {"celery.py": 207, "base.py": 207, "production.py": 207}


def test_the_root_is_told_by_the_names_that_the_project_uses(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings" / "base.py"
    assert Target(path, "module").root == path.parent
    known = Target(path, "module", known=(tmp_path, tmp_path / "elsewhere"))
    assert (known.root, known.module) == (tmp_path, "deep.settings.base")
