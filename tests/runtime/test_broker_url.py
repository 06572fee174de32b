from __future__ import annotations

from pathlib import Path
from typing import Any

import kombu.connection
import pytest
from kombu.transport import TRANSPORT_ALIASES

from fleetctl.runtime.broker_url import shown

Connection: Any = kombu.connection.Connection


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("amqp://guest:secret@host//", "amqp://guest:**@host:5672//"),
        ("amqp://host//", "amqp://host:5672//"),
        ("amqp://user@host/v", "amqp://user@host:5672/v"),
        ("amqps://u:secret@h/v", "amqps://u:**@h:5671/v"),
        ("amqp://a:secret@h1//;amqp://b:secret@h2//", "amqp://a:**@h1:5672//"),
        ("redis://:secret@host/0", "redis://:**@host:6379/0"),
        ("redis://host/0", "redis://host:6379/0"),
        ("redis://", "redis://localhost:6379"),
        ("redis://u%40x:se%2Fcret@host:6380/1", "redis://u%40x:**@host:6380/1"),
        ("rediss://:secret@host/0?ssl_cert_reqs=none", "rediss://:**@host:6379/0"),
        ("redis+socket:///run/r.sock?password=secret", "redis+socket:///run/r.sock"),
        ("sentinel://:secret@h1:26379/0;sentinel://:secret@h2/0", "sentinel://:**@h1:26379/0"),
        ("sentinel://h1:26379;sentinel://h2:26379", "sentinel://h1:26379"),
        ("memory://", "memory://"),
    ],
)
def test_a_url_is_shown_without_password_and_without_what_was_not_in_it(
    url: str, text: str
) -> None:
    assert shown(Connection(url)) == text


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("sqs://", "sqs://"),
        ("sqs://AKIA:secret%2F@", "sqs://AKIA:**@"),
        ("sqs://AKIA:secret@eu-west-1", "sqs://AKIA:**@eu-west-1"),
    ],
)
def test_a_service_without_host_and_port_gets_none(
    monkeypatch: pytest.MonkeyPatch, url: str, text: str
) -> None:
    # Its own transport needs boto3; the URL is read in the same way without.
    monkeypatch.setitem(TRANSPORT_ALIASES, "sqs", "kombu.transport.memory:Transport")
    assert shown(Connection(url)) == text


def test_the_filesystem_broker_is_the_folder_it_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    options = {"data_folder_in": "queue"}
    assert shown(Connection("filesystem://", transport_options=options)) == (
        f"filesystem://{tmp_path}/queue"
    )
    assert shown(Connection("filesystem://")) == f"filesystem://{tmp_path}/data_in"


def test_a_database_keeps_its_own_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSPORT_ALIASES, "sqla", "kombu.transport.memory:Transport")
    assert shown(Connection("sqla+postgresql://u:secret@h/db")) == "sqla+postgresql://u:**@h/db"
    assert shown(Connection("sqla+postgresql://h/db")) == "sqla+postgresql://h/db"
