"""One table of fleet files, for `validate` and for the JSON Schema: what each says of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`problems` are ``line:column message`` (the hint after a bar), in full and in order.

    `schema` is whether the JSON Schema accepts the text. It must where there are no errors; where
    it does in spite of them, `beyond` says why no schema can tell.
    """

    name: str
    text: str
    problems: tuple[str, ...] = ()
    schema: bool = True
    beyond: str | None = None


def worker(keys: str) -> str:
    """A fleet file whose one worker's keys are on line 3."""
    return f"app: proj.celery:app\nworkers:\n  w1: {{{keys}}}\n"


def top(keys: str) -> str:
    """A fleet file with top-level keys on line 3."""
    return f"app: proj.celery:app\nworkers: {{w1: {{}}}}\n{keys}\n"


def accepted(name: str, text: str, *warnings: str) -> Case:
    return Case(name, text, warnings)


def refused(name: str, text: str, *problems: str) -> Case:
    return Case(name, text, problems, schema=False)


def beyond(why: str, name: str, text: str, *problems: str) -> Case:
    return Case(name, text, problems, schema=True, beyond=why)


POOLS = "prefork, eventlet, gevent, threads, solo"
DURATION = "seconds or a duration such as 10m, 1h30m, 500ms"
UNKNOWN_X = "Celery knows %n, %h, %d, %p, %i, %I and %%"
NAME_RULE = "letters, digits, _ . and -, beginning with a letter or a digit, at most 64"

