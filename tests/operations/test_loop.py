"""The loop: descriptors, deadlines and interrupts, in the order they come."""

from __future__ import annotations

import os
import signal
import socket

from fleetctl.operations.loop import Loop


def test_deadlines_come_in_their_order_not_in_that_of_their_making() -> None:
    loop, came = Loop(), list[str]()
    loop.call_at(loop.now() + 0.02, lambda: came.append("later"))
    loop.call_at(loop.now() + 0.01, lambda: came.append("sooner"))

    loop.run(lambda: len(came) == 2)

    assert came == ["sooner", "later"]


def test_a_readable_source_wakes_it_long_before_the_next_deadline() -> None:
    loop, came = Loop(), list[bytes]()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        loop.call_at(loop.now() + 3600, lambda: came.append(b"deadline"))
        loop.watch(ours, lambda: came.append(ours.recv(10)))
        theirs.send(b"word")

        loop.run(lambda: bool(came))

    assert came == [b"word"]


def test_what_is_done_every_so_often_goes_on() -> None:
    loop, count = Loop(), list[float]()
    loop.every(0.001, lambda: count.append(loop.now()))

    loop.run(lambda: len(count) == 3)

    assert count == sorted(count)


def test_an_interrupt_is_a_callback_and_the_old_handlers_return() -> None:
    loop, came = Loop(), list[signal.Signals]()
    before = signal.getsignal(signal.SIGTERM)
    with loop.interrupts(came.append):
        os.kill(os.getpid(), signal.SIGTERM)
        loop.run(lambda: bool(came))

    assert came == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) == before
