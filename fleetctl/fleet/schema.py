"""The keys of fleet.yaml and the values they take: what `validate` and editors alike go by."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from fleetctl.fleet.kinds import (
    BLANK,
    DURATION,
    HOSTNAME,
    MEMORY,
    UMASK,
    Expect,
    commas,
    kibibytes,
    least_most,
    octal,
    seconds,
    whole,
)
from fleetctl.fleet.options import BY_SPELLING

#: Node names are file names, arguments and labels: no more than all of these take.
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
_NAMES = {"propertyNames": {"pattern": NAME.replace("^", "^(?!all$)", 1)}}
ENV_NAME = r"^[^=]+$"
SETTING = r"^[A-Za-z]+[._]\w+$"
EXTRA_OPTION = r"^--?[A-Za-z][\w-]*$"
_ENV_NAMES = {"propertyNames": {"pattern": ENV_NAME}}

LEVELS = ("debug", "info", "warning", "error", "critical", "fatal")
POOLS = ("prefork", "eventlet", "gevent", "threads", "solo")

Text = Annotated[str, Field(min_length=1), Expect("text", quote=True)]
Module = Annotated[
    str,
    Field(pattern=rf"^[^{BLANK}/-][^{BLANK}/]*$"),
    Expect("a module, such as proj.celery:app"),
]
Flag = Annotated[bool, Expect("true or false", ("true", "false"))]
_MOST = 2**31 - 1
Whole = Annotated[int, Field(ge=0, le=_MOST), BeforeValidator(whole), Expect("a whole number")]
Positive = Annotated[
    int, Field(ge=1, le=_MOST), BeforeValidator(whole), Expect("a whole number from 1")
]
#: More than that of one worker are surely a slip.
MOST_REPLICAS = 1000
Copies = Annotated[
    int,
    Field(ge=1, le=MOST_REPLICAS),
    BeforeValidator(whole),
    Expect("a whole number from 1 to 1000"),
]
Concurrency = Annotated[
    Annotated[int, Field(ge=1, le=_MOST), BeforeValidator(whole)] | Literal["auto"],
    Expect("a whole number or auto", ("auto",)),
]
_Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Duration = Annotated[
    _Seconds,
    BeforeValidator(
        seconds, json_schema_input_type=_Seconds | Annotated[str, Field(pattern=DURATION)]
    ),
    Expect("seconds or a duration such as 10m, 1h30m, 500ms"),
]
_Kibibytes = Annotated[int, Field(ge=1, le=2**40)]
Memory = Annotated[
    _Kibibytes,
    BeforeValidator(
        kibibytes, json_schema_input_type=_Kibibytes | Annotated[str, Field(pattern=MEMORY)]
    ),
    Expect("KiB as a whole number, or a size such as 200MB"),
]
_Mask = Annotated[int, Field(ge=0, le=0o777)]
Umask = Annotated[
    _Mask,
    BeforeValidator(octal, json_schema_input_type=_Mask | Annotated[str, Field(pattern=UMASK)]),
    Expect('an octal mask in quotes, such as "022"'),
]
Hostname = Annotated[
    str, Field(pattern=HOSTNAME), Expect("a nodename without spaces or commas, such as w1@%h")
]
_Item = Annotated[str, Field(pattern=rf"^[^,{BLANK}]([^,]*[^,{BLANK}])?$")]
_LISTED = rf"^\s*[^,{BLANK}][^,]*(,\s*[^,{BLANK}][^,]*)*$"
QueueName = Annotated[_Item, Expect("a queue name, without a comma", quote=True)]
ModuleName = Annotated[_Item, Expect("a module name", quote=True)]
Queues = Annotated[
    list[QueueName],
    BeforeValidator(
        commas, json_schema_input_type=list[_Item] | Annotated[str, Field(pattern=_LISTED)]
    ),
]
Modules = Annotated[
    list[ModuleName],
    BeforeValidator(
        commas, json_schema_input_type=list[_Item] | Annotated[str, Field(pattern=_LISTED)]
    ),
]
Members = list[
    Annotated[str, Field(min_length=1), Expect("a worker, a node or a glob", quote=True)]
]
EnvValue = Annotated[
    str | int | float, Expect("text or a number (in quotes, to be sure)", quote=True)
]
Env = Annotated[dict[str, EnvValue], Field(json_schema_extra=_ENV_NAMES)]
Scalar = Annotated[str | int | float | bool, Expect("text, a number, true or false")]
Setting = Annotated[
    str | int | float | bool | list[Any] | dict[str, Any],
    Expect("a value"),
]
Level = Annotated[
    Literal[
        "debug", "info", "warning", "error", "critical", "fatal",
        "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "FATAL",
    ],
    Expect("one of " + ", ".join(LEVELS), LEVELS),
]  # fmt: skip


def _key(description: str, **extra: Any) -> Any:
    return Field(default=None, description=description, **extra)


class Keys(BaseModel):
    """A map that takes its own keys and no others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True)


