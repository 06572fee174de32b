"""The commands as they are typed: `celery multi show` against `init` and `fleetctl show`."""

from __future__ import annotations

import json
import shlex

import pytest

from tests.conftest import MakeFleet
from tests.init.comparing import read
from tests.support.multi import MULTI

FILES = "--pidfile=run/%n.pid --logfile=log/%n%I.log"


@pytest.mark.parametrize(
    "line",
    [
        "10 -A proj -l INFO -Q:1-3 images,video -Q:4,5 data -Q default -L:4,5 DEBUG",
        "image video data -A proj -c 3 -c:image 10 --hostname=worker.example.com",
        "5 -A proj.celery:app -c 3 -c:1-3 10 --range-prefix=w -- worker.prefetch_multiplier=1",
    ],
)
def test_what_celery_multi_shows_fleetctl_shows(make_fleet: MakeFleet, line: str) -> None:
    fleet = make_fleet()
    words = shlex.split(f"{FILES} {line}")
    by_multi = fleet.command([*MULTI, "show", *words])
    assert by_multi.code == 0, by_multi
    made = fleet.run("init", "--", "start", *words)
    assert made.code == 0, made
    nodes = json.loads(fleet.run("show", "--json").stdout)["nodes"]
    found = [read(node["argv"], fleet.folder) for node in nodes]
    expected = [read(shlex.split(shown), fleet.folder) for shown in by_multi.stdout.splitlines()]
    assert found == expected
