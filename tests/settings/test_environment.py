"""Names of environment variables, which are settings' names and none of ours."""

from __future__ import annotations

import pytest

from tests.settings.upgrading import said, upgraded

READERS = [
    'os.environ["BROKER_URL"]',
    'os.environ.get("BROKER_URL", "x")',
    'os.getenv("BROKER_URL")',
    'getenv("BROKER_URL", default="CELERY_TIMEZONE")',
    'env("BROKER_URL")',
    'env.str("BROKER_URL", default="x")',
    'config("BROKER_URL", cast=str)',
    'get_bool("BROKER_URL")',
    'environ.Env(BROKER_URL=(str, ""))("BROKER_URL")',
    'dotenv_values()["BROKER_URL"]',
    '{key: os.environ[key] for key in ("BROKER_URL", "CELERY_TIMEZONE")}',
    'os.environ.setdefault("BROKER_URL", "x")',
    "f\"{os.environ['BROKER_URL']}\"",
]


@pytest.mark.parametrize("reader", READERS)
def test_the_variable_keeps_its_name_where_the_setting_gets_another(reader: str) -> None:
    assert upgraded(f"BROKER_URL = {reader}\n") == f"broker_url = {reader}\n"


@pytest.mark.parametrize("reader", READERS)
def test_the_variable_keeps_its_name_on_an_app(reader: str) -> None:
    before = f"app = Celery()\napp.conf.update(BROKER_URL={reader})\n"
    assert upgraded(before) == before.replace("(BROKER_URL=", "(broker_url=", 1)


@pytest.mark.parametrize("base", ["BaseSettings", "pydantic.BaseSettings", "BaseModel"])
def test_fields_of_pydantic_classes_are_variables_names(base: str) -> None:
    text = f"class Settings({base}):\n    BROKER_URL: str\n    CELERY_TIMEZONE: str = 'UTC'\n"
    assert upgraded(text, name="settings") == text
    assert "environment variables of the same name" in said(text, name="settings")


def test_a_pydantic_class_named_celerys_is_one_as_well() -> None:
    text = "class CeleryConfig(BaseSettings):\n    BROKER_URL: str = 'x'\n"
    assert upgraded(text) == text


def test_a_variable_that_is_set_is_a_variable() -> None:
    text = 'os.environ["CELERY_TIMEZONE"] = "UTC"\n'
    assert upgraded(text) == text


VALUES = (
    "from configurations import Configuration, values\n"
    "class Dev(Configuration):\n    CELERYD_POOL = 1\n    BROKER_URL = values.Value({})\n"
)


@pytest.mark.parametrize("arguments", ["", "'x'", "'x', environ_prefix=None"])
def test_a_value_of_django_configurations_is_read_by_its_name(arguments: str) -> None:
    text = VALUES.format(arguments)
    assert upgraded(text, name="settings", namespace="CELERY") == text
    assert "read from the environment" in said(text, name="settings", namespace="CELERY")


@pytest.mark.parametrize("arguments", ["'x', environ_name='BROKER'", "'x', environ=False"])
def test_a_value_with_another_variable_or_none_goes_on(arguments: str) -> None:
    after = upgraded(VALUES.format(arguments), name="settings", namespace="CELERY")
    assert "CELERY_BROKER_URL = values" in after


def test_a_value_whose_name_stays_keeps_no_other() -> None:
    text = VALUES.format("").replace("BROKER_URL", "CELERY_RESULT_BACKEND")
    after = text.replace("CELERYD_POOL", "CELERY_WORKER_POOL")
    assert upgraded(text, name="settings", namespace="CELERY") == after


@pytest.mark.parametrize(
    "body", ["    BROKER_URL: str\n    CELERY_TIMEZONE: str = 'x'\n", "    BROKER_URL: str = 'x'\n"]
)
def test_fields_under_a_base_that_is_not_seen_may_be_variables(body: str) -> None:
    text = f"from base import AppSettings\nclass CelerySettings(AppSettings):\n{body}"
    assert upgraded(text, name="settings") == text
    assert "environment variables" in said(text, name="settings")


@pytest.mark.parametrize("bases", ["", "(object)", "(Base)"])
def test_annotated_settings_with_values_go_on(bases: str) -> None:
    text = f"class CeleryConfig{bases}:\n    BROKER_URL: str = 'x'\n"
    assert upgraded(text, name="settings") == text.replace("BROKER_URL", "broker_url")


USES = [
    "os.environ.update(celery_config)",
    "os.environ.update(**celery_config)",
    "mock.patch.dict(os.environ, celery_config)",
    "mock.patch.dict('os.environ', celery_config)",
    "subprocess.Popen([], env=celery_config)",
    "env = {**os.environ, **celery_config}",
    "env = os.environ | celery_config",
]


@pytest.mark.parametrize("use", USES)
def test_keys_of_a_dict_for_the_environment_are_variables(use: str) -> None:
    text = f"celery_config = {{'BROKER_URL': 'x', 'CELERY_TIMEZONE': 'y'}}\n{use}\n"
    assert upgraded(text, name="conftest") == text


@pytest.mark.parametrize("use", ["print(celery_config)", "env = os.environ", "run(celery_config)"])
def test_keys_of_another_dict_go_on(use: str) -> None:
    text = f"celery_config = {{'BROKER_URL': 'x'}}\n{use}\n"
    assert upgraded(text, name="conftest") == text.replace("BROKER_URL", "broker_url")
