from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fleetctl.process.foreign import Holder
from fleetctl.process.pidfile import PidfileFacts
from fleetctl.process.records import Damaged, ForeignOwner
from fleetctl.process.situation import Facts, Presence
from fleetctl.process.state import derive
from fleetctl.process.status import State
from fleetctl.runtime import formats
from fleetctl.runtime.formats import Cause, Record
from tests.process.deriving import NOW, dead, killed, living
from tests.process.making import GONE, TASK, asked, broker, record, snapshot

STRANGER = Holder(
    identity=replace(GONE, pid=99, start_ticks=7),
    letter="S",
    age=10800.0,
    description="sleep 1000, started 3 h ago by root",
    adopted=False,
    replaceable=True,
)
PIDFILE = PidfileFacts(Path("/run/w1.pid"), pid=99, version=(1, 1, 1, b"99\n"))


def test_another_programs_pid_in_the_pidfile_is_foreign_and_no_target() -> None:
    status = dead(record=None, presence=Presence.UNRECORDED, holder=STRANGER, pidfile=PIDFILE)
    assert (status.state, status.target, status.stale) == (State.FOREIGN, None, PIDFILE)
    assert status.reason == "pid 99 in its pidfile is sleep 1000, started 3 h ago by root"


def test_a_pidfile_that_may_be_the_workers_is_not_stale() -> None:
    holder = replace(STRANGER, replaceable=False)
    status = dead(record=None, presence=Presence.UNRECORDED, holder=holder, pidfile=PIDFILE)
    assert (status.state, status.stale) == (State.FOREIGN, None)


def test_our_own_dead_workers_reused_pid_is_a_crash_and_its_pidfile_stale() -> None:
    holder = replace(STRANGER, identity=replace(GONE, start_ticks=7))
    status = dead(holder=holder, pidfile=PIDFILE, exit=killed())
    assert (status.state, status.stale) == (State.CRASHED, PIDFILE)
    assert status.reason == (
        "killed by SIGKILL; its pid 4194000 is now sleep 1000, started 3 h ago by root"
    )


def test_a_node_whose_rundir_was_deleted_lives_and_can_be_signalled() -> None:
    status = dead(record=None, presence=Presence.UNRECORDED, homeless=GONE)
    assert (status.state, status.target, status.homeless) == (State.READY, GONE, True)
    assert status.reason is not None and status.reason.startswith("its rundir was deleted")


def test_another_fleets_node_in_its_place_is_foreign_and_no_target() -> None:
    status = living(of_another_fleet=True)
    assert (status.state, status.target) == (State.FOREIGN, None)
    assert status.reason == (
        "its place in rundir is taken by w1@host (pid 4194000) of /srv/fleet.yaml"
    )


def test_the_place_of_another_fleets_dead_node_is_free() -> None:
    assert dead(of_another_fleet=True, exit=killed()).state is State.CRASHED


def test_a_proven_worker_of_celery_multi_is_adopted() -> None:
    holder = replace(STRANGER, adopted=True, replaceable=False)
    status = dead(record=None, presence=Presence.UNRECORDED, holder=holder, pidfile=PIDFILE)
    assert (status.state, status.adopted, status.target) == (
        State.READY,
        True,
        STRANGER.identity,
    )
    assert (status.uptime, status.since, status.stale) == (10800.0, 1050.0 - 10800.0, None)
    assert status.reason == "adopted: its tasks and queues are known after its next restart"


def test_a_worker_whose_record_is_damaged_is_still_recognised_by_its_command_line() -> None:
    holder = replace(STRANGER, adopted=True, replaceable=False)
    status = dead(record=Damaged("/r/record.json", "empty"), holder=holder, pidfile=PIDFILE)
    assert (status.state, status.target) == (State.READY, STRANGER.identity)
    assert status.reason == "its record.json is damaged: empty: only that it lives is known"


def test_an_adopted_worker_does_not_bear_our_dead_workers_record() -> None:
    holder = replace(STRANGER, adopted=True, replaceable=False)
    status = dead(holder=holder, pidfile=PIDFILE, exit=killed())
    assert (status.record, status.snapshot, status.exit, status.drift) == (None, None, None, False)


def test_an_adopted_worker_that_is_stopped_is_unresponsive() -> None:
    holder = replace(STRANGER, adopted=True, letter="T")
    assert dead(holder=holder).state is State.UNRESPONSIVE


