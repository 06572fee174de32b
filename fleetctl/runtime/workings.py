"""What the agent asks of the worker it lives in, before there is a worker."""

from typing import Any, Callable, List, Optional, Tuple

from .formats import ActiveTask


class Workings:
    """Answers for a worker that isn't there yet; `hooks.RunningWorker` has the real ones.

    Read from the agent's thread: a worker that is coming up or going down must not make it raise.
    """

    pool: Optional[str] = None
    soft_shutdown_timeout = 0.0
    cold_term = False
    celery: Optional[str] = None
    failed = 0

    @property
    def processed(self) -> int:
        return 0

    @property
    def counts(self) -> Tuple[int, int]:
        """How many tasks are active and how many reserved, these included."""
        return 0, 0

    @property
    def concurrency(self) -> Optional[int]:
        return None

    @property
    def pool_size(self) -> Optional[int]:
        """Live pool processes, or as many threads or greenlets as may run at once."""
        return None

    @property
    def queues(self) -> List[str]:
        return []

    @property
    def shape(self) -> Any:
        """What differs after remote control has changed the pool or the queues; cheap."""
        return None

    @property
    def children(self) -> List[int]:
        return []

    def active(self, now: float) -> List[ActiveTask]:  # noqa: ARG002 - nothing runs yet
        """The tasks being executed, the oldest first; `now` is monotonic."""
        return []

    def call_soon(self, callback: Callable[..., Any], *args: Any) -> bool:  # noqa: ARG002
        """Hand `callback` to the consumer's loop; whether there is one."""
        return False
