"""A fleet.yaml that is in error while its nodes run: they can be seen and stopped all the same."""

from __future__ import annotations

import pytest

from tests.support.fleets import Fleet

SOLO = {"pool": "solo", "queues": ["q"]}


@pytest.fixture
def broken(fleet: Fleet) -> Fleet:
    """Two nodes run, a third one has never been started; then somebody breaks the file."""
    fleet.write({"w1": SOLO, "w2": SOLO, "w3": SOLO}, groups={"some": ["w1"]}, rundir="elsewhere")
    fleet.start("w1", "w2")
    fleet.path.write_text(fleet.path.read_text().replace("app:", "  app: [\napp:"))
    return fleet


def test_status_goes_by_the_records_and_says_so(broken: Fleet) -> None:
    result = broken.run("status")

    assert result.code == 0, result
    assert "w1" in result.stdout
    assert "w2" in result.stdout
    assert "w3" not in result.stdout
    assert "not in fleet.yaml" not in result.stdout
    assert "fleet.yaml:3:" in result.stderr
    assert "going by the records of what was started" in result.stderr
    assert broken.states() == {"w1": "ready", "w2": "ready"}


def test_nodes_and_groups_can_be_stopped(broken: Fleet) -> None:
    assert broken.run("stopwait", "@some").code == 0
    assert broken.states() == {"w1": "stopped", "w2": "ready"}
    assert broken.run("kill", "w2").code == 0
    assert broken.run("stop", "all").code == 0
    assert "killed" in broken.run("history").stdout


@pytest.mark.parametrize("command", ["start", "restart"])
def test_nothing_is_started_by_a_broken_file(broken: Fleet, command: str) -> None:
    result = broken.run(command, "w1")

    assert result.code == 2
    assert "going by" not in result.stderr
    assert broken.states() == {"w1": "ready", "w2": "ready"}


def test_where_the_rundir_cannot_be_read_out_of_it_that_is_said(broken: Fleet) -> None:
    broken.path.write_text("rundir: *x\napp: a\nworkers: {}\n")

    result = broken.run("status")

    assert result.code == 2
    assert "too broken to read rundir out of it" in result.stderr
