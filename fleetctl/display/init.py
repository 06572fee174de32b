"""What `init` has to say beside the fleet.yaml itself: what it left out, found, and took over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fleetctl.display.ink import flowing, line, page
from fleetctl.display.text import clean
from fleetctl.init.remarks import Remark
from fleetctl.init.rendering import remark_text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_INDENT = 4
_LABELS = {True: ("left out: ", "bold yellow"), False: ("note: ", "bold")}


def proposal(text: str) -> Group:
    """The text of a fleet.yaml as a terminal shows it: what is comment stands back."""
    return page(_shown(each) for each in text.splitlines())


def _shown(text: str) -> Text:
    found = re.search(r"(^|\s)# .*", text)
    place = found.start() if found else len(text)
    return line(clean(text[:place]), (clean(text[place:]), "dim"))


def remarks(said: Sequence[Remark], *, width: int) -> Group:
    """Each remark and, below it, its hint, in lines of `width` cells."""
    return page(text for remark in said for text in _remark(remark, width))


def _remark(remark: Remark, width: int) -> Iterator[Text]:
    label = _LABELS[remark.left_out]
    yield from flowing([label], remark_text(remark), indent=_INDENT, width=width)
    if remark.hint:
        start = [(" " * _INDENT, ""), ("hint: ", "bold cyan")]
        yield from flowing(start, remark.hint, indent=_INDENT + 2, width=width)
