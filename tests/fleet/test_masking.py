"""Secrets don't show; what isn't secret does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.fleet.env import mask, mask_argument


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD", "PGPASSWORD", "DJANGO_SECRET_KEY", "API_TOKEN", "GITHUB_TOKEN", "AWS_KEY",
        "MYSQL_PWD", "stripe_api_key", "APIKEY", "SENTRY_DSN", "PRIVATE_KEY", "db-password",
    ],
)  # fmt: skip
def test_the_values_of_secret_names_are_hidden(name: str) -> None:
    assert mask(name, "hunter2") == "********"


@pytest.mark.parametrize("name", ["DEBUG", "PWD", "KEYBOARD", "PASSENGERS", "AUTHOR", "TZ"])
def test_the_values_of_other_names_are_shown(name: str) -> None:
    assert mask(name, "hunter2") == "hunter2"


def test_an_empty_secret_is_shown_to_be_empty() -> None:
    assert mask("DB_PASSWORD", "") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://:pw@host:6379/0", "redis://:********@host:6379/0"),
        ("amqp://u:pw@host//", "amqp://u:********@host//"),
        ("amqps://u:p%40w@host/v?x=1", "amqps://u:********@host/v?x=1"),
        ("redis://:p@w/x#y@host", "redis://:********@host"),
        (
            "sentinel://:a@h1:26379;sentinel://:b@h2:26379",
            "sentinel://:********@h1:26379;sentinel://:********@h2:26379",
        ),
        ("amqp://u:a@h1,amqp://u:b@h2", "amqp://u:********@h1,amqp://u:********@h2"),
        ("db+postgresql://u:pw@h/db", "db+postgresql://u:********@h/db"),
        ("redis://h/0?password=pw&db=1", "redis://h/0?password=********&db=1"),
        (
            "rediss://h/0?ssl=1&sentinel_password=pw",
            "rediss://h/0?ssl=1&sentinel_password=********",
        ),
        ("--broker=redis://:pw@h", "--broker=redis://:********@h"),
        ("broker.password=pw", "broker.password=********"),
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("http://user@h/path", "http://user@h/path"),
        ("--hostname=w1@host", "--hostname=w1@host"),
        ("--logfile=/srv/a:b@c/w1.log", "--logfile=/srv/a:b@c/w1.log"),
    ],
)
def test_passwords_in_urls_are_hidden_and_nothing_else(text: str, shown: str) -> None:
    assert mask_argument(text) == shown
    assert mask("BROKER_URL", text) == shown


def test_a_secret_that_is_a_url_keeps_its_host() -> None:
    assert mask("SENTRY_DSN", "https://k:s@sentry.io/1") == "https://k:********@sentry.io/1"
    assert mask("SENTRY_DSN", "https://k@sentry.io/1") == "********"


@given(st.from_regex(r"[A-Za-z0-9@/#%!$&*()+=._~-]{6,20}", fullmatch=True))
def test_no_password_survives_in_a_url(password: str) -> None:
    assert password not in mask_argument(f"redis://user:{password}@host:6379/0")
