"""One fault: what is done to a fleet how often, what must hold then, and how that turned out."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.chaos.ground import Ground

Evidence = tuple[int, str]
"""How often it was really done, and what was seen, in few words."""

Body = Callable[["Ground", int], Evidence]
"""Does it, at most so many times. Raises AssertionError where a check fails."""


class NotPossible(Exception):
    """This machine or this user can't do that to a process: the message says why."""


@dataclass(frozen=True, slots=True)
class Fault:
    """``times`` is for the whole run, ``quick`` for the suite.

    ``namespaces`` are the options of unshare(1) that give it a world of its own to break.
    """

    name: str
    title: str
    checked: str
    body: Body
    times: int
    quick: int
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went. ``held`` is None where it was not possible; ``said`` is evidence or cause."""

    fault: str
    times: int
    held: bool | None
    said: str
    seconds: float


FAULTS: dict[str, Fault] = {}
"""All faults by name, in the order they were imported (`tests.chaos.faults`)."""


def fault(
    title: str, *, checked: str, times: int = 1, quick: int = 1, namespaces: tuple[str, ...] = ()
) -> Callable[[Body], Body]:
    """Enter a body into `FAULTS`; its name is the function's."""

    def enter(body: Body) -> Body:
        name = body.__name__.replace("_", "-")
        assert name not in FAULTS, name
        FAULTS[name] = Fault(name, title, checked, body, times, quick, namespaces)
        return body

    return enter


def attempt(subject: Fault, ground: Ground, times: int) -> Outcome:
    """Do it, and give its outcome whatever happens."""
    began = time.monotonic()
    done, held = 0, False
    try:
        done, said = subject.body(ground, times)
        held = True
    except NotPossible as why:
        return impossible(subject, why, began)
    except AssertionError as error:
        said = str(error) or traceback.format_exc()
    except Exception:  # noqa: BLE001 - a check that broke has not held, and the others go on
        said = traceback.format_exc()
    return Outcome(subject.name, done, held, said, time.monotonic() - began)


def impossible(subject: Fault, why: NotPossible, began: float) -> Outcome:
    """What is said of a fault that nobody could do here."""
    return Outcome(subject.name, 0, None, f"not possible here: {why}", time.monotonic() - began)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Put `what` was being done before the words of a check that fails."""
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{what}: {error}") from error
