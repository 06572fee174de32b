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
