from __future__ import annotations

import shlex

import pytest

from fleetctl.process.commandline import WorkerCommand, worker_command

MULTI = (
    "/v/bin/python3 -m celery -A proj worker -n w1@host --pidfile=/run/w1.pid "
    "--logfile=/log/w1%I.log --loglevel=INFO --executable=/v/bin/python3"
)


@pytest.mark.parametrize(
    ("line", "pidfile", "nodename"),
    [
        (MULTI, "/run/w1.pid", "w1@host"),
        ("python -m celery worker", None, None),
        ("/v/bin/celery -A proj worker --pidfile w.pid -n w1", "w.pid", "w1"),
        ("/v/bin/python /v/bin/celery -A proj worker -nw1@%h", None, "w1@%h"),
        ("python /lib/celery/__main__.py worker --hostname=w1@%h", None, "w1@%h"),
        ("python3.11 -X dev -W error -u -m celery --app proj worker", None, None),
        ("celery --app=worker --workdir worker worker --pidfile=a --pidfile=b", "b", None),
        ("celery worker --pidfile", None, None),
    ],
)
def test_a_workers_command_line_is_read(
    line: str, pidfile: str | None, nodename: str | None
) -> None:
    assert worker_command(tuple(shlex.split(line))) == WorkerCommand(pidfile, nodename)


def test_a_title_that_setproctitle_has_written_repeats_the_command_line() -> None:
    title = "[celeryd: w1@host:MainProcess] -active- (-A proj worker -n w1@host --pidfile=/w1.pid)"
    assert worker_command((title,)) == WorkerCommand("/w1.pid", "w1@host")


def test_the_title_of_a_pool_child_is_no_workers() -> None:
    assert worker_command(("[celeryd: w1@host:ForkPoolWorker-1]",)) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "sleep 1000",
        "python",
        "python -m",
        "python -c 'import celery' worker",
        "python -m celery",
        "python -m celery -A worker beat --pidfile=/run/w1.pid",
        "python -m celery -A proj multi start w1 --pidfile=/run/w1.pid",
        "vim celery worker",
        "tail -f /var/log/celery worker",
        # Cut short, a title may end in the middle of a name.
        "'[celeryd: w1@host:MainProcess] -active- (worker --pidfile=/run/w1'",
    ],
)
def test_no_other_program_is_taken_for_a_worker(line: str) -> None:
    assert worker_command(tuple(shlex.split(line))) is None
