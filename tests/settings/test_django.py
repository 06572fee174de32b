"""Django's settings module: whose namespace its names get, and who follows them."""

from __future__ import annotations

import pytest

from tests.settings.upgrading_projects import ROOT, after, run

APP = "app = Celery()\napp.config_from_object('django.conf:settings'{})\n"
SETTINGS = "INSTALLED_APPS = []\nBROKER_URL = 'x'\n"


def test_the_namespace_is_found_in_the_projects_app() -> None:
    files = {"shop/celery.py": APP.format(", namespace='JOBS'"), "shop/settings.py": SETTINGS}
    assert after(files) == {"shop/settings.py": SETTINGS.replace("BROKER_URL", "JOBS_BROKER_URL")}


def test_the_namespace_is_found_in_a_file_that_was_not_given() -> None:
    files = {"shop/celery.py": APP.format(", namespace='CELERY'"), "shop/settings.py": SETTINGS}
    changed = after(files, around=("shop/celery.py",))
    assert changed == {"shop/settings.py": SETTINGS.replace("BROKER_URL", "CELERY_BROKER_URL")}


def test_each_settings_module_goes_by_the_app_that_is_nearest() -> None:
    files = {
        "a/celery.py": APP.format(", namespace='A'"),
        "a/settings.py": SETTINGS,
        "b/celery.py": APP.format(", namespace='B'"),
        "b/settings.py": SETTINGS,
    }
    changed = after(files)
    assert "A_BROKER_URL" in changed["a/settings.py"]
    assert "B_BROKER_URL" in changed["b/settings.py"]


NAMED = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', '{}')\n"


@pytest.mark.parametrize(
    ("named", "settings"),
    [
        ("config.settings.local", "config/settings/base.py"),
        ("config.settings", "config/settings/local.py"),
        ("config.settings", "src/config/settings.py"),
        ("settings", "settings.py"),
    ],
)
def test_an_app_reads_the_settings_that_it_names(named: str, settings: str) -> None:
    app = NAMED.format(named) + APP.format(", namespace='CELERY'")
    changed = after({"shop/taskapp/celery.py": app, settings: SETTINGS})
    assert "CELERY_BROKER_URL" in changed[settings]


@pytest.mark.parametrize(
    ("app", "settings"),
    [
        (NAMED.format("other.settings"), "gateway/settings.py"),
        ("", "far/off/gateway/settings.py"),
    ],
)
def test_an_app_of_another_project_reads_none(app: str, settings: str) -> None:
    files = {"django/proj/celery.py": app + APP.format(", namespace='CELERY'")}
    assert after({**files, settings: SETTINGS}) == {}


MINIMAL = "DEBUG = True\nBROKER_URL = 'x'\nCELERYD_CONCURRENCY = 3\n"
"""Settings of which nothing in the file itself says that they are Django's."""
UPGRADED = "DEBUG = True\nCELERY_BROKER_URL = 'x'\nCELERY_WORKER_CONCURRENCY = 3\n"


@pytest.mark.parametrize(
    ("settings", "files"),
    [
        ("mysite/settings.py", {"mysite/celery.py": NAMED.format("mysite.settings")}),
        ("mysite/settings.py", {"mysite/celery.py": ""}),
        ("mysite/conf.py", {"mysite/celery.py": NAMED.format("mysite.conf")}),
        ("conf/site.py", {"mysite/celery.py": "", "manage.py": NAMED.format("conf.site")}),
    ],
    ids=["named by the app", "near the app", "of another name", "named by manage.py"],
)
def test_settings_that_say_nothing_of_django_are_its_by_who_reads_them(
    settings: str, files: dict[str, str]
) -> None:
    app = files["mysite/celery.py"] + APP.format(", namespace='CELERY'")
    assert after({**files, "mysite/celery.py": app, settings: MINIMAL}) == {settings: UPGRADED}


@pytest.mark.parametrize("module", ["mysite/extra.py", "mysite/defaults.py"])
def test_what_may_be_djangos_or_not_is_left_and_told_of(module: str) -> None:
    files = {"mysite/celery.py": APP.format(", namespace='CELERY'"), module: MINIMAL}
    assert after(files) == {}
    note = run(files).outcomes[ROOT / module].notes[0]
    assert "the app reads Django's settings (mysite/celery.py:2)" in note.reason


def test_a_celeryconfig_beside_djangos_app_is_celerys() -> None:
    app = APP.format(", namespace='CELERY'")
    files = {"mysite/celery.py": app, "mysite/celeryconfig.py": "BROKER_URL = 'x'\n"}
    assert after(files) == {"mysite/celeryconfig.py": "broker_url = 'x'\n"}


