"""Fleet files wrong in ways no schema can say, and right ones that deserve a warning."""

from __future__ import annotations

from tests.fleet.case import DURATION, UNKNOWN_X, accepted, beyond, worker

CASES = [
    beyond(
        "a schema sees one of the two",
        "a key given twice",
        "app: a\nworkers:\n  w1: {pool: solo, pool: solo}\n  w1: {}\n",
        "3:20 workers.w1.pool: given twice; first on line 3",
        "4:3 workers.w1: given twice; first on line 3",
    ),
    beyond(
        "a schema doesn't see how a number was written",
        "a umask that may be decimal",
        worker("umask: 22"),
        "3:15 workers.w1.umask: 22 may be octal or decimal | "
        'write it in octal and in quotes: "022"',
    ),
    beyond(
        "YAML 1.1 hands the schema ninety",
        "a duration with a colon and no quotes",
        worker("stop_timeout: 1:30"),
        f"3:22 workers.w1.stop_timeout: expected {DURATION}, not 1:30",
    ),
    beyond(
        "a comparison of two values",
        "autoscale upside down",
        worker("autoscale: {min: 5, max: 2}"),
        "3:19 workers.w1.autoscale: min (5) is greater than max (2)",
    ),
    *(
        beyond(
            "two keys at once",
            f"autoscale on {pool}",
            worker(f"pool: {pool}, autoscale: {{min: 1, max: 2}}"),
            f"3:{column} workers.w1.autoscale: the {pool} pool can't grow: the worker would die "
            "trying | autoscale works with prefork, eventlet and gevent",
        )
        for pool, column in [("solo", 31), ("threads", 34)]
    ),
    beyond(
        "two keys at once",
        "a queue both in and out",
        worker("queues: [a, b], exclude_queues: [b]"),
        "3:40 workers.w1.exclude_queues: b is in `queues` too | take it out of one of them",
    ),
    beyond(
        "two keys at once",
        "a key and its option",
        worker("concurrency: 2, options: {-c: 4}"),
        "3:34 workers.w1.options.-c: given twice: there is `concurrency` too | keep one of them",
    ),
    beyond(
        "two keys at once",
        "two spellings of an option",
        worker("options: {-c: 4, --concurrency: 4}"),
        "3:25 workers.w1.options.--concurrency: given twice: there is `-c` too | keep one of them",
    ),
    beyond(
        "0s is a duration like any other",
        "no time between QUIT and KILL",
        worker("kill_timeout: 0s"),
        "3:22 workers.w1.kill_timeout: 0 leaves no time between QUIT and KILL: tasks could not be "
        "requeued | leave it out for 10 seconds",
    ),
    beyond(
        "a reference",
        "a group of strangers",
        "app: a\nworkers: {crunch: {}}\ngroups: {g: [crunh, 'z*']}\n",
        "3:14 groups.g[1]: there is no worker or node crunh | did you mean `crunch`?",
        "3:21 groups.g[2]: there is no worker or node z* | the workers are crunch",
    ),
    beyond(
        "the name decides",
        "replicas of a name that ends in a digit",
        worker("replicas: 2"),
        "3:18 workers.w1.replicas: w1 ends in a digit: its replicas would be w11, w12, ... | "
        "rename it, for example to w1_",
    ),
    beyond(
        "a collision",
        "a replica called like a worker",
        "app: a\nworkers:\n  crunch: {replicas: 2}\n  crunch1: {}\n",
        "4:3 workers.crunch1: a node of crunch is called crunch1 too | rename one of them",
    ),
    beyond(
        "a collision",
        "one pidfile for two",
        "app: a\ndefaults: {pidfile: x.pid}\nworkers: {a: {}, b: {}}\n",
        "2:21 defaults.pidfile: a and b would share the pidfile FOLDER/run/x.pid | put %n in it",
    ),
    beyond(
        "a collision",
        "one nodename for two",
        "app: a\nworkers: {a: {}, b: {hostname: a@%h}}\n",
        "2:32 workers.b.hostname: a and b would share the nodename a@HOST | put %n in it",
    ),
    beyond(
        "a collision",
        "one name before the @ for two",
        "app: a\nworkers: {a: {}, b: {hostname: a@b}}\n",
        "2:21 workers.b: a and b would share the pidfile FOLDER/run/a.pid | "
        "put %p, the whole nodename, in it",
        "2:21 workers.b: a and b write to one logfile, FOLDER/log/a.log | "
        "put %p, the whole nodename, in it",
    ),
    beyond(
        "a collision",
        "one statedb for two",
        "app: a\nworkers: {a: {replicas: 2, statedb: s.db}}\n",
        "2:37 workers.a.statedb: a1 and a2 would share the statedb FOLDER/s.db | put %n in it",
    ),
    beyond(
        "the letters after a %",
        "an unknown abbreviation",
        worker("pidfile: '%z.pid', hostname: 'a@%p'"),
        f"3:17 workers.w1.pidfile: %z means nothing here | {UNKNOWN_X}",
        "3:37 workers.w1.hostname: %p means nothing here | Celery knows %n, %h, %d, %i, %I and %%",
    ),
    beyond(
        "the file system",
        "what isn't there",
        worker("python: nowhere/python, workdir: nowhere, env_file: nowhere.env"),
        "3:16 workers.w1.python: FOLDER/nowhere/python doesn't exist",
        "3:41 workers.w1.workdir: FOLDER/nowhere doesn't exist",
        "3:60 workers.w1.env_file: FOLDER/nowhere.env can't be read: no such file or directory",
    ),
    *(
        accepted(
            f"{key} on {pool}",
            worker(f"{key}: {value}, pool: {pool}"),
            f"3:8 workers.w1.{key}: ignored by the {pool} pool | it works with {works}",
        )
        for key, value, pool, works in [
            ("max_tasks_per_child", 3, "threads", "prefork"),
            ("max_memory_per_child", 3, "gevent", "prefork"),
            ("soft_time_limit", 3, "gevent", "prefork"),
            ("time_limit", 3, "eventlet", "prefork and gevent"),
            ("concurrency", 3, "solo", "prefork, eventlet, gevent and threads"),
            ("optimization", "fair", "solo", "prefork"),
            ("pool_start_method", "spawn", "threads", "prefork"),
        ]
    ),
    accepted(
        "autoscale and concurrency",
        worker("concurrency: 3, autoscale: {min: 1, max: 2}"),
        "3:8 workers.w1.concurrency: ignored, because `autoscale` sets the size | keep one of them",
    ),
    accepted(
        "a soft limit behind the hard one",
        worker("soft_time_limit: 30, time_limit: 10"),
        "3:25 workers.w1.soft_time_limit: never reached: `time_limit` kills the task first | "
        "make it the smaller of the two",
    ),
    accepted(
        "REMAP_SIGTERM",
        worker("env: {REMAP_SIGTERM: SIGQUIT}"),
        "3:14 workers.w1.env.REMAP_SIGTERM: REMAP_SIGTERM makes TERM a cold shutdown: running "
        "tasks are cut off instead of finished | leave it out",
    ),
    accepted(
        "CELERY_WORKER_*",
        worker("env: {CELERY_WORKER_QUEUES: a}"),
        "3:14 workers.w1.env.CELERY_WORKER_QUEUES: CELERY_WORKER_QUEUES has no effect under "
        "fleetctl: nodes take their options from fleet.yaml | the key `queues`",
    ),
    accepted(
        "one logfile for two",
        "app: a\nlogfile: x.log\nworkers: {a: {}, b: {}}\n",
        "2:10 logfile: a and b write to one logfile, FOLDER/log/x.log | put %n in it",
    ),
    accepted(
        "a hostname without an @",
        worker("hostname: w1"),
        "3:18 workers.w1.hostname: without an @ Celery takes w1 for the host: celery@w1 | "
        "write w1@%h",
    ),
]  # fmt: skip
