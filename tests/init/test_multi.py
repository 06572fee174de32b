"""A `celery multi` line as fleet.yaml: node by node the options that `celery multi show` gives."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from celery.bin import multi as celery_multi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetctl.errors import UsageError
from tests.init.comparing import (
    Worker,
    by_celery,
    by_fleetctl,
    host,
    proposed,
    said,
    shown_by_celery,
    valid,
)

DONE_WHEN = "10 -A proj -l INFO -Q:1-3 images,video -Q:4,5 data -Q default -L:4,5 DEBUG"


def examples() -> list[str]:
    """Every line of `celery multi`'s own help, without its command."""
    text = re.sub(r"\n\s+(?=-)", " ", str(celery_multi.__doc__))
    lines = re.findall(r"^\s*\$ celery multi (.*)$", text, re.MULTILINE)
    return [line.partition(" ")[2] for line in lines]


def compare(line: list[str], folder: Path) -> list[Worker]:
    expected = sorted(by_celery(line, folder), key=lambda one: one.parameters["hostname"])
    found = sorted(
        by_fleetctl(["start", *line], folder), key=lambda one: one.parameters["hostname"]
    )
    assert found == expected
    return found


def test_the_long_example_gives_the_options_that_celery_multi_shows(tmp_path: Path) -> None:
    workers = compare(shlex.split(DONE_WHEN), tmp_path)
    assert len(workers) == 10


def test_an_option_that_todays_worker_lacks_is_named_and_not_passed_on(tmp_path: Path) -> None:
    proposal = proposed(["start", *shlex.split(DONE_WHEN)], tmp_path)
    assert "-L DEBUG: today's `celery worker` has no such option (celery4, celery5)" in said(
        proposal.remarks
    )
    assert "#   -L DEBUG" in proposal.text
    for node in valid(proposal, tmp_path).nodes:
        assert "DEBUG" not in " ".join(node.options)


def test_there_are_examples() -> None:
    assert len(examples()) >= 14


@pytest.mark.parametrize("example", examples())
def test_each_example_of_its_help_gives_what_celery_multi_shows(
    tmp_path: Path, example: str
) -> None:
    assert compare(shlex.split(example), tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "3",
        "1",
        "w1",
        "5 -c 3 -c:1-3 10",
        "5 -c 3 -c:1,2,3 10",
        "3 -c 3 -c:1 10 -c:1-9 4",
        "foo bar baz -c 3 -c:1,3 10 -c:bar 5",
        "foo bar -c:foo@myhost 3 --hostname=myhost -Q:bar b",
        "foo@a bar@b -c:foo 3 -c:bar@b 4",
        "foo@%h bar@%d.x baz@%n",
        "a b --prefix=p_ --suffix=.suf",
        "a b --prefix=p- --suffix=''",
        "3 --range-prefix=worker",
        "3 --range-prefix=worker --prefix=ignored",
        "2 --hostname=worker.example.com",
        "2 -n worker.example.com",
        "2 --hostname=%h.internal",
        "w1 w2 --pidfile=run/%n.pid --logfile=log/%n%I.log",
        "w1 w2 --pidfile=%p/x.pid --logfile=%h-%d.log",
        "w1 w2 --pidfile=%%n.pid --logfile=100%%%%-%n.log",
        "w1 w2 --pidfile=/srv/%n/pid --logfile=/srv/log/all.log --pidfile:w2=/srv/other.pid",
        "w1 -f log/w1.log",
        "w1 w2 --statedb=state/%n.db -S:w2 other",
        "w1 --workdir=/tmp --pidfile=%n.pid",
        "w1 w2 --workdir:w1=/tmp --workdir:w2=/",
        "w1 -O fair --time-limit=300 --soft-time-limit=270.5 --max-tasks-per-child=100",
        "w1 --max-memory-per-child=200000 --prefetch-multiplier=1 --disable-prefetch",
        "w1 --autoscale=10,3",
        "w1 --autoscale=3,10",
        "w1 --autoscale=10",
        "w1 -c auto",
        "w1 -c 0",
        "w1 --concurrency=4 -c 5",
        "w1 w2 -c 4 --concurrency:w1=5",
        "w1 -P threads -c 8",
        "w1 -P processes",
        "w1 -E --without-gossip --without-mingle --without-heartbeat",
        "w1 --heartbeat-interval=5 -I proj.a,proj.b -X slow",
        "w1 -Q %n,%h",
        "w1 -l debug -C -q",
        "w1 -A other.app:celery --loader=my.Loader --config=conf",
        "w1 w2 -c 3 -- worker.prefetch_multiplier=3 task.acks_late=true .pool_restarts=1",
        "w1 --nosplash --verbose -c 3",
        "-c 3 w1 -Q a",
        "w1 '' w2",
        "0x",
        "1_0",
        "w1 -Ec4",
        "w1 -c4 -Qa,b",
        "w1 -Q '\"a b\",c'",
        "w1 --uid=nobody --gid=nogroup --purge",
    ],
)
def test_options_are_what_celery_multi_shows(tmp_path: Path, line: str) -> None:
    words = shlex.split(line)
    if "--uid=nobody" in words:
        # Not for fleet.yaml: compare what is left.
        expected = by_celery(["w1"], tmp_path)
        assert by_fleetctl(["start", *words], tmp_path) == expected
        return
    compare(words, tmp_path)


