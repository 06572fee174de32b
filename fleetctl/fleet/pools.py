"""Which pool heeds which worker option, as read in celery/concurrency/*.py."""

from __future__ import annotations

#: Keys that only some pools act on; the others take them and do nothing.
HEEDED_BY = {
    "time_limit": ("prefork", "gevent"),
    "soft_time_limit": ("prefork",),
    "max_tasks_per_child": ("prefork",),
    "max_memory_per_child": ("prefork",),
    "pool_start_method": ("prefork",),
    "optimization": ("prefork",),
    "concurrency": ("prefork", "eventlet", "gevent", "threads"),
}

#: Pools that can grow; on the others autoscale ends in an AttributeError that kills the worker.
GROWING = ("prefork", "eventlet", "gevent")

#: Pools whose library patches the interpreter before anything else is imported.
PATCHING = frozenset({"gevent", "eventlet"})
