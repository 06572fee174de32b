"""What the colours mean: green well, yellow moving, red lost, magenta not ours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from fleetctl.display.symbols import Symbols
from fleetctl.display.text import cells, clean, flow
from fleetctl.process.status import State

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text


class Tone(Enum):
    """How a thing stands; the values are rich styles."""

    GOOD = ("green",)
    MOVING = ("yellow", "in transition")
    WARN = ("yellow", "wants attention")
    BAD = ("red",)
    FOREIGN = ("magenta",)
    REST = ("dim",)

    @property
    def style(self) -> str:
        """One of the eight colours that every terminal has, or dim."""
        return str(self.value[0])


_TONES = {
    State.STOPPED: Tone.REST,
    State.STARTING: Tone.MOVING,
    State.READY: Tone.GOOD,
    State.DISCONNECTED: Tone.WARN,
    State.DRAINING: Tone.MOVING,
    State.UNRESPONSIVE: Tone.BAD,
    State.FAILED: Tone.BAD,
    State.CRASHED: Tone.BAD,
    State.FOREIGN: Tone.FOREIGN,
}


def tone_of(state: State) -> Tone:
    """The colour of a state."""
    return _TONES[state]


def sign_of(state: State, symbols: Symbols) -> str:
    """The sign of a state: those in trouble but alive bear a ``!``."""
    if state is State.READY:
        return symbols.ready
    if state in (State.DISCONNECTED, State.UNRESPONSIVE):
        return symbols.warn
    return sign(tone_of(state), symbols)


def sign(tone: Tone, symbols: Symbols) -> str:
    """The sign of something that happened."""
    return {
        Tone.GOOD: symbols.done,
        Tone.MOVING: symbols.moving,
        Tone.WARN: symbols.warn,
        Tone.BAD: symbols.failed,
        Tone.FOREIGN: symbols.foreign,
        Tone.REST: symbols.stopped,
    }[tone]


def line(*parts: tuple[str, str] | str) -> Text:
    """One line of output, never wrapped and never cropped: who composes it has measured it.

    A part is text, or text and its style. It must be `clean`.
    """
    from rich.text import Text

    text = Text(no_wrap=True, overflow="ignore")
    for part in parts:
        text.append(*((part,) if isinstance(part, str) else part))
    text.rstrip()
    return text


def flowing(start: Sequence[tuple[str, str]], text: str, *, indent: int, width: int) -> list[Text]:
    """`text`, made clean, behind its beginning: as many lines of `width` cells as it takes."""
    used = sum(cells(part) for part, _ in start)
    first, *rest = flow(clean(text), width - used, width - indent)
    return [line(*start, first), *(line(" " * indent, part) for part in rest)]


def page(lines: Iterable[Text]) -> Group:
    """Lines, one under the other."""
    from rich.console import Group

    return Group(*lines)
