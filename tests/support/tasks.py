"""Send tasks to a fleet and see what became of them."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.result import AsyncResult

from tests.support.waiting import wait_until


class Tasks:
    """A client of the sample app on the given broker and result backend."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    @classmethod
    def on(cls, broker: str, backend: str, **settings: Any) -> Tasks:
        """A client for a broker URL and a result backend URL."""
        app = Celery("client", broker=broker, backend=backend, set_as_current=False)
        app.conf.update(settings)
        return cls(app)

    def send(self, name: str, *, queue: str = "celery", **arguments: object) -> str:
        """Send ``sample.NAME`` and give the task's id."""
        sent = self._app.send_task(f"sample.{name}", kwargs=arguments, queue=queue)
        return str(sent.id)

    def call(self, name: str, *arguments: object) -> str:
        """Send any task of any app and give its id."""
        return str(self._app.send_task(name, arguments).id)

    def state(self, task_id: str) -> str:
        """The task's state, as the result backend has it."""
        return str(AsyncResult(task_id, app=self._app).state)

    def wait_for(self, task_id: str, state: str, timeout: float = 30) -> None:
        """Wait until a task is in a state."""
        wait_until(
            lambda: self.state(task_id) == state, timeout=timeout, what=f"{task_id} to be {state}"
        )

    def close(self) -> None:
        """Close the connections."""
        self._app.close()
