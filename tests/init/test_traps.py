"""What breaks workers in a `celery multi` line becomes a remark, and a line that works."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import yaml

from fleetctl.errors import UsageError
from fleetctl.init.multi import COMMANDS
from tests.init.comparing import by_celery, by_fleetctl, host, proposed, said, valid


def names(line: str, folder: Path) -> list[str]:
    proposal = proposed(shlex.split(line), folder)
    return [node.nodename.partition("@")[0] for node in valid(proposal, folder).nodes]


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("start w1 --concurrency 4", "celery multi takes 4 for the name of a node"),
        ("start -E w1 w2", "-E w1: celery multi takes w1 for the value of -E"),
        ("start w1 -Q a -Q b", "-Q is given twice: the last one counts, b"),
        ("start w1 w2 -c:w3 4", "-c:w3 is ignored: there is no w3"),
        ("start images video -c:imgaes 4", "did you mean `images`?"),
        ("start w1 w2 w3 -c:1-2 4", "ranges work only where the nodes are given by their number"),
        ("start w1 w2 w3 -c:1-2 4", "-c:1,2"),
        ("start 2 -c:2-4 5", "-c:2-4 is ignored: there is no node 3"),
        ("restart w1 -QUIT", "-QUIT is a signal"),
        ("restart w1 -QUIT", "gives it to the workers, too, as -Q UIT"),
        ("stop w1 -9", "-9 is a signal"),
        ("stopwait w1 -SIGTERM", "-SIGTERM is a signal"),
        ("start w1 -Q 'a b'", "-Q a b: celery multi would break this value apart"),
        ("start w1 -n me@%h", f"which makes w1@me@{host()} of it"),
        ("start w1 --workdir=/ --pidfile=w.pid", "and says DOWN of a live worker"),
        ("start w1 -B", "starts a second scheduler in every node"),
        ("start w1 --uid=celery", "run `sudo -u USER fleetctl ...`"),
        ("start w1 --purge", "would empty the queues at every start"),
        ("start w1 -Q=a", "-Q=a: the value begins with the `=`"),
        ("start w1 -Q 'a,'", "Celery takes the spaces, and nothing, for names, too"),
        ("start w1 -c four", "-c four: Celery takes no such value"),
        ("start w1 --autoscale=9,3,1", "Celery takes no such value"),
        ("start w1 -P threads --autoscale=9,3", "the threads pool can't grow"),
        ("start w1 --autoscale=9,3 -c 4", "-c 4: ignored, because --autoscale sets the size"),
        ("start w1 --maxtasksperchild=9", "it is the key `max_tasks_per_child` now"),
        ("start w1 --autoreload", "--autoreload: today's `celery worker` has no such option"),
        ("start w1 --cmd=mine", "--cmd=mine is not kept"),
        ("start w1 -c", "-c has no value"),
        ("start 3 w2", "3 is the name of a node here, not how many there are"),
        ("start w1 -- quiet", "quiet: the worker wants settings here, as name=value"),
        ("start w1 w2 --pidfile=/tmp/one.pid", "/tmp/one.pid would be another node's, too"),
    ],
)
def test_it_is_told(tmp_path: Path, line: str, remark: str) -> None:
    proposal = proposed(shlex.split(line), tmp_path)
    assert remark in said(proposal.remarks)
    valid(proposal, tmp_path)


@pytest.mark.parametrize(
    "line", ["w1 w2 -E", "3 -c 3 -c:1 10", "w1 -Q a,b -l info -- worker.prefetch_multiplier=1"]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_of_a_line_that_is_fine_nothing_is_told(tmp_path: Path, line: str, command: str) -> None:
    assert not proposed([command, *shlex.split(line)], tmp_path).remarks


def test_a_flag_gives_back_the_node_it_has_swallowed(tmp_path: Path) -> None:
    assert names("start -E w1 w2", tmp_path) == ["w1", "w2"]
    assert [one.parameters["hostname"] for one in by_celery(["w2"], tmp_path)] == [f"w2@{host()}"]


def test_a_long_option_takes_the_value_that_would_have_been_a_node(tmp_path: Path) -> None:
    assert names("start w1 --concurrency 4", tmp_path) == ["w1"]
    (worker,) = by_fleetctl(["start", "w1", "--concurrency", "4"], tmp_path)
    assert worker.parameters["concurrency"] == 4


def test_a_signal_is_no_queue(tmp_path: Path) -> None:
    (worker,) = by_fleetctl(["restart", "w1", "-QUIT"], tmp_path)
    assert worker.parameters["queues"] is None


def test_a_queue_named_like_a_signal_can_be_started(tmp_path: Path) -> None:
    (worker,) = by_fleetctl(["start", "w1", "-QUIT"], tmp_path)
    assert worker.parameters["queues"] == ["UIT"]


def test_the_app_before_the_word_multi_counts_whatever_follows(tmp_path: Path) -> None:
    line = shlex.split("celery -A other multi start w1 -- worker.prefetch_multiplier=2")
    (worker,) = by_fleetctl(line, tmp_path)
    assert (worker.app, worker.settings) == ("other", {"worker_prefetch_multiplier": 2})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("start w1 w2 -c:3 4", "there is no node 3"),
        ("start w1 -c:0 4", "there is no node 0"),
        ("start 3 -c:x-y 4", ":x-y is no range of nodes"),
        ("start w1 -c:a:b 4", "one colon"),
        ("start w1 -", "a lone `-`"),
        ("start w1 --pidfile=%x.pid", "celery multi knows no %x"),
        ("start 1000000", "more than one fleet can have"),
        ("start 3 -c:1-99999999 4", "5000 nodes at most"),
        ("start", "makes no node"),
        ("start 0", "makes no node"),
        ("start w1 w2 -A:w1 one -A:w2 two", "several apps: one, two"),
        ("strat w1", "not a line of celery multi"),
        ("celery beat", "not a line of celery multi"),
        ("celery multi", "not a line of celery multi"),
        ("", "not a line of celery multi"),
    ],
)
def test_what_celery_multi_refuses_is_refused(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(UsageError, match="(?s).*" + message.replace("(", "[(]")):
        proposed(shlex.split(line), tmp_path)


def test_a_password_goes_to_the_env_file_and_nowhere_else(tmp_path: Path) -> None:
    proposal = proposed(["start", "w1", "-b", "redis://:hush@h/1"], tmp_path)
    assert proposal.secrets == {"CELERY_BROKER_URL": "redis://:hush@h/1"}
    assert "hush" not in proposal.text
    assert "env_file: fleet.env" in proposal.text


def test_a_broker_without_a_password_stays_in_fleet_yaml(tmp_path: Path) -> None:
    proposal = proposed(["start", "w1", "-b", "redis://h/1"], tmp_path)
    assert not proposal.secrets
    assert dict(valid(proposal, tmp_path).nodes[0].env) == {"CELERY_BROKER_URL": "redis://h/1"}


def test_a_beat_in_a_worker_becomes_the_fleets_own(tmp_path: Path) -> None:
    proposal = proposed(["start", "w1", "-B", "-s", "beat.db"], tmp_path)
    assert valid(proposal, tmp_path).not_yet == ("beat",)
    assert "beat: {schedule: beat.db}" in proposal.text


def test_a_umask_without_a_leading_zero_is_decimal_as_for_celery(tmp_path: Path) -> None:
    (node,) = valid(proposed(["start", "w1", "--umask=18"], tmp_path), tmp_path).nodes
    assert node.umask == 0o022


def test_what_anybody_may_put_into_a_word_stays_a_comment(tmp_path: Path) -> None:
    line = ["start", "w1", "-Q", "a\nworkers: {evil: {}}"]
    proposal = proposed(line, tmp_path)
    assert [node.name for node in valid(proposal, tmp_path).nodes] == ["w1"]


def test_a_name_that_fleet_yaml_cannot_have_is_made_fit_and_the_nodename_kept(
    tmp_path: Path,
) -> None:
    fleet = valid(proposed(["start", "+w+", "ü", "all"], tmp_path), tmp_path)
    assert [node.name for node in fleet.nodes] == ["w", "worker", "worker-all"]
    assert [node.nodename for node in fleet.nodes] == [
        f"{name}@{host()}" for name in ("+w+", "ü", "all")
    ]


def test_celery_multis_own_folders_are_kept_only_where_they_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    proposal = proposed(["start", "w1", "--logfile=/var/log/mine.log"], tmp_path)
    assert "pidfile" not in proposal.text
    assert "logdir: /var/log\nlogfile: mine.log" in proposal.text
    assert "celery multi keeps a pidfile in /var/run/celery unless told otherwise" in said(
        proposal.remarks
    )


def test_a_whole_line_in_quotes_is_read_like_one_without(tmp_path: Path) -> None:
    line = "celery multi start 2 -A proj -n 'a b' -Q x"
    assert proposed([line], tmp_path) == proposed(shlex.split(line), tmp_path)
    with pytest.raises(UsageError, match="not a line of celery multi"):
        proposed(["make 'workers"], tmp_path)


def test_workers_that_are_alike_are_written_out_without_anchors(tmp_path: Path) -> None:
    line = "start a.b a-b c d -c:a.b 1 -c:c 1 -c:a-b 2 -c:d 2"
    proposal = proposed(shlex.split(line), tmp_path)
    sizes = {node.name: node.concurrency for node in valid(proposal, tmp_path).nodes}
    assert sizes == {"a.b": 1, "a-b": 2, "c": 1, "d": 2}
    assert "  c:\n    concurrency: 1\n" in proposal.text
    assert not set("&*") & set(proposal.text)


def test_what_most_have_alike_but_not_all_is_no_default(tmp_path: Path) -> None:
    proposal = proposed(shlex.split("start a b c -A proj -l INFO -Q x -Q:c y"), tmp_path)
    found = yaml.safe_load(proposal.text)
    assert found["defaults"] == {"loglevel": "info"}
    assert [found["workers"][name]["queues"] for name in "abc"] == [["x"], ["x"], ["y"]]
