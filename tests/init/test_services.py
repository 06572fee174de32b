"""Procfiles, systemd units, supervisord.conf and celeryd's defaults, as they are found."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from fleetctl.errors import UsageError
from fleetctl.init.services import look, read_given
from fleetctl.operations.init import Ground, Proposed, from_file, from_folder
from tests.init.comparing import host, said, valid

CELERYD = """\
# Names of nodes to start
CELERYD_NODES="w1 w2"
#CELERYD_NODES="w1 w2 w3"
CELERY_BIN="/nowhere/bin/celery"
CELERY_APP="proj"
CELERYD_CHDIR="{folder}"
CELERYD_OPTS="--time-limit=300 \\
  --concurrency=8 -c:w2 2"
CELERYD_LOG_FILE="{folder}/log/%n%I.log"
CELERYD_PID_FILE="{folder}/run/%n.pid"
CELERYD_USER="celery"
CELERYD_GROUP="celery"
CELERY_CREATE_DIRS=1
export DJANGO_SETTINGS_MODULE="proj.settings"
export RUN_ENV="in $CELERY_APP"
"""

UNIT = """\
[Unit]
Description=Celery Service

[Service]
Type=forking
User=celery
EnvironmentFile={folder}/celery.conf
WorkingDirectory={folder}
ExecStart=/bin/sh -c '${{CELERY_BIN}} -A $CELERY_APP multi start $CELERYD_NODES \\
    --pidfile=${{CELERYD_PID_FILE}} --loglevel="${{CELERYD_LOG_LEVEL}}" $CELERYD_OPTS'
ExecStop=/bin/sh -c '${{CELERY_BIN}} multi stopwait $CELERYD_NODES'
"""

SUPERVISORD = """\
[supervisord]
nodaemon=true

[program:mail]
command=/nowhere/bin/celery -A proj worker -Q mail -n mail@%%h -c 2 ; a comment
directory={folder}
environment=REGION="eu",LANG=C.UTF-8

[program:crunch]
command=celery -A proj worker
numprocs=3

[program:web]
command=gunicorn proj
"""


def proposed(path: Path, folder: Path) -> Proposed:
    ground = Ground(path=folder / "fleet.yaml", cwd=folder, environ=os.environ)
    return from_file(read_given(path), ground)


def config(proposal: Proposed, folder: Path) -> dict[str, Any]:
    """The fleet.yaml as data; it is valid but for an interpreter that isn't there."""
    found: dict[str, Any] = yaml.safe_load(proposal.text)
    return found


