"""What one launcher imports so that ten nodes needn't: all that a worker's boot imports of Celery.

Found by comparing sys.modules before and after a boot. Nothing here opens a socket
or starts a thread; what isn't installed, or isn't there in this version of Celery, is skipped.
"""

import gc
import importlib
import os
from typing import Iterable

NEEDED = ("celery.__main__", "celery.bin.celery", "celery.apps.worker")

WORKER = (
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.app.routes",
    "celery.backends.asynchronous",
    "celery.backends.base",
    "celery.concurrency.asynpool",
    "celery.concurrency.prefork",
    "celery.concurrency.solo",
    "celery.concurrency.thread",
    "celery.events.dispatcher",
    "celery.events.receiver",
    "celery.events.state",
    "celery.fixups.django",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.consumer.delayed_delivery",
    "celery.worker.heartbeat",
    "celery.worker.loops",
    "celery.worker.pidbox",
    "celery.worker.strategy",
    "billiard.connection",
    "billiard.dummy",
    "billiard.heap",
    "billiard.pool",
    "billiard.popen_fork",
    "billiard.queues",
    "billiard.reduction",
    "billiard.sharedctypes",
    "billiard.synchronize",
    "concurrent.futures.thread",
    "encodings.idna",
    "kombu.mixins",
    "kombu.transport.virtual",
)

TRANSPORTS = (
    "kombu.transport.redis",
    "celery.backends.redis",
    "kombu.transport.pyamqp",
    "celery.backends.rpc",
    "kombu.transport.filesystem",
)


def import_celery(many: bool) -> None:
    """Import what a worker imports; with `many` nodes to come, the usual brokers' clients too.

    Raises ImportError when Celery itself isn't there.
    """
    for name in NEEDED:
        importlib.import_module(name)
    _import_optional(WORKER + TRANSPORTS if many else WORKER)


def _import_optional(names: Iterable[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 - the node that needs it will say what is wrong
            continue


def may_fork() -> bool:
    """Whether forking is safe: this process has one thread, natively counted."""
    return len(os.listdir("/proc/self/task")) == 1


def settle_memory() -> None:
    """Keep the collector of every child off the pages shared with this process."""
    gc.collect()
    gc.freeze()
