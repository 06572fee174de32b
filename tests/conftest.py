"""Brokers, fleets, and the promise that no test leaves a process behind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import brokers
from tests.support.fleets import Fleet
from tests.support.multi import Driver, Fleetctl, Multi
from tests.support.tasks import Tasks
from tests.support.virtualenvs import older_virtualenv

# No example fails for being slow; where the result decides, all runs try the same examples.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")

MakeFleet = Callable[..., Fleet]

PARALLEL = "PYTEST_XDIST_WORKER" in os.environ

_serial = count()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One private Redis for this process of the test run."""
    with brokers.redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def redis_databases() -> Iterator[int]:
    """Database numbers nobody has used yet."""
    return iter(range(brokers.DATABASES))


@pytest.fixture
def redis_url(redis_server: str, redis_databases: Iterator[int]) -> str:
    """An empty Redis database of the test's own."""
    return f"{redis_server}/{next(redis_databases)}"


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> brokers.RabbitMQ:
    """The private RabbitMQ of this test run. Skips where it isn't installed, except in CI."""
    required = os.environ.get("CI") == "true" or "FLEETCTL_REQUIRE_RABBITMQ" in os.environ
    if brokers.rabbitmq_binary() is None and not required:
        pytest.skip("rabbitmq-server is not installed")
    owner = os.getppid() if PARALLEL else os.getpid()
    return brokers.RabbitMQ(_shared(tmp_path_factory) / "rabbitmq", owner)


@pytest.fixture
def rabbitmq_url(rabbitmq: brokers.RabbitMQ) -> str:
    """An empty virtual host of the test's own."""
    return rabbitmq.fresh_vhost(unique("vhost"))


@pytest.fixture(scope="session")
def older_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a virtualenv with an older Celery, Redis and nothing of fleetctl."""
    return older_virtualenv(_shared(tmp_path_factory) / "older")


@pytest.fixture(autouse=True)
def fleets() -> Iterator[list[Fleet]]:
    """The test's fleets; after it none of their processes may live."""
    made: list[Fleet] = []
    yield made
    for fleet in made:
        fleet.kill_everything()
    survivors = [process for fleet in made for process in fleet.survivors()]
    assert not survivors, f"processes outlived their test: {survivors}"


@pytest.fixture
def make_fleet(tmp_path: Path, fleets: list[Fleet]) -> MakeFleet:
    """Make a fleet in a folder of its own: ``make_fleet(CELERY_BROKER_URL=...)``."""

    def make(**environment: str) -> Fleet:
        domain = unique("test")
        fleet = Fleet(tmp_path / domain, domain=domain, environment=environment)
        fleets.append(fleet)
        return fleet

    return make


@pytest.fixture
def fleet(make_fleet: MakeFleet, redis_url: str) -> Fleet:
    """A fleet on Redis, its results there too; `write` its workers first."""
    return make_fleet(CELERY_BROKER_URL=redis_url, CELERY_RESULT_BACKEND=redis_url)


@pytest.fixture
def tasks(redis_url: str) -> Iterator[Tasks]:
    """Sends tasks to `fleet`."""
    client = Tasks.on(redis_url, redis_url)
    yield client
    client.close()


@pytest.fixture(
    params=[
        Fleetctl,
        pytest.param(
            Multi,
            marks=[
                pytest.mark.multi,
                pytest.mark.xfail(strict=True, raises=AssertionError, reason="it is celery multi"),
            ],
        ),
    ]
)
def driver(request: pytest.FixtureRequest, fleet: Fleet) -> Driver:
    """The tool under test, on `fleet`."""
    made: Driver = request.param(fleet)
    return made


def unique(prefix: str) -> str:
    """A name that no other test of this machine has at the moment."""
    return f"{prefix}-{os.getpid()}-{next(_serial)}"


def _shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this test run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if PARALLEL else base