def test_a_procfile_names_its_workers(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text(
        "web: gunicorn proj\n"
        "worker: celery -A proj worker -l info -c ${CONCURRENCY:-4}\n"
        "mail: cd sub && REGION=eu exec celery -A proj worker -Q mail\n"
        "beat: celery -A proj beat\n"
        "flower: celery -A proj flower\n"
    )
    (tmp_path / "sub").mkdir()
    proposal = proposed(path, tmp_path)
    nodes = {node.name: node for node in valid(proposal, tmp_path).nodes}
    assert nodes["worker"].nodename == f"worker@{host()}"
    assert nodes["worker"].concurrency == 4
    assert (nodes["mail"].queues, dict(nodes["mail"].env)) == (("mail",), {"REGION": "eu"})
    assert nodes["mail"].workdir == tmp_path / "sub"
    assert valid(proposal, tmp_path).not_yet == ("beat",)
    assert "Flower is run as before" in said(proposal.remarks)


def test_what_a_procfile_leaves_to_its_environment_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "Procfile"
    path.write_text("worker: celery -A proj worker -c $WORKERS\n")
    proposal = proposed(path, tmp_path)
    assert "-c $WORKERS: Celery takes no such value" in said(proposal.remarks)
    assert valid(proposal, tmp_path).nodes[0].concurrency is None


def test_celeryds_defaults_are_what_its_init_script_makes_of_them(tmp_path: Path) -> None:
    path = tmp_path / "celeryd"
    path.write_text(CELERYD.format(folder=tmp_path))
    proposal = proposed(path, tmp_path)
    nodes = {node.name: node for node in valid(proposal, tmp_path).nodes}
    assert {name: node.concurrency for name, node in nodes.items()} == {"w1": 8, "w2": 2}
    assert nodes["w1"].pidfile == tmp_path / "run/w1.pid"
    assert nodes["w1"].logfile_format == f"{tmp_path}/log/w1%I.log"
    assert "--loglevel=INFO" in nodes["w1"].options
    assert dict(nodes["w1"].env) == {
        "DJANGO_SETTINGS_MODULE": "proj.settings",
        "RUN_ENV": "in proj",
    }
    assert "sudo -u celery fleetctl start" in said(proposal.remarks)


def test_workers_of_ones_own_user_need_no_sudo(tmp_path: Path) -> None:
    path = tmp_path / "celeryd"
    user = pwd.getpwuid(os.geteuid()).pw_name
    text = CELERYD.format(folder=tmp_path).replace('"celery"\nCELERYD_GROUP', f'"{user}"\nGROUP')
    path.write_text(text)
    assert "sudo" not in said(proposed(path, tmp_path).remarks)


def test_a_systemd_unit_is_read_with_its_environment_file(tmp_path: Path) -> None:
    (tmp_path / "celery.conf").write_text(
        CELERYD.format(folder=tmp_path) + "CELERYD_LOG_LEVEL=WARNING\n"
    )
    path = tmp_path / "celery.service"
    path.write_text(UNIT.format(folder=tmp_path))
    proposal = proposed(path, tmp_path)
    nodes = {node.name: node for node in valid(proposal, tmp_path).nodes}
    assert {name: node.concurrency for name, node in nodes.items()} == {"w1": 8, "w2": 2}
    assert nodes["w2"].pidfile == tmp_path / "run/w2.pid"
    assert "--loglevel=WARNING" in nodes["w1"].options
    assert nodes["w1"].env["DJANGO_SETTINGS_MODULE"] == "proj.settings"


def test_supervisords_programs_become_workers(tmp_path: Path) -> None:
    path = tmp_path / "supervisord.conf"
    path.write_text(SUPERVISORD.format(folder=tmp_path))
    proposal = proposed(path, tmp_path)
    nodes = {node.name: node for node in valid(proposal, tmp_path).nodes}
    assert list(nodes) == ["mail", "crunch1", "crunch2", "crunch3"]
    assert nodes["mail"].nodename == f"mail@{host()}"
    assert (nodes["mail"].queues, nodes["mail"].concurrency) == (("mail",), 2)
    assert dict(nodes["mail"].env) == {"REGION": "eu", "LANG": "C.UTF-8"}
    assert "replicas: 3" in proposal.text


@pytest.mark.parametrize(
    "text", ["", "web: gunicorn\n", "worker: celery beat\n", "\0\xff", "a: '\n"]
)
def test_a_file_that_starts_no_worker_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "Procfile"
    path.write_text(text)
    with pytest.raises(UsageError, match="starts no Celery worker"):
        read_given(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_given(tmp_path / "Procfile")


def test_the_folders_own_files_are_found_and_the_others_named(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "celeryd").write_text(CELERYD.format(folder=tmp_path))
    (tmp_path / "Procfile").write_text("worker: celery -A proj worker\n")
    assert [found.path.name for found in look(tmp_path)] == ["celeryd", "Procfile"]
    ground = Ground(path=tmp_path / "fleet.yaml", cwd=tmp_path, environ={})
    proposal = from_folder(ground)
    assert config(proposal, tmp_path)["workers"] == {
        "w1": {"concurrency": 8},
        "w2": {"concurrency": 2},
    }
    assert "fleetctl init --from Procfile" in said(proposal.remarks)


def test_a_folder_with_nothing_in_it_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no Celery app is found"):
        from_folder(Ground(path=tmp_path / "fleet.yaml", cwd=tmp_path, environ={}))


def test_a_folder_with_an_app_alone_gets_a_worker(tmp_path: Path) -> None:
    (tmp_path / "src" / "shop").mkdir(parents=True)
    (tmp_path / "src/shop/celery.py").write_text("from celery import Celery\napp = Celery()\n")
    (tmp_path / "manage.py").write_text('setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")')
    proposal = from_folder(Ground(path=tmp_path / "fleet.yaml", cwd=tmp_path, environ={}))
    (node,) = valid(proposal, tmp_path).nodes
    assert (node.name, node.app, node.workdir) == ("default", "shop.celery:app", tmp_path / "src")
    assert dict(node.env) == {"DJANGO_SETTINGS_MODULE": "shop.settings"}


def test_every_line_that_is_commented_out_is_valid_too(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("from celery import Celery\napp = Celery()\n")
    proposal = from_folder(Ground(path=tmp_path / "fleet.yaml", cwd=tmp_path, environ={}))
    lines = proposal.text.splitlines()
    prose = [line for line in lines if "Tasks that wait" in line]
    text = "\n".join(re.sub(r"^( *)# ", r"\1", line) for line in lines if line not in prose)
    nodes = valid(Proposed(text), tmp_path).nodes
    assert [(node.name, node.pool) for node in nodes] == [("default", "prefork"), ("io", "threads")]


def test_several_apps_are_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("from celery import Celery\napp = Celery()\n")
    proposal = from_folder(Ground(path=tmp_path / "fleet.yaml", cwd=tmp_path, environ={}))
    assert "app: one:app" in proposal.text
    assert "fleetctl init --app two:app" in said(proposal.remarks)


def test_a_celery_py_that_hides_celery_is_told(tmp_path: Path) -> None:
    (tmp_path / "celery.py").write_text("from celery import Celery\napp = Celery()\n")
    proposal = from_folder(Ground(path=tmp_path / "fleet.yaml", cwd=tmp_path, environ={}))
    assert "hides Celery itself" in said(proposal.remarks)
