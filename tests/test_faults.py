"""The quick version of every fault in tests/chaos: a few seconds each, at the suite's own pace."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.fault import FAULTS
from tests.chaos.run import run
from tests.conftest import unique
from tests.support import brokers


@pytest.fixture
def fresh_vhost(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Makes a virtual host on the RabbitMQ of this test run, which is started for the first."""

    def make() -> str:
        server: brokers.RabbitMQ = request.getfixturevalue("rabbitmq")
        return server.fresh_vhost(unique("chaos"))

    return make


@pytest.mark.parametrize("name", FAULTS)
def test_a_fleet_survives(name: str, tmp_path: Path, fresh_vhost: Callable[[], str]) -> None:
    outcome = run(FAULTS[name], tmp_path, FAULTS[name].quick, fresh_vhost)

    if outcome.held is None and os.environ.get("CI") != "true":
        pytest.skip(outcome.said)
    assert outcome.held, outcome.said
