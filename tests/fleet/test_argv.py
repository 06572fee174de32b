"""The command line, against what Celery's own parser makes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.bin.base import CLIContext
from celery.bin.worker import worker as worker_command
from celery.concurrency import get_implementation
from celery.utils.log import mlevel
from celery.utils.nodenames import node_format

from fleetctl.fleet.argv import command
from fleetctl.fleet.model import Node
from tests.fleet.making import node, nodes


def parsed(made: Node, **conf: Any) -> dict[str, Any]:
    """The parameters that `celery worker` gets, and its further arguments."""
    app = Celery("proj", set_as_current=False)
    app.conf.update(conf)
    context = CLIContext(app=app, no_color=True, workdir=None)
    arguments = list(made.options[made.options.index("worker") + 1 :])
    parsed_context = worker_command.make_context("worker", arguments, obj=context)
    return {**parsed_context.params, "rest": parsed_context.args}


def test_the_line_begins_with_the_interpreter_and_the_app(tmp_path: Path) -> None:
    line = command(node(tmp_path, ""))
    assert line[:5] == [sys.executable, "-m", "celery", "--app=proj.celery:app", "worker"]


def test_what_a_node_is_known_by_is_always_explicit(tmp_path: Path) -> None:
    made = node(tmp_path, "")
    params = parsed(made)
    assert params["hostname"] == made.nodename
    assert params["pool"] is get_implementation("prefork")
    assert node_format(params["pidfile"], made.nodename) == str(tmp_path / "run/w1.pid")
    assert node_format(params["logfile"], made.nodename) == str(tmp_path / "log/w1.log")
    assert params["loglevel"] == mlevel("INFO")
    assert params["rest"] == []


@pytest.mark.parametrize(
    ("keys", "name", "value"),
    [
        ("concurrency: 4", "concurrency", 4),
        ("concurrency: auto", "concurrency", "auto"),
        ("autoscale: {min: 2, max: 10}", "autoscale", (10, 2)),
        ("autoscale: '2,10'", "autoscale", (10, 2)),
        ("queues: [a, b c]", "queues", ["a", "b c"]),
        ("queues: 'a, b'", "queues", ["a", "b"]),
        ("exclude_queues: [a]", "exclude_queues", ["a"]),
        ("include: [proj.tasks, proj.more]", "include", ["proj.tasks", "proj.more"]),
        ("time_limit: 10m", "time_limit", 600.0),
        ("soft_time_limit: 500ms", "soft_time_limit", 0.5),
        ("max_tasks_per_child: 100", "max_tasks_per_child", 100),
        ("max_memory_per_child: 200MB", "max_memory_per_child", 204800),
        ("max_memory_per_child: 12000", "max_memory_per_child", 12000),
        ("prefetch_multiplier: 1", "prefetch_multiplier", 1),
        ("options: {--prefetch-multiplier: 1}", "prefetch_multiplier", 1),
        ("optimization: fair", "optimization", "fair"),
        ("pool_start_method: spawn", "pool_start_method", "spawn"),
        ("disable_prefetch: true", "disable_prefetch", True),
        ("events: true", "task_events", True),
        ("options: {-E: true}", "task_events", True),
        ("events: false", "task_events", None),
        ("without_gossip: true", "without_gossip", True),
        ("without_mingle: true", "without_mingle", True),
        ("without_heartbeat: true", "without_heartbeat", True),
        ("heartbeat_interval: 5", "heartbeat_interval", 5),
        ("loglevel: error", "loglevel", mlevel("ERROR")),
        ("options: {-c: 3, -Q: [a, b]}", "queues", ["a", "b"]),
        ("hostname: 'x@y'", "hostname", "x@y"),
    ],
)
def test_celery_reads_what_fleet_yaml_says(
    tmp_path: Path, keys: str, name: str, value: object
) -> None:
    params = parsed(node(tmp_path, keys))
    assert params[name] == value
    assert params["rest"] == []


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_celery_gets_the_pool(tmp_path: Path, pool: str) -> None:
    made = node(tmp_path, f"pool: {pool}")
    assert made.pool == pool
    assert parsed(made)["pool"] is get_implementation(pool)


@pytest.mark.parametrize("pool", ["eventlet", "gevent"])
def test_celery_finds_the_pool_early_enough_to_patch(tmp_path: Path, pool: str) -> None:
    from celery import _find_option_with_arg

    assert _find_option_with_arg(command(node(tmp_path, f"pool: {pool}")), ["-P"], ["--pool"]) == (
        pool
    )


def test_a_pool_in_fleet_yaml_wins_over_the_apps_even_if_it_is_prefork(tmp_path: Path) -> None:
    params = parsed(node(tmp_path, "pool: prefork"), worker_pool="threads")
    assert params["pool"] is get_implementation("prefork")


def test_a_pool_that_fleet_yaml_doesnt_give_is_left_to_the_app(tmp_path: Path) -> None:
    params = parsed(node(tmp_path, ""), worker_pool="threads")
    assert params["pool"] is get_implementation("threads")


def test_a_statedb_is_expanded_for_the_node(tmp_path: Path) -> None:
    made = node(tmp_path, "statedb: 'state/%n.db'")
    assert node_format(parsed(made)["statedb"], made.nodename) == str(tmp_path / "state/w1.db")


def test_a_folder_with_a_percent_sign_means_itself(tmp_path: Path) -> None:
    folder = tmp_path / "100%n"
    folder.mkdir()
    made = node(folder, "")
    params = parsed(made)
    assert made.pidfile == folder / "run/w1.pid"
    assert made.logfile == folder / "log/w1.log"
    assert node_format(params["pidfile"], made.nodename) == str(made.pidfile)
    assert node_format(params["logfile"], made.nodename) == str(made.logfile)


def test_the_log_of_each_pool_child_is_left_to_the_worker(tmp_path: Path) -> None:
    made = node(tmp_path, "logfile: '%n%I.log'")
    assert made.logfile == tmp_path / "log/w1.log"
    assert made.logfile_format == f"{tmp_path}/log/w1%I.log"
    assert f"--logfile={made.logfile_format}" in made.options


def test_settings_reach_the_app_with_their_types(tmp_path: Path) -> None:
    made = node(
        tmp_path,
        "settings: {worker.soft_shutdown_timeout: 20, task_acks_late: true, "
        "worker.cancel_long_running_tasks_on_connection_loss: false, task.routes: {a: {queue: b}}}",
    )
    app = Celery("proj", set_as_current=False)
    app.config_from_cmdline(parsed(made)["rest"], namespace="worker")
    assert app.conf.worker_soft_shutdown_timeout == 20.0
    assert app.conf.task_acks_late is True
    assert app.conf.worker_cancel_long_running_tasks_on_connection_loss is False
    assert app.conf.task_routes == {"a": {"queue": "b"}}


def test_options_of_celery_itself_stand_before_the_word_worker(tmp_path: Path) -> None:
    options = node(tmp_path, "options: {-q: true, --loader: my.Loader, -C: false}").options
    assert options[1:4] == ("--quiet", "--loader=my.Loader", "worker")


def test_the_apps_own_options_are_passed_as_they_are(tmp_path: Path) -> None:
    options = node(tmp_path, "extra_options: {--mine: true, --off: false, --n: [1, 2], -x: 3}")
    assert options.options[-4:] == ("--mine", "--n=1", "--n=2", "-x3")


def test_no_option_can_swallow_its_neighbour(tmp_path: Path) -> None:
    for made in nodes(tmp_path, "app: a\nworkers: {w1: {events: true, queues: [-a]}}").values():
        assert all(word == "worker" or word.startswith("--") for word in made.options)
        assert parsed(made)["queues"] == ["-a"]


def test_the_real_command_accepts_the_line(tmp_path: Path) -> None:
    (tmp_path / "proj.py").write_text("from celery import Celery\napp = Celery('proj')\n")
    made = nodes(
        tmp_path,
        "app: proj:app\nworkers: {w1: {concurrency: 2, queues: [a, b], without_mingle: true, "
        "time_limit: 10m, options: {--quiet: true}, settings: {worker.prefetch_multiplier: 2}}}",
    )["w1"]
    # --version would stop before the worker's options are read; --help reads what is before it.
    line = command(made)
    place = line.index("--") if "--" in line else len(line)
    line.insert(place, "--help")
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Start worker instance" in done.stdout


@pytest.mark.parametrize(
    ("keys", "formats", "words"),
    [
        ("", (), ()),
        (
            'log_format: "(x) %(message)s"',
            ("(x) %(message)s",),
            ("--", "worker.log_format=(string)(x) %(message)s"),
        ),
        (
            "settings: {worker_task_log_format: a}",
            ("a",),
            ("--", "worker_task_log_format=a"),
        ),
        (
            "log_format: a, settings: {worker.log_format: b}",
            ("b",),
            ("--", "worker.log_format=(string)b"),
        ),
    ],
)
def test_what_log_records_look_like_is_a_setting_of_celerys(
    tmp_path: Path, keys: str, formats: tuple[str, ...], words: tuple[str, ...]
) -> None:
    made = node(tmp_path, keys)
    assert made.log_formats == formats
    assert made.options[made.options.index("--") :] == words if words else "--" not in made.options
