"""The one builder of a node's command line: what is started, shown and exported."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleetctl.fleet.expand import escape
from fleetctl.fleet.model import Node
from fleetctl.fleet.options import BY_SPELLING

_FLAGS = {
    "disable_prefetch": "--disable-prefetch",
    "events": "--events",
    "without_gossip": "--without-gossip",
    "without_mingle": "--without-mingle",
    "without_heartbeat": "--without-heartbeat",
}
_VALUES = {
    "optimization": "--optimization",
    "prefetch_multiplier": "--prefetch-multiplier",
    "time_limit": "--time-limit",
    "soft_time_limit": "--soft-time-limit",
    "max_tasks_per_child": "--max-tasks-per-child",
    "max_memory_per_child": "--max-memory-per-child",
    "pool_start_method": "--pool-start-method",
    "heartbeat_interval": "--heartbeat-interval",
}
_LOG_FORMATS = {
    "log_format": "worker.log_format",
    "task_log_format": "worker.task_log_format",
}
_LISTS = {"queues": "--queues", "exclude_queues": "--exclude-queues", "include": "--include"}


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandLine:
    """What a worker's command line says. Names and paths are expanded, but for `logfile_format`.

    `keys` are the other worker keys of fleet.yaml with their values; `pool` is None where
    fleet.yaml leaves it to the app.
    """

    app: str
    nodename: str
    pidfile: Path
    logfile_format: str
    loglevel: str
    pool: str | None = None
    concurrency: int | str | None = None
    autoscale: tuple[int, int] | None = None
    statedb: Path | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)


def options(line: CommandLine) -> tuple[str, ...]:
    """The arguments after ``celery``, each option and its value in one word."""
    options_: Mapping[str, Any] = line.keys.get("options") or {}
    extra: Mapping[str, Any] = line.keys.get("extra_options") or {}
    settings = _settings(line.keys)
    return (
        f"--app={line.app}",
        *_words({BY_SPELLING[spelling].name: value for spelling, value in options_.items()}),
        "worker",
        f"--hostname={escape(line.nodename)}",
        f"--pool={_pool(line.pool)}",
        f"--pidfile={escape(str(line.pidfile))}",
        f"--logfile={line.logfile_format}",
        f"--loglevel={line.loglevel.upper()}",
        *_sizes(line),
        *_keys(line),
        *_words(extra),
        *(("--", *settings) if settings else ()),
    )


def log_formats(keys: Mapping[str, Any]) -> tuple[str, ...]:
    """The formats of a worker's log records that its keys (or Celery settings) tell."""
    settings: Mapping[str, Any] = keys.get("settings") or {}
    named = {name.lower().replace(".", "_"): value for name, value in settings.items()}
    found = (
        named.get(name.replace(".", "_")) or keys.get(key) for key, name in _LOG_FORMATS.items()
    )
    return tuple(text for text in found if isinstance(text, str))


def command(node: Node) -> list[str]:
    """The whole command line of a node."""
    return [node.python, "-m", "celery", *node.options]


def _pool(pool: str | None) -> str:
    # Celery lets the app's worker_pool override -P prefork, but not its alias
    # (celery/bin/worker.py, WorkersPool): what fleet.yaml says must win.
    return {None: "prefork", "prefork": "processes"}.get(pool) or str(pool)


def _sizes(line: CommandLine) -> list[str]:
    if line.autoscale is not None:
        low, high = line.autoscale
        return [f"--autoscale={high},{low}"]
    return [] if line.concurrency is None else [f"--concurrency={line.concurrency}"]


def _keys(line: CommandLine) -> list[str]:
    words = [
        f"{option}={_number(line.keys[key])}"
        for key, option in _VALUES.items()
        if line.keys.get(key) is not None
    ]
    words += [
        f"{option}={','.join(line.keys[key])}"
        for key, option in _LISTS.items()
        if line.keys.get(key)
    ]
    if line.statedb is not None:
        words.append(f"--statedb={escape(str(line.statedb))}")
    return words + [option for key, option in _FLAGS.items() if line.keys.get(key)]


def _words(options_: Mapping[str, Any]) -> list[str]:
    words = []
    for option, value in options_.items():
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        for one in values:
            if one is True:
                words.append(option)
            elif one is not False:
                words.append(f"{option}={one}" if option.startswith("--") else f"{option}{one}")
    return words


def _number(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _settings(keys: Mapping[str, Any]) -> list[str]:
    given: Mapping[str, Any] = keys.get("settings") or {}
    formats = {name: keys[key] for key, name in _LOG_FORMATS.items() if keys.get(key)}
    return [_setting(item) for item in {**formats, **given}.items()]


def _setting(item: tuple[str, Any]) -> str:
    # celery/loaders/base.py, cmdline_config_parser: (type)value casts.
    name, value = item
    if isinstance(value, str) and name in _LOG_FORMATS.values():
        return f"{name}=(string){value}"
    if isinstance(value, bool):
        return f"{name}={str(value).lower()}"
    if isinstance(value, list | dict):
        return f"{name}=(json){json.dumps(value)}"
    return f"{name}={value}"
