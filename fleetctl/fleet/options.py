"""Every option of `celery worker` and `celery`: its key in fleet.yaml, or why it has none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """`key` is the worker key that sets it; `refused` says why fleet.yaml can't have it.

    An option with neither belongs to `celery` itself, before the word ``worker``.
    """

    spellings: tuple[str, ...]
    key: str | None = None
    flag: bool = False
    refused: str | None = None
    instead: str | None = None

    @property
    def name(self) -> str:
        """The long spelling, as the command line gets it."""
        return max(self.spellings, key=len)


def _keyed(key: str, *spellings: str, flag: bool = False) -> Option:
    return Option(spellings, key=key, flag=flag)


def _refused(why: str, instead: str, *spellings: str, flag: bool = False) -> Option:
    return Option(spellings, flag=flag, refused=why, instead=instead)


_BEAT = "goes with a beat inside the worker, which fleetctl doesn't run"
_BEAT_KEY = "set it under the top-level key `beat`"
_SHOWN = "would show its password to everyone in `ps`"
_USER = "needs root, and fleetctl runs as the user the workers run as"

#: Of `celery worker`; compared in the tests with the installed Celery's.
WORKER_OPTIONS = (
    _keyed("statedb", "-S", "--statedb"),
    _keyed("loglevel", "-l", "--loglevel"),
    _keyed("optimization", "-O", "--optimization"),
    _keyed("prefetch_multiplier", "--prefetch-multiplier"),
    _keyed("disable_prefetch", "--disable-prefetch", flag=True),
    _keyed("concurrency", "-c", "--concurrency"),
    _keyed("pool", "-P", "--pool"),
    _keyed("events", "-E", "--task-events", "--events", flag=True),
    _keyed("time_limit", "--time-limit"),
    _keyed("soft_time_limit", "--soft-time-limit"),
    _keyed("max_tasks_per_child", "--max-tasks-per-child"),
    _keyed("pool_start_method", "--pool-start-method"),
    _keyed("max_memory_per_child", "--max-memory-per-child"),
    _keyed("queues", "-Q", "--queues"),
    _keyed("exclude_queues", "-X", "--exclude-queues"),
    _keyed("include", "-I", "--include"),
    _keyed("without_gossip", "--without-gossip", flag=True),
    _keyed("without_mingle", "--without-mingle", flag=True),
    _keyed("without_heartbeat", "--without-heartbeat", flag=True),
    _keyed("heartbeat_interval", "--heartbeat-interval"),
    _keyed("autoscale", "--autoscale"),
    _keyed("umask", "--umask"),
    _refused("names the node, which fleetctl does", "use the key `hostname`", "-n", "--hostname"),
    _refused("is how fleetctl knows the node", "use the key `pidfile`", "--pidfile"),
    _refused("is where fleetctl reads the log", "use the key `logfile`", "-f", "--logfile"),
    _refused(
        "hides whether the worker came up",
        "leave it out: `start` detaches",
        "-D",
        "--detach",
        flag=True,
    ),
    _refused(
        "would empty the queues at every start and restart",
        "run `celery -A APP purge` when you mean it",
        "--purge",
        "--discard",
        flag=True,
    ),
    _refused(
        "starts a second scheduler in every node, and a killed worker leaves it behind",
        "use the top-level key `beat`: one a fleet",
        "-B",
        "--beat",
        flag=True,
    ),
    _refused(_BEAT, _BEAT_KEY, "-s", "--schedule-filename", "--schedule"),
    _refused(_BEAT, _BEAT_KEY, "--scheduler"),
    _refused(_USER, "run `sudo -u USER fleetctl ...`", "--uid"),
    _refused(_USER, "run `sudo -u USER fleetctl ...`", "--gid"),
    _refused("chooses the interpreter", "use the key `python`", "--executable"),
)

#: Of `celery`, before the word ``worker``.
GLOBAL_OPTIONS = (
    Option(("-C", "--no-color"), flag=True),
    Option(("-q", "--quiet"), flag=True),
    Option(("--skip-checks",), flag=True),
    Option(("--loader",)),
    Option(("--config",)),
    _refused("names the app, one for the fleet", "use the top-level key `app`", "-A", "--app"),
    _refused(_SHOWN, "put CELERY_BROKER_URL in `env_file`", "-b", "--broker"),
    _refused(_SHOWN, "put CELERY_RESULT_BACKEND in `env_file`", "--result-backend"),
    _refused("changes the folder of the node", "use the key `workdir`", "--workdir"),
    _refused("only prints", "run `celery --version`", "--version", flag=True),
)

BY_SPELLING = {
    spelling: option for option in WORKER_OPTIONS + GLOBAL_OPTIONS for spelling in option.spellings
}