CASES = [
    accepted("the least", "app: proj\nworkers: {w1: {}}\n"),
    accepted("a worker without a value", "app: proj\nworkers:\n  w1:\n"),
    accepted("concurrency auto", worker("concurrency: auto")),
    accepted("a whole number with a point", worker("concurrency: 4.0")),
    accepted("durations of every kind", worker("stop_timeout: 1h30m, kill_timeout: 500ms")),
    accepted("a duration in seconds", worker("stop_timeout: 0.5, time_limit: 90")),
    accepted("a size in megabytes", worker("max_memory_per_child: 200MB")),
    accepted("a size in KiB", worker("max_memory_per_child: 200000")),
    accepted("a quoted umask", worker('umask: "022"')),
    accepted("a umask as Python writes it", worker("umask: 0o22")),
    accepted("an octal umask without quotes", worker("umask: 022")),
    accepted("queues in a line", worker('queues: "celery, mail"')),
    accepted("autoscale as on the command line", worker('autoscale: "10,2"')),
    accepted("a number in env", worker("env: {OMP_NUM_THREADS: 1, RATIO: 0.5}")),
    accepted("a loglevel in capitals", worker("loglevel: DEBUG")),
    accepted("an option by its name", worker("options: {--prefetch-multiplier: 1, -E: true}")),
    accepted("an option of celery itself", worker("options: {--quiet: true, --loader: l.L}")),
    accepted("the app's own options", worker("extra_options: {--mine: true, --n: [1, 2]}")),
    accepted("settings", worker("settings: {worker.soft_shutdown_timeout: 20}")),
    accepted("anchors and merges", "app: a\nx-c: &c {pool: solo}\nworkers: {w: {<<: *c}}\n"),
    accepted("a group by globs", top("groups: {web: ['w*']}")),
    accepted("beat and flower", top("beat: {schedule: run/beat}\nflower: {port: 5555}")),
    accepted("beat without a value", top("beat:")),
    accepted(
        "a default undone", "app: a\ndefaults: {autoscale: {min: 1, max: 2}}\nworkers: {w: "
        "{autoscale: , concurrency: 3}}\n",
    ),
    refused(
        "no app",
        "workers: {w1: {}}\n",
        "1:1 the key `app` is missing | for example `app: proj.celery:app, as for `celery -A``",
    ),
    refused(
        "no workers",
        "app: proj\n",
        "1:1 the key `workers` is missing | for example `workers: {w1: {queues: [celery]}}`",
    ),
    refused(
        "workers without a worker",
        "app: proj\nworkers: {}\n",
        "2:10 workers: is empty | for example `workers: {w1: {queues: [celery]}}`",
    ),
    refused(
        "workers as a list",
        "app: proj\nworkers: [w1]\n",
        "2:10 workers: expected a map (key: value), not a list",
    ),
    refused(
        "workers without a value",
        "app: proj\nworkers:\n",
        "2:9 workers: expected a map (key: value), not nothing",
    ),
    refused(
        "an app that is a file",
        "app: proj/celery.py\nworkers: {w1: {}}\n",
        "1:6 app: expected a module, such as proj.celery:app, not proj/celery.py",
    ),
    refused(
        "a worker that is a list",
        "app: proj\nworkers: {w1: [a]}\ngroups: {g: [w1]}\n",
        "2:15 workers.w1: expected a map (key: value), not a list",
    ),
    refused("an unknown key", top("pyton: x"), "3:1 pyton: unknown key | did you mean `python`?"),
    refused(
        "a worker's key at the top",
        top("concurrency: 4"),
        "3:1 concurrency: unknown key | "
        "`concurrency` belongs to a worker, or under `defaults` for all of them",
    ),
    refused(
        "a top-level key in a worker",
        worker("groups: {}"),
        "3:8 workers.w1.groups: unknown key | `groups` belongs at the top level, not in workers.w1",
    ),
    refused(
        "a key spelt as on the command line",
        worker("max-tasks-per-child: 3"),
        "3:8 workers.w1.max-tasks-per-child: unknown key | did you mean `max_tasks_per_child`?",
    ),
    refused(
        "concurrency yes",
        worker("concurrency: yes"),
        "3:21 workers.w1.concurrency: expected a whole number or auto, "
        "not yes (YAML reads it as true)",
    ),
    refused(
        "concurrency in quotes",
        worker('concurrency: "4"'),
        '3:21 workers.w1.concurrency: expected a whole number or auto, not "4" '
        "(text, as it is in quotes) | without the quotes: 4",
    ),
    refused(
        "concurrency none",
        worker("concurrency: 0"),
        "3:21 workers.w1.concurrency: expected a whole number or auto, not 0",
    ),
    refused(
        "concurrency misspelt",
        worker("concurrency: atuo"),
        "3:21 workers.w1.concurrency: expected a whole number or auto, not atuo | "
        "did you mean `auto`?",
    ),
    refused(
        "a pool misspelt",
        worker("pool: gevnt"),
        f"3:14 workers.w1.pool: expected one of {POOLS}, not gevnt | did you mean `gevent`?",
    ),
    refused(
        "autoscale without a maximum",
        worker("autoscale: {min: 2}"),
        "3:8 workers.w1.autoscale: the key `max` is missing",
    ),
    refused(
        "autoscale with a key too many",
        worker("autoscale: {min: 2, max: 3, mx: 4}"),
        "3:36 workers.w1.autoscale.mx: unknown key | did you mean `max`?",
    ),
    refused(
        "autoscale as a number",
        worker("autoscale: 10"),
        "3:19 workers.w1.autoscale: expected a map (key: value), not 10",
    ),
    refused(
        "a list where a word is wanted",
        worker("hostname: [a]"),
        "3:18 workers.w1.hostname: expected a nodename without spaces or commas, such as w1@%h, "
        "not a list",
    ),
    refused(
        "a queue that is a number",
        worker("queues: [celery, 3]"),
        "3:25 workers.w1.queues[2]: expected a queue name, without a comma, not 3 | "
        'write it in quotes: "3"',
    ),
    refused(
        "queues as a map",
        worker("queues: {celery: 1}"),
        "3:16 workers.w1.queues: expected a list, not a map",
    ),
    refused(
        "a boolean in env",
        worker("env: {DEBUG: yes}"),
        "3:21 workers.w1.env.DEBUG: expected text or a number (in quotes, to be sure), "
        'not yes (YAML reads it as true) | write it in quotes: "yes"',
    ),
    refused(
        "nothing in env",
        worker("env: {DEBUG: }"),
        "3:21 workers.w1.env.DEBUG: expected text or a number (in quotes, to be sure), "
        'not nothing | for an empty value write ""',
    ),
    refused(
        "env as a list",
        worker("env: [A=1]"),
        "3:13 workers.w1.env: expected a map (key: value), not a list",
    ),
    refused(
        "a variable with an equals sign",
        worker('env: {"A=B": x}'),
        "3:14 workers.w1.env.A=B: not a name for a variable",
    ),
    refused(
        "an unknown option",
        worker("options: {--concurency: 4}"),
        "3:18 workers.w1.options.--concurency: no such option of `celery worker` | "
        "did you mean `--concurrency`?",
    ),
    refused(
        "an option without its dashes",
        worker("options: {prefetch_multiplier: 4}"),
        "3:18 workers.w1.options.prefetch_multiplier: no such option of `celery worker` | "
        "did you mean `--prefetch-multiplier`?",
    ),
    refused(
        "an option of nobody's",
        worker("options: {--zzzzzzzz: 4}"),
        "3:18 workers.w1.options.--zzzzzzzz: no such option of `celery worker` | "
        "an option that the app itself adds goes under `extra_options`",
    ),
    refused(
        "an option with a wrong value",
        worker("options: {-c: four}"),
        "3:22 workers.w1.options.-c: expected a whole number or auto, not four",
    ),
    refused(
        "a flag with a value",
        worker("options: {--quiet: 3}"),
        "3:27 workers.w1.options.--quiet: expected true or false, not 3",
    ),
    *(
        refused(
            f"the option {option}",
            worker(f"options: {{{option}: true}}"),
            f"3:18 workers.w1.options.{option}: refused: it {why} | {instead}",
        )
        for options, why, instead in [
            (
                "-B --beat",
                "starts a second scheduler in every node, and a killed worker leaves it behind",
                "use the top-level key `beat`: one a fleet",
            ),
            (
                "--purge --discard",
                "would empty the queues at every start and restart",
                "run `celery -A APP purge` when you mean it",
            ),
            (
                "-D --detach",
                "hides whether the worker came up",
                "leave it out: `start` detaches",
            ),
            (
                "--uid --gid",
                "needs root, and fleetctl runs as the user the workers run as",
                "run `sudo -u USER fleetctl ...`",
            ),
            ("--executable", "chooses the interpreter", "use the key `python`"),
            ("-n --hostname", "names the node, which fleetctl does", "use the key `hostname`"),
            ("--pidfile", "is how fleetctl knows the node", "use the key `pidfile`"),
            ("-f --logfile", "is where fleetctl reads the log", "use the key `logfile`"),
            ("-A --app", "names the app, one for the fleet", "use the top-level key `app`"),
            (
                "-b --broker",
                "would show its password to everyone in `ps`",
                "put CELERY_BROKER_URL in `env_file`",
            ),
            (
                "-s --schedule --scheduler",
                "goes with a beat inside the worker, which fleetctl doesn't run",
                "set it under the top-level key `beat`",
            ),
        ]
        for option in options.split()
    ),
    refused(
        "a setting without a namespace",
        worker("settings: {timezone: UTC}"),
        "3:19 workers.w1.settings.timezone: not a Celery setting | "
        "for example worker.soft_shutdown_timeout",
    ),
    refused(
        "minutes and seconds with a colon",
        worker('stop_timeout: "1:30"'),
        f'3:22 workers.w1.stop_timeout: expected {DURATION}, not "1:30" '
        "(text, as it is in quotes)",
    ),
    refused(
        "a duration in an unknown unit",
        worker("stop_timeout: 3 weeks"),
        f"3:22 workers.w1.stop_timeout: expected {DURATION}, not 3 weeks",
    ),
    refused(
        "a negative duration",
        worker("stop_timeout: -1"),
        f"3:22 workers.w1.stop_timeout: expected {DURATION}, not -1",
    ),
    refused(
        "a size in an unknown unit",
        worker("max_memory_per_child: 200 pages"),
        "3:30 workers.w1.max_memory_per_child: expected KiB as a whole number, "
        "or a size such as 200MB, not 200 pages",
    ),
    refused(
        "a umask that isn't octal",
        worker('umask: "089"'),
        '3:15 workers.w1.umask: expected an octal mask in quotes, such as "022", not "089" '
        "(text, as it is in quotes) | without the quotes: 089",
    ),
    refused(
        "too many replicas",
        "app: a\nworkers: {crunch: {replicas: 1000000000}}\n",
        "2:30 workers.crunch.replicas: expected a whole number from 1 to 1000, not 1000000000",
    ),
    refused(
        "a worker called all",
        "app: a\nworkers: {all: {}}\n",
        "2:11 workers.all: `all` means every node, on the command line | choose another name",
    ),
    refused(
        "a group called all",
        top("groups: {all: [w1]}"),
        "3:10 groups.all: `all` means every node, on the command line | choose another name",
    ),
    *(
        refused(
            f"a worker called {name[:12]}",
            f"app: a\nworkers: {{{name}: {{}}}}\n",
            f"2:11 workers.{name}: not a name for a worker | {NAME_RULE}",
        )
        for name in ["w1@host", "-w", "a/b", "a b", "é", "w" * 65]
    ),
    refused(
        "a group that is a word",
        top("groups: {web: w1}"),
        "3:15 groups.web: expected a list, not w1",
    ),
    refused(
        "a port that is none",
        top("flower: {port: 70000}"),
        "3:16 flower.port: expected a port number, not 70000",
    ),
    refused(
        "everything in one go",
        "pyton: x\nworkers:\n  w1: {concurrency: yes, poool: solo}\n  w2: {queues: [3]}\n"
        "groups: {g: [w1, w3]}\n",
        "1:1 the key `app` is missing | for example `app: proj.celery:app, as for `celery -A``",
        "1:1 pyton: unknown key | did you mean `python`?",
        "3:21 workers.w1.concurrency: expected a whole number or auto, "
        "not yes (YAML reads it as true)",
        "3:26 workers.w1.poool: unknown key | did you mean `pool`?",
        "4:17 workers.w2.queues[1]: expected a queue name, without a comma, not 3 | "
        'write it in quotes: "3"',
        "5:18 groups.g[2]: there is no worker or node w3 | the workers are w1, w2",
    ),
    # What a schema can't say.
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
    # Warnings.
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
