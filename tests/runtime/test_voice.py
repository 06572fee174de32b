"""What a node has to say gets through, however late its listener listens, and isn't repeated."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from fleetctl.runtime.formats import CONNECTING, CONSUMING, Snapshot
from fleetctl.runtime.notify import Notifier
from fleetctl.runtime.voice import MERGE_INTERVAL, Voice
from tests.runtime.driver import Launch

STARTING = Snapshot("L1", 7, CONNECTING, 0.0, 0.0, 0.0, 0.0)
READY = replace(STARTING, phase=CONSUMING, ready_at=1.0)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "notify"))
        bound.setblocking(False)
        yield bound


@pytest.fixture
def voice(listener: socket.socket) -> Voice:
    return Voice(Notifier(listener.getsockname()))


def heard(listener: socket.socket) -> list[str]:
    """Every datagram that waits, as text."""
    texts = []
    with suppress(BlockingIOError):
        while True:
            texts.append(listener.recv(4096).decode())
    return texts


def test_ready_gets_through_to_a_listener_whose_queue_was_full(launch: Launch) -> None:
    launch.node("w1", pool="solo")
    launch.fill_ear()
    launch.start()
    launch.until("w1", "consumes", lambda s: s.phase == "consuming")
    launch.ready("w1")
    assert len([text for text in launch.told("w1") if "READY=1" in text]) == 1


def test_what_finds_no_room_is_said_when_there_is_some(
    voice: Voice, listener: socket.socket
) -> None:
    notifier = Notifier(listener.getsockname())
    while notifier.send(STATUS="noise"):
        assert not voice.has_more
    voice.think(READY, "ready")
    voice.speak(1.0)
    assert voice.has_more
    assert set(heard(listener)) == {"STATUS=noise"}
    voice.speak(1.1)
    assert heard(listener) == ["STATUS=ready\nMAINPID=7\nREADY=1"]
    assert not voice.has_more


def test_of_two_statuses_within_a_moment_the_last_is_said(
    voice: Voice, listener: socket.socket
) -> None:
    for now, status in enumerate(["starting", "importing app", "connecting"]):
        voice.think(STARTING, status)
        voice.speak(now * MERGE_INTERVAL / 4)
    assert heard(listener) == ["STATUS=starting\nMAINPID=7"]
    voice.speak(MERGE_INTERVAL)
    assert heard(listener) == ["STATUS=connecting\nMAINPID=7"]


def test_ready_and_the_last_words_wait_for_nothing(voice: Voice, listener: socket.socket) -> None:
    for snapshot, status in ((STARTING, "connecting"), (READY, "ready"), (READY, "exited")):
        voice.think(snapshot, status)
        voice.speak(0.0, last=status == "exited")
    texts = [text.splitlines()[0] for text in heard(listener)]
    assert texts == ["STATUS=connecting", "STATUS=ready", "STATUS=exited"]


def test_a_status_that_is_back_to_what_was_said_is_not_repeated(
    voice: Voice, listener: socket.socket
) -> None:
    for status in ("connecting", "starting", "connecting"):
        voice.think(STARTING, status)
        voice.speak(0.0)
    voice.speak(1.0)
    assert heard(listener) == ["STATUS=connecting\nMAINPID=7"]


def test_where_nobody_listens_nothing_is_kept_to_be_said(
    voice: Voice, listener: socket.socket
) -> None:
    listener.close()
    voice.think(READY, "ready")
    voice.speak(0.0)
    assert not voice.has_more
