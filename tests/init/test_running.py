"""What the command line and the environment of a running worker are to fleet.yaml."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from fleetctl.init.remarks import Remarks
from fleetctl.init.running import Running, told
from fleetctl.process.procfs import Stat

ME = Stat(
    pid=4711, command="python", state="S", ppid=1, session=4711, start_ticks=1, cpu=0.0
)  # fmt: skip
BROKER, DJANGO = {"CELERY_BROKER_URL": "x://"}, {"DJANGO_SETTINGS_MODULE": "s"}
LINE = "/v/bin/python -m celery -A proj worker -n w1@h -c 2"


def running(line: str = LINE, environ: dict[str, str] | None = None) -> Running:
    argv = tuple(shlex.split(line))
    return Running(ME, argv, argv[argv.index("celery") + 1 :], Path("/srv"), environ or {})


@pytest.mark.parametrize(
    ("of_worker", "of_caller", "kept"),
    [
        ({"REGION": "eu"}, {}, {"REGION": "eu"}),
        ({"REGION": "eu"}, {"REGION": "us"}, {"REGION": "eu"}),
        ({"REGION": "eu"}, {"REGION": "eu"}, {}),
        (BROKER, BROKER, BROKER),
        (DJANGO, DJANGO, DJANGO),
        ({}, {"REGION": "us"}, {}),
    ],
)  # fmt: skip
def test_variables_that_its_next_start_would_lack_are_noted(
    of_worker: dict[str, str], of_caller: dict[str, str], kept: dict[str, str]
) -> None:
    assert told(running(environ=of_worker), of_caller, Remarks()).env == kept


@pytest.mark.parametrize(
    "name",
    ["PWD", "SHLVL", "_", "SSH_AUTH_SOCK", "XDG_RUNTIME_DIR", "NOTIFY_SOCKET", "VIRTUAL_ENV",
     "SUDO_USER", "LS_COLORS", "TERM", "_MP_FORK_LOGLEVEL_", "INVOCATION_ID", "FLEETCTL_FLEET",
     "REMAP_SIGTERM", "CELERY_WORKER_CONCURRENCY"],
)  # fmt: skip
def test_variables_of_the_login_the_supervisor_and_the_terminal_are_not(name: str) -> None:
    assert told(running(environ={name: "1"}), {}, Remarks()).env == {}


@pytest.mark.parametrize(
    ("of_worker", "of_caller", "lacking"),
    [
        ("{bin}:{sbin}", "{bin}:{sbin}", None),
        ("{bin}:{sbin}:{bin}", "{sbin}/:{bin}", None),
        ("{bin}:{gone}:.", "{bin}", None),
        ("{link}", "{bin}", None),
        ("", "{bin}", None),
        ("{sbin}:{bin}", "{bin}", "{sbin}"),
    ],
    ids=["same", "doubled and in another order", "not there", "a link", "none", "a folder more"],
)
def test_of_path_only_a_folder_that_the_caller_lacks_is_told_and_nothing_noted(
    tmp_path: Path, of_worker: str, of_caller: str, lacking: str | None
) -> None:
    folders = {name: str(tmp_path / name) for name in ("bin", "sbin", "gone", "link")}
    for name in ("bin", "sbin"):
        Path(folders[name]).mkdir()
    Path(folders["link"]).symlink_to(folders["bin"])
    remarks = Remarks()
    environ = {"PATH": of_worker.format(**folders)}
    assert told(running(environ=environ), {"PATH": of_caller.format(**folders)}, remarks).env == {}
    said = [f"its PATH has {lacking.format(**folders)}, which yours lacks"] if lacking else []
    assert [remark.text for remark in remarks.of([])] == said


def test_options_in_the_environment_count_as_for_a_plain_worker() -> None:
    environ = {
        "CELERY_WORKER_QUEUES": "a,b",
        "CELERY_WORKER_CONCURRENCY": "9",
        "CELERY_WORKER_WITHOUT_GOSSIP": "true",
        "CELERY_WORKER_WITHOUT_MINGLE": "0",
        "CELERY_WORKER_PURGE": "1",
    }
    keys = told(running(environ=environ), {}, Remarks()).keys
    assert keys["queues"] == ["a", "b"]
    assert keys["concurrency"] == 2
    assert keys["without_gossip"] is True
    assert "without_mingle" not in keys


@pytest.mark.parametrize(
    ("line", "python"),
    [
        (LINE, "/v/bin/python"),
        ("/v/bin/python /v/bin/celery worker -A proj", "/v/bin/python"),
        ("./v/bin/python -m celery worker", "/srv/v/bin/python"),
        ("/v/bin/python -m celery worker --executable=/w/bin/python", "/w/bin/python"),
        ("no-such-python -m celery worker", None),
    ],
)
def test_its_interpreter_is_the_one_that_it_was_started_by(line: str, python: str | None) -> None:
    argv = tuple(shlex.split(line))
    worker = Running(ME, argv, ("worker", *argv[argv.index("worker") + 1 :]), Path("/srv"), {})
    assert told(worker, {}, Remarks()).python == python


def test_what_is_not_utf8_cannot_be_said_in_fleet_yaml() -> None:
    assert told(running(environ={"A": "\udcff", "B": "b"}), {}, Remarks()).env == {"B": "b"}