class Autoscale(Keys):
    """How small and how large the pool may become."""

    min: Whole = Field(description="Never fewer pool processes (or greenlets) than this.")
    max: Positive = Field(description="Never more than this.")


class Place(Keys):
    """What a member of any kind has: its files and its environment."""

    python: Text | None = _key("The interpreter; a path, or a name to look up in PATH.")
    workdir: Text | None = _key("The folder the app is imported from.")
    pidfile: Text | None = _key(
        "In rundir. Of the nodename, %n is what is before the @ and %h what is behind it; "
        "%d is the host's domain, %p the whole nodename."
    )
    logfile: Text | None = _key("In logdir. As pidfile; %i and %I give each pool child its own.")
    env: Env | None = _key("Environment variables; these win over env_file.")
    env_file: Text | None = _key("A file of NAME=value lines.")


class Worker(Place):
    """A worker: one node, or `replicas` of them. An empty value undoes what `defaults` says."""

    pool: Annotated[
        Literal["prefork", "eventlet", "gevent", "threads", "solo"] | None,
        Expect("one of " + ", ".join(POOLS), POOLS),
    ] = _key("How tasks run. Default: the app's worker_pool, else prefork.")
    concurrency: Concurrency | None = _key(
        "Pool processes, threads or greenlets; auto: as many as the cgroup has CPUs."
    )
    autoscale: Annotated[
        Autoscale | None,
        BeforeValidator(
            least_most,
            json_schema_input_type=Autoscale
            | Annotated[str, Field(pattern=r"^\d{1,9}(,\d{1,9})?$")]
            | None,
        ),
    ] = _key("Grow and shrink the pool with the load (prefork, gevent, eventlet).")
    replicas: Copies | None = _key("How many nodes: NAME1, NAME2, ...")
    queues: Queues | None = _key("The queues to consume (-Q). Default: the app's.")
    exclude_queues: Queues | None = _key("Queues of the app's not to consume (-X).")
    time_limit: Duration | None = _key("Kill a task after this long (prefork; gevent raises).")
    soft_time_limit: Duration | None = _key(
        "Raise SoftTimeLimitExceeded in a task after this long."
    )
    max_tasks_per_child: Positive | None = _key("Replace a pool process after so many tasks.")
    max_memory_per_child: Memory | None = _key(
        "Replace a pool process that has grown beyond this: KiB, or 200MB (of 1024 * 1024 bytes)."
    )
    prefetch_multiplier: Whole | None = _key("Messages reserved ahead, times the concurrency.")
    disable_prefetch: Flag | None = _key("Fetch a task only when a slot is free (Redis only).")
    optimization: Annotated[
        Literal["default", "fair"] | None, Expect("default or fair", ("default", "fair"))
    ] = _key("How prefork hands out tasks (-O).")
    pool_start_method: Annotated[
        Literal["fork", "spawn"] | None, Expect("fork or spawn", ("fork", "spawn"))
    ] = _key("How prefork starts its children.")
    hostname: Hostname | None = _key(
        "The nodename (-n). Default %n@%h; %n is the node's own name, %h the host, %d its domain."
    )
    statedb: Text | None = _key("Where revoked task ids survive a restart (-S); %n as in pidfile.")
    loglevel: Level | None = _key("How much is logged (-l). Default: info.")
    log_format: Text | None = _key(
        "What records look like (Celery's worker_log_format); `fleetctl logs` reads them by it."
    )
    task_log_format: Text | None = _key(
        "What the records of task loggers look like (worker_task_log_format)."
    )
    events: Flag | None = _key("Send task events for monitors (-E).")
    without_gossip: Flag | None = _key("Don't listen to other workers' events.")
    without_mingle: Flag | None = _key(
        "Don't ask the other workers at start: a second sooner ready."
    )
    without_heartbeat: Flag | None = _key("Send no event heartbeats (Flower needs them).")
    heartbeat_interval: Positive | None = _key("Seconds between event heartbeats.")
    include: Modules | None = _key("More modules to import (-I).")
    settings: (
        Annotated[
            dict[str, Setting],
            Field(json_schema_extra={"propertyNames": {"pattern": SETTING}}),
        ]
        | None
    ) = _key("Celery settings for this worker, such as worker.soft_shutdown_timeout: 20.")
    options: dict[str, Scalar] | None = _key("Options by their names on Celery's command line.")
    extra_options: (
        Annotated[
            dict[str, Annotated[Scalar | list[Scalar], Expect("a value or a list of them")]],
            Field(json_schema_extra={"propertyNames": {"pattern": EXTRA_OPTION}}),
        ]
        | None
    ) = _key(
        "Options the app adds to `celery worker` itself, or a newer Celery has; passed unchecked. "
        "true makes a flag, a list repeats the option."
    )
    umask: Umask | None = _key('The file mode creation mask, in octal and in quotes: "022".')
    stop_timeout: Duration | None = _key(
        "How long a warm shutdown may take before stopwait goes on to QUIT or KILL. "
        "Default: as long as tasks run."
    )
    kill_timeout: Duration | None = _key("Seconds from QUIT to KILL. Default: 10.")


