"""Options of `celery worker` that are none, or that fleet.yaml has no business with."""

from __future__ import annotations

from tests.fleet.case import refused, worker

CASES = [
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
]  # fmt: skip