NAMES = st.lists(
    st.sampled_from(["w1", "w2", "w.1", "w-1", "io", "images", "b@%h", "c@x.org"]),
    min_size=1,
    max_size=4,
    unique=True,
)
COUNTS = st.integers(1, 8).map(lambda count: [str(count)])
SHORT = st.sampled_from(
    [
        "-c 3",
        "-c 10",
        "-Q a",
        "-Q a,b",
        "-l info",
        "-l DEBUG",
        "-P solo",
        "-P threads",
        "-O fair",
        "-X x",
        "-I m",
    ]
).map(str.split)
LONG = st.sampled_from(
    ["--concurrency=7", "--time-limit=10", "--queues=q,r", "--loglevel=error", "--autoscale=8,2",
     "--without-gossip", "--without-mingle", "--max-tasks-per-child=9", "--statedb=%n.state"]
).map(lambda word: [word])  # fmt: skip
SPACES = st.sampled_from(
    ["", "", "", ":1", ":1,2", ":1-2", ":2", ":3", ":w1", ":w1,io", ":c", ":9"]
)
OWN = st.lists(
    st.sampled_from(
        ["--hostname=h.example.com", "--prefix=p", "--suffix=s.org", "--range-prefix=r",
         "--pidfile=run/%n.pid", "--pidfile=/srv/%p.pid", "--logfile=%n%I.log", "--logfile=l/%h"]
    ),
    max_size=3, unique=True,
)  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """Lines that celery multi reads and whose workers would start."""
    words = [*draw(st.one_of(NAMES, COUNTS))]
    for option in draw(st.lists(st.one_of(SHORT, LONG), max_size=6)):
        name, equals, value = option[0].partition("=")
        words += [f"{name}{draw(SPACES)}{equals}{value}", *option[1:]]
    settings_ = draw(st.sampled_from([[], [], ["--", "worker.prefetch_multiplier=3"]]))
    return [*words, *draw(OWN), *settings_]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=lines())
def test_any_line_gives_what_celery_multi_shows(tmp_path: Path, line: list[str]) -> None:
    try:
        expected = by_celery(line, tmp_path)
    except AssertionError:
        with pytest.raises(UsageError):
            proposed(["start", *line], tmp_path)
        return
    compare(line, tmp_path)
    assert expected


def test_hosts_are_this_ones_where_none_is_named(tmp_path: Path) -> None:
    proposal = proposed(["start", "2"], tmp_path)
    assert "hostname" not in proposal.text.partition("app:")[2]
    names = [node.nodename for node in valid(proposal, tmp_path).nodes]
    assert names == [f"celery1@{host()}", f"celery2@{host()}"]


def test_the_test_itself_sees_what_celery_shows() -> None:
    assert "-c 3" in shown_by_celery(["w1", "-c", "3"])[0]


def test_more_than_a_worker_can_have_are_workers_of_their_own(tmp_path: Path) -> None:
    assert len(valid(proposed(["start", "1002"], tmp_path), tmp_path).nodes) == 1002


def test_a_folder_with_a_percent_sign_means_itself(tmp_path: Path) -> None:
    folder = tmp_path / "100%n"
    folder.mkdir()
    line = ["w1", "w2", "--pidfile=run/%n.pid", "--logfile=%n.log", "--statedb=%n.db"]
    (w1, _) = valid(proposed(["start", *line], folder), folder).nodes
    assert (w1.pidfile, w1.logfile) == (folder / "run/w1.pid", folder / "w1.log")
