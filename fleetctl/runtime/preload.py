"""What one launcher imports so that ten nodes needn't: all that a worker's boot imports of Celery.

Found by comparing sys.modules before and after a boot. Nothing here opens a socket
or starts a thread; what isn't installed, or isn't there in this version of Celery, is skipped.
"""

import functools
import importlib
import os
import platform
import select
import socket
import sys
from importlib import metadata
from types import ModuleType
from typing import Any, Callable, Iterable, Iterator

AHEAD = "--ahead"
"""Among the arguments: import Celery while the controller is still making its plan."""

NEEDED = ("celery.__main__", "celery.apps.worker")

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

    What has been imported before costs nothing. Raises ImportError when Celery isn't there.
    """
    for step in _steps(many):
        step()


def import_ahead(controller: socket.socket) -> None:
    """The same, step by step until `controller` has said what it wants, or gone."""
    try:
        for step in _steps(many=True):
            if select.select([controller], [], [], 0)[0]:
                return
            step()
    except ImportError:
        return  # who needs it meets it again, and has somebody to say it to


def _steps(many: bool) -> Iterator[Callable[[], Any]]:
    yield import_commands
    for name in NEEDED:
        yield functools.partial(importlib.import_module, name)
    yield functools.partial(_import_optional, WORKER)
    if many:
        for name in TRANSPORTS:
            yield functools.partial(_import_optional, [name])
        yield look_up


def import_commands() -> ModuleType:
    """celery.bin.celery, without the prompt of ``celery amqp``: a quarter of its import.

    That is `click_repl`, with which comes prompt_toolkit; no worker has a use for them.
    """
    if "click_repl" in sys.modules:
        return importlib.import_module("celery.bin.celery")
    stand_in: Any = ModuleType("click_repl")
    stand_in.register_repl = _no_prompt
    sys.modules["click_repl"] = stand_in
    try:
        return importlib.import_module("celery.bin.celery")
    except (ImportError, AttributeError):
        del sys.modules["click_repl"]
        return importlib.import_module("celery.bin.celery")
    finally:
        if sys.modules.get("click_repl") is stand_in:
            del sys.modules["click_repl"]


def _no_prompt(_group: object) -> None:
    """What `celery amqp` gets instead of click_repl.register_repl."""


def look_up() -> None:
    """Find out here, once, what every node's boot looks up anew and none finds changed.

    The banner runs the ``uname`` program; redis-py reads its own version from disk for each
    connection; the result backends that packages offer are searched for among all packages.
    """
    if hasattr(metadata.version, "cache_info"):
        return
    platform.platform()
    metadata.version = functools.lru_cache(maxsize=None)(metadata.version)
    try:
        metadata.version("redis")
        imports = importlib.import_module("celery.utils.imports")
        tuple(imports.load_extension_class_names("celery.result_backends"))
    except Exception:  # noqa: BLE001 - no redis, another Celery: then each node looks up itself
        return


def _import_optional(names: Iterable[str]) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001, S112 - the node that needs it will say what is wrong
            continue


def may_fork() -> bool:
    """Whether forking is safe: this process has one thread, natively counted."""
    return len(os.listdir("/proc/self/task")) == 1