class Beat(Place):
    """The fleet's one scheduler."""

    schedule: Text | None = _key("The schedule's file.")
    scheduler: Text | None = _key("The scheduler class.")
    max_interval: Duration | None = _key("The longest sleep between looks at the schedule.")
    loglevel: Level | None = _key("How much is logged.")
    options: dict[str, Scalar] | None = _key("Any other option of `celery beat`.")


class Flower(Place):
    """The fleet's Flower."""

    port: Annotated[
        Annotated[int, Field(ge=0, le=65535), BeforeValidator(whole)] | None,
        Expect("a port number"),
    ] = _key("The port to listen on.")
    address: Text | None = _key("The address to listen on.")
    url_prefix: Text | None = _key("Where a proxy puts it.")
    options: dict[str, Scalar] | None = _key("Any other option of `celery flower`.")


class FleetFile(Place):
    """A fleet of Celery workers."""

    model_config = ConfigDict(
        title="fleet.yaml", json_schema_extra={"patternProperties": {"^x-": {}}}
    )

    app: Module = Field(description="The Celery app, as for celery -A.")
    rundir: Text | None = _key("Pidfiles, node records, snapshots and locks. Default: run.")
    logdir: Text | None = _key("Log files. Default: log.")
    preload_app: Flag | None = _key("Import the app once, before the nodes are forked.")
    defaults: Worker | None = _key("Any worker key; a worker's own value wins.")
    workers: Annotated[dict[str, Worker | None], Field(min_length=1, json_schema_extra=_NAMES)] = (
        Field(description="The workers by name.")
    )
    beat: Beat | None = _key("Celery beat, one a fleet.")
    flower: Flower | None = _key("Flower.")
    groups: Annotated[dict[str, Members], Field(json_schema_extra=_NAMES)] | None = _key(
        "Names for several workers, selected as @NAME."
    )


def json_schema() -> dict[str, Any]:
    """The JSON Schema of fleet.yaml, for editors and for CI."""
    schema = FleetFile.model_json_schema()
    for model in (schema, *schema["$defs"].values()):
        for name, key in model["properties"].items():
            key.setdefault("title", name.replace("_", " ").title())
    keys = schema["$defs"]["Worker"]["properties"]
    keys["options"]["anyOf"][0].update(
        additionalProperties=False,
        properties={
            spelling: _option_schema(option.key, option.flag)
            for spelling, option in BY_SPELLING.items()
            if not option.refused
        },
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _option_schema(key: str | None, flag: bool) -> dict[str, Any]:
    if key is not None:
        return {"$ref": f"#/$defs/Worker/properties/{key}"}
    description = "An option of `celery` itself."
    return {"type": "boolean" if flag else "string", "description": description}
