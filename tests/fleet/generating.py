"""Whole fleet files by the thousand (hypothesis): sound ones, odd ones, and broken ones."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import yaml
from hypothesis import strategies as st

from fleetctl.fleet.schema import LEVELS, POOLS

EXAMPLE = """\
app: proj.celery:app
workdir: .
rundir: run
logdir: log
pidfile: "%n.pid"
logfile: "%n.log"
env: {DJANGO_SETTINGS_MODULE: proj.settings}

defaults:
  loglevel: info

workers:
  w1:
    pool: prefork
    concurrency: 4
    queues: [celery]
    stop_timeout: 10m
  io:
    pool: gevent
    concurrency: 200
    queues: [mail, webhooks]
  crunch:
    replicas: 3
    autoscale: {min: 2, max: 10}
    max_tasks_per_child: 100
    env: {OMP_NUM_THREADS: "1"}
    options: {--prefetch-multiplier: 1}

beat: {schedule: run/beat-schedule}
flower: {port: 5555}

groups:
  web: [w1, io]
"""

_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**12),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.text(max_size=6),
    st.sampled_from(["auto", "10m", "prefork", "%n", "%z", "w1", "all", "a,b", "022", "~", "-c"]),
)
VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["w1", "pool", "env", "min", "-c", "--beat", "app", "x y", "all", ""]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=4,
)
"""Anything that YAML can say."""

Trail = tuple[Any, ...]


def places(value: Any, trail: Trail = ()) -> list[Trail]:
    """The paths to everything in `value`."""
    found = [trail] if trail else []
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        found += [place for key, inner in items for place in places(inner, (*trail, key))]
    return found


def replaced(data: Any, place: Trail, value: Any) -> Any:
    """`data` with `value` in that place."""
    changed = deepcopy(data)
    parent = changed
    for part in place[:-1]:
        parent = parent[part]
    parent[place[-1]] = value
    return changed


_NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,6}", fullmatch=True)
_QUEUES = st.lists(st.sampled_from(["celery", "mail", "a.b", "größe", "x y"]), max_size=3)
_DURATIONS = st.sampled_from([0, 1, 90, 0.5, "10m", "1h30m", "500ms", "90"])
_FLAGS = st.booleans()
_ENV = st.dictionaries(
    st.sampled_from(["TZ", "OMP_NUM_THREADS", "PATH", "LANG"]),
    st.text(alphabet="ab c$%é", max_size=5) | st.integers(0, 9) | st.floats(0, 1),
    max_size=2,
)
_SMALL = st.integers(1, 40)
_WORKER = st.fixed_dictionaries(
    {},
    optional={
        "pool": st.sampled_from(POOLS),
        "concurrency": _SMALL | st.just("auto"),
        "autoscale": st.fixed_dictionaries({"min": st.integers(0, 4), "max": st.integers(1, 9)})
        | st.just("2,10"),
        "replicas": st.integers(1, 4),
        "queues": _QUEUES | st.just("celery,mail"),
        "exclude_queues": _QUEUES,
        "time_limit": _DURATIONS,
        "soft_time_limit": _DURATIONS,
        "max_tasks_per_child": _SMALL,
        "max_memory_per_child": _SMALL | st.just("200MB"),
        "prefetch_multiplier": st.integers(0, 9),
        "disable_prefetch": _FLAGS,
        "optimization": st.sampled_from(["default", "fair"]),
        "pool_start_method": st.sampled_from(["fork", "spawn"]),
        "hostname": st.sampled_from(["%n@%h", "%n@here", "one@%d", "%n"]),
        "statedb": st.sampled_from(["%n.state", "state"]),
        "loglevel": st.sampled_from([*LEVELS, *map(str.upper, LEVELS)]),
        "events": _FLAGS,
        "without_gossip": _FLAGS,
        "without_mingle": _FLAGS,
        "without_heartbeat": _FLAGS,
        "heartbeat_interval": _SMALL,
        "include": st.just(["json"]) | st.just("json,string"),
        # What type Celery wants for a setting is Celery's to say, when it reads it.
        "settings": st.fixed_dictionaries(
            {},
            optional={
                "worker.soft_shutdown_timeout": st.integers(0, 9),
                "task_acks_late": _FLAGS,
                "broker.heartbeat": st.integers(0, 9),
            },
        ),
        "options": st.dictionaries(
            st.sampled_from(["--prefetch-multiplier", "-O", "-q", "--no-color", "-E", "-B", "--x"]),
            st.integers(1, 3) | st.just("fair") | st.just(True),
            max_size=2,
        ),
        "umask": st.sampled_from(["022", "0077"]),
        "stop_timeout": _DURATIONS,
        "kill_timeout": _DURATIONS,
        "pidfile": st.sampled_from(["%n.pid", "%h.pid", "pids/%n", "one.pid"]),
        "logfile": st.sampled_from(["%n.log", "%n%I.log", "all.log", "%d/%n.log"]),
        "env": _ENV,
        "workdir": st.sampled_from([".", "..", "nowhere"]),
    },
)


def _few(worker: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """A few of its keys: of all at once some two always disagree."""
    return worker.flatmap(
        lambda keys: (
            st.lists(st.sampled_from(sorted(keys)), max_size=4, unique=True).map(
                lambda kept: {key: keys[key] for key in kept}
            )
            if keys
            else st.just({})
        )
    )


_FLEETS = st.fixed_dictionaries(
    {
        "app": st.just("fleetctl.sample:app"),
        "workers": st.dictionaries(_NAMES, _few(_WORKER) | st.none(), min_size=1, max_size=3),
    },
    optional={
        "defaults": _few(_WORKER),
        "env": _ENV,
        "rundir": st.sampled_from(["run", "/nonexistent/run", "a b"]),
        "logdir": st.sampled_from(["log", "run"]),
        "preload_app": _FLAGS,
        "beat": st.just({"schedule": "run/beat"}),
        "flower": st.just({"port": 5555}),
        "groups": st.dictionaries(_NAMES, st.lists(_NAMES | st.just("*"), max_size=2), max_size=1),
        "x-notes": VALUES,
    },
)


def _changed(data: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(replaced, st.just(data), st.sampled_from(places(data)), VALUES)


FILES: st.SearchStrategy[str] = st.one_of(
    _FLEETS,
    _FLEETS,
    _FLEETS.flatmap(_changed),
    _changed(yaml.safe_load(EXAMPLE)),
).map(lambda data: yaml.safe_dump(data, allow_unicode=True, sort_keys=False))
"""The text of a fleet.yaml: two in four as they should be, the others with a thing gone wrong."""