def test_without_a_namespace_djangos_settings_stay() -> None:
    files = {"shop/celery.py": APP.format(""), "shop/settings.py": SETTINGS}
    result = run(files)
    assert after(files) == {}
    reason = result.outcomes[ROOT / "shop/settings.py"].notes[0].reason
    assert "without a namespace (shop/celery.py:2)" in reason


@pytest.mark.parametrize("around", [(), ("shop/celery.py",)])
def test_settings_and_call_move_together(around: tuple[str, ...]) -> None:
    files = {"shop/celery.py": APP.format(""), "shop/settings.py": SETTINGS}
    changed = after(files, namespace="CELERY", around=around)
    assert changed == {
        "shop/celery.py": APP.format(', namespace="CELERY"'),
        "shop/settings.py": SETTINGS.replace("BROKER_URL", "CELERY_BROKER_URL"),
    }


def test_a_call_over_lines_keeps_its_layout() -> None:
    app = "app.config_from_object(\n    'django.conf:settings',  # here\n)\n"
    files = {"celery.py": app, "settings.py": SETTINGS}
    assert after(files, namespace="CELERY")["celery.py"] == (
        "app.config_from_object(\n    'django.conf:settings', namespace=\"CELERY\",  # here\n)\n"
    )


def test_nothing_moves_where_a_name_would_come_to_life() -> None:
    settings = SETTINGS + "CELERY_ENABLE_UTC = False\n"
    files = {"shop/celery.py": APP.format(""), "shop/settings.py": settings}
    result = run(files, namespace="CELERY")
    assert after(files, namespace="CELERY") == {}
    assert "CELERY_ENABLE_UTC would take effect" in (
        result.outcomes[ROOT / "shop/settings.py"].notes[0].reason
    )


def test_readers_of_djangos_settings_follow() -> None:
    files = {
        "shop/celery.py": APP.format(", namespace='CELERY'"),
        "shop/settings.py": SETTINGS,
        "shop/views.py": "from django.conf import settings\nx = settings.BROKER_URL\n"
        "y = getattr(settings, 'BROKER_URL', '')\n",
        "shop/tests.py": "@override_settings(BROKER_URL='y')\ndef test(): pass\n",
    }
    changed = after(files)
    assert changed["shop/views.py"].count("CELERY_BROKER_URL") == 2
    assert changed["shop/tests.py"].startswith("@override_settings(CELERY_BROKER_URL='y')")


DJANGO_PROJECT = {
    "proj/settings.py": "INSTALLED_APPS = ()\nCELERY_ALWAYS_EAGER = False\n",
    "proj/celery.py": "from celery import Celery\napp = Celery('proj')\n"
    "app.config_from_object('django.conf:settings', namespace='CELERY')\n",
}
OVERRIDES = [
    "def test(settings):\n    settings.CELERY_ALWAYS_EAGER = True\n",
    "@pytest.fixture\ndef eager(settings):\n    settings.CELERY_ALWAYS_EAGER = True\n",
    "@mock.patch('django.conf.settings.CELERY_ALWAYS_EAGER', True)\ndef test(): pass\n",
    "mock.patch.object(settings, 'CELERY_ALWAYS_EAGER', True)\n",
    "monkeypatch.setattr(settings, 'CELERY_ALWAYS_EAGER', True)\n",
    "with override_settings(**{'CELERY_ALWAYS_EAGER': True}): pass\n",
    "with self.settings(CELERY_ALWAYS_EAGER=True): pass\n",
    "print(settings.__dict__['CELERY_ALWAYS_EAGER'])\n",
]


@pytest.mark.parametrize("use", OVERRIDES)
def test_what_tests_override_of_djangos_settings_follows(use: str) -> None:
    text = f"from django.conf import settings\n{use}"
    changed = after({**DJANGO_PROJECT, "tests/test_it.py": text})
    new = text.replace("CELERY_ALWAYS_EAGER", "CELERY_TASK_ALWAYS_EAGER")
    assert changed["tests/test_it.py"] == new


OTHERS = [
    "def run(settings):\n    settings.CELERY_ALWAYS_EAGER = True\n",
    "mock.patch('other.settings.CELERY_ALWAYS_EAGER', True)\n",
    "mock.patch.object(other, 'CELERY_ALWAYS_EAGER', True)\n",
    "change(**{'CELERY_ALWAYS_EAGER': True})\n",
]


@pytest.mark.parametrize("use", OTHERS)
def test_what_may_be_others_is_left_and_told_of(use: str) -> None:
    files = {**DJANGO_PROJECT, "tests/test_it.py": use}
    assert "tests/test_it.py" not in after(files)
    assert ROOT / "tests/test_it.py" in run(files).remains