def test_garbage_in_the_pidfile_is_named() -> None:
    garbage = replace(PIDFILE, pid=None, problem="its pidfile is empty")
    status = dead(record=None, presence=Presence.UNRECORDED, pidfile=garbage)
    assert (status.state, status.reason) == (State.STOPPED, "its pidfile is empty")
    assert status.stale == garbage


def test_another_users_record_makes_the_node_foreign() -> None:
    status = dead(record=ForeignOwner("/r/record.json", 65534), presence=Presence.UNRECORDED)
    assert (status.state, status.reason) == (
        State.FOREIGN,
        "its record.json belongs to nobody",
    )


def test_a_damaged_record_is_named() -> None:
    status = dead(record=Damaged("/r/record.json", "empty"), presence=Presence.UNRECORDED)
    assert (status.state, status.reason) == (State.STOPPED, "its record.json is damaged: empty")


def test_a_running_node_with_another_digest_has_drifted() -> None:
    assert living(digest="d2").drift
    assert not living().drift
    assert not dead(digest="d2").drift


def test_a_node_that_left_the_fleet_is_still_a_row() -> None:
    status = living(in_fleet=False, digest=None)
    assert (status.state, status.reason) == (State.READY, "not in fleet.yaml")
    assert (status.in_fleet, status.drift) == (False, False)


def test_orphans_are_reported_and_not_counted_alive() -> None:
    status = dead(orphans=(12, 13), exit=killed())
    assert (status.state, status.orphans) == (State.CRASHED, (12, 13))


def test_an_earlier_exit_is_not_shown_for_a_running_node() -> None:
    assert living(exit=killed()).exit is None


PHASES = [
    formats.BOOTING,
    formats.CONNECTING,
    formats.CONSUMING,
    formats.DRAINING,
    formats.EXITED,
    formats.FAILED,
    "a phase of a newer agent",
]
TIMES = st.none() | st.floats(-10, 200)
SNAPSHOTS = st.builds(
    snapshot,
    phase=st.sampled_from(PHASES),
    written=st.floats(-10, 200),
    answered=TIMES,
    ready_at=TIMES,
    broker=st.none() | st.builds(broker, connected=st.booleans(), error=st.none() | st.text()),
    active=st.sampled_from([[], [TASK], [TASK, TASK]]),
    pool=st.sampled_from(["solo", "prefork", None]),
    told=st.sampled_from([None, "TERM"]),
    cause=st.none() | st.builds(Cause, kind=st.just("error"), message=st.text()),
)
RECORDS = st.builds(record, asked=st.sampled_from([[], [asked()]]))
UNUSABLE = st.sampled_from([None, Damaged("/a", "b"), ForeignOwner("/a", 12345)])
FACTS = st.builds(
    Facts,
    name=st.just("w1"),
    euid=st.just(0),
    in_fleet=st.booleans(),
    digest=st.sampled_from([None, "d1", "d2"]),
    record=RECORDS | UNUSABLE,
    presence=st.sampled_from(Presence),
    letter=st.sampled_from([None, *"RSDTtI?"]),
    uid=st.sampled_from([None, 0, 12345]),
    snapshot=SNAPSHOTS | UNUSABLE,
    exit=UNUSABLE | st.builds(killed, st.sampled_from([None, "KILL"]), st.sampled_from([None, 1])),
    pidfile=st.none() | st.just(PIDFILE) | st.just(PidfileFacts(Path("/x"), problem="is a fifo")),
    holder=st.none()
    | st.builds(replace, st.just(STRANGER), adopted=st.booleans(), replaceable=st.booleans()),
    homeless=st.none(),
    of_another_fleet=st.booleans(),
    orphans=st.sampled_from([(), (7,)]),
    rundir=st.sampled_from([None, "full"]),
)


@given(FACTS)
def test_no_combination_of_facts_raises_or_makes_a_target_of_what_is_not_ours(
    facts: Facts,
) -> None:
    status = derive(facts, NOW)
    assert status.state in State
    if status.target is not None:
        assert status.state.running
        if not status.adopted:
            assert isinstance(facts.record, Record)
            assert facts.presence is Presence.HERE
            assert facts.uid in (None, facts.euid)
    if status.state is State.FOREIGN:
        assert status.target is None
    if status.state.running:
        assert status.exit is None
        assert status.stale is None
