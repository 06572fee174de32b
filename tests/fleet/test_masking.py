"""Secrets don't show; what isn't secret does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.fleet.masking import blot, mask, mask_argument
from tests.fleet.making import node, problems, write


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


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        ("s3_secret_access_key=pw", "s3_secret_access_key=********"),
        ("broker.password=pw", "broker.password=********"),
        ("task_default_routing_key=mail", "task_default_routing_key=mail"),
        ("worker_concurrency=4", "worker_concurrency=4"),
        ('x=(json){"password": "pw"}', 'x=(json){"password": "********"}'),
        ('x=(json){"a": [{"api_key": 42}]}', 'x=(json){"a": [{"api_key": "********"}]}'),
        (
            'x=(json){"credentials": {"user": "u", "on": true}}',
            'x=(json){"credentials": {"user": "********", "on": true}}',
        ),
        ('x=(json)["redis://:pw@h"]', 'x=(json)["redis://:********@h"]'),
        ('x=(json){"a":  {"queue": "pw"}}', 'x=(json){"a":  {"queue": "pw"}}'),
        ("x=(json){not json", "x=(json){not json"),
        ("x=(json)" + "[" * 100_000, "x=(json)" + "[" * 100_000),
    ],
)
def test_settings_are_masked_by_their_names_however_deep(setting: str, shown: str) -> None:
    assert mask_argument(setting) == shown


def test_a_variable_that_holds_json_is_masked_inside() -> None:
    assert mask("OPTIONS", '{"token": "pw", "a": 1}') == '{"token": "********", "a": 1}'


def test_the_password_in_a_nodes_transport_options_is_hidden(tmp_path: Path) -> None:
    made = node(tmp_path, "settings: {broker_transport_options: {password: hunter2}}")
    assert "hunter2" in " ".join(made.options)
    assert "hunter2" not in " ".join(mask_argument(word) for word in made.options)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('{--broker: "redis://:pw@h", a: 1}', '{--broker: "redis://:**@h", a: 1}'),
        ("  DB_PASSWORD: hunter2  # old", "  DB_PASSWORD: **************"),
        ("{password: pw, pool: solo}", "{password: **, pool: solo}"),
        ('{"token": "p,w}", pool: solo}', '{"token": "****", pool: solo}'),
        ("url: http://h/?api_key=pw&x=1", "url: http://h/?api_key=**&x=1"),
        ("api_key: {a: b}", "api_key: {a: b}"),
        ("secret: *alias", "secret: *alias"),
        ("queues: [mail]", "queues: [mail]"),
    ],
)
def test_a_line_that_is_shown_keeps_its_columns_but_not_its_passwords(
    line: str, shown: str
) -> None:
    assert blot(line) == shown
    assert len(blot(line)) == len(line)


@pytest.mark.parametrize(
    "text",
    [
        'app: a\nworkers: {w1: {options: {--broker: "redis://:hunter2@h"}}}\n',
        "app: a\nworkers: {w1: {concurrency: redis://:hunter2@h}}\n",
        "app: a\nworkers: {w1: {env: {DB_PASSWORD: hunter2, DB_PASSWORD: hunter2}}}\n",
        "app: a\nworkers: {w1: {env: {DB_PASSWORD: hunter2}}\n",
        "app: a\nworkers:\n\tw1: {env: {DB_PASSWORD: hunter2}}\n",
    ],
)
def test_no_problem_shows_a_password(tmp_path: Path, text: str) -> None:
    found = problems(write(tmp_path, text))
    assert found
    assert not any("hunter2" in f"{each.message} {each.text} {each.hint}" for each in found)
