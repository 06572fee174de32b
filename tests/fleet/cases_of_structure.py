"""Fleet files whose structure is right, or of which the schema too says that it is not."""

from __future__ import annotations

from tests.fleet.case import DURATION, NAME_RULE, POOLS, accepted, refused, top, worker

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
    accepted("an app's own setting", worker("settings: {shop.currency: EUR}")),
    accepted("a setting with underscores", worker("settings: {worker_pool_restarts: true}")),
    accepted(
        "a misspelt setting",
        worker("settings: {worker.soft_shutdwn_timeout: 20}"),
        "3:19 workers.w1.settings.worker.soft_shutdwn_timeout: Celery has no such setting | "
        "did you mean `worker.soft_shutdown_timeout`?",
    ),
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
]  # fmt: skip
