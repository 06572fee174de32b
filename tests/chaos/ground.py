"""Where a fault is done: brokers and fleets of its own, all gone when it is over."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from tests.chaos.fault import NotPossible
from tests.chaos.truth import APP, Truth
from tests.support import brokers
from tests.support.fleets import Fleet
from tests.support.tasks import Tasks

SOLO: Mapping[str, Any] = {"pool": "solo", "queues": ["celery"]}
AT_ONCE = 2 * (os.cpu_count() or 1)

FreshVhost = Callable[[], str]
T = TypeVar("T")
U = TypeVar("U")

_serial = count()


class Ground:
    """Makes what a fault needs; `close` ends it all. `fresh_vhost` makes a URL on a RabbitMQ."""

    def __init__(self, folder: Path, fresh_vhost: FreshVhost | None = None) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._databases = count()
        self._fresh_vhost = fresh_vhost

    @cached_property
    def _redis(self) -> str:
        return self._stack.enter_context(brokers.redis_server(self.make_folder("redis")))

    def redis(self) -> str:
        """An empty Redis database."""
        return f"{self._redis}/{next(self._databases)}"

    def rabbitmq(self) -> str:
        """An empty virtual host of a RabbitMQ."""
        if brokers.rabbitmq_binary() is None:
            raise NotPossible("rabbitmq-server is not installed")
        if self._fresh_vhost is None:
            server = brokers.RabbitMQ(self.folder / "rabbitmq", os.getpid())
            self._fresh_vhost = lambda: server.fresh_vhost(f"chaos-{next(_serial)}")
        return self._fresh_vhost()

    def make_folder(self, name: str) -> Path:
        """An empty folder of that name."""
        folder = self.folder / f"{name}-{next(_serial)}"
        folder.mkdir(parents=True)
        return folder

    @contextmanager
    def fleet(
        self,
        workers: Mapping[str, Any],
        *,
        broker: str | None = None,
        backend: str | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        **top: Any,
    ) -> Iterator[tuple[Fleet, Truth]]:
        """A fleet of the truthful app, on Redis unless told otherwise; after it nothing lives."""
        url = broker or self.redis()
        name = f"chaos-{os.getpid()}-{next(_serial)}"
        urls = {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": backend or url}
        fleet = Fleet(
            (folder or self.folder) / name, domain=name, environment={**urls, **(environment or {})}
        )
        truth = Truth(fleet)
        fleet.write(workers, app=APP, **top)
        try:
            yield fleet, truth
        finally:
            fleet.kill_everything()

    @contextmanager
    def tasks(self, fleet: Fleet, **settings: Any) -> Iterator[Tasks]:
        """Sends tasks to a fleet."""
        where = fleet.environment
        client = Tasks.on(where["CELERY_BROKER_URL"], where["CELERY_RESULT_BACKEND"], **settings)
        try:
            yield client
        finally:
            client.close()

    def side_by_side(self, each: Callable[[T], U], subjects: Iterable[T]) -> list[U]:
        """`each` for all, a few at a time (most of it is waiting); the first failure is raised."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            running = [pool.submit(each, subject) for subject in subjects]
            try:
                return [one.result() for one in running]
            finally:
                for one in running:
                    one.cancel()

    def close(self) -> None:
        self._stack.close()

    def __enter__(self) -> Ground:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
