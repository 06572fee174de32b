"""What `init` has to say beside the fleet.yaml itself: what it left out, found, and took over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fleetctl.display.ink import line, page
from fleetctl.display.text import clean
from fleetctl.init.remarks import Remark
from fleetctl.init.rendering import remark_text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_LABELS = {True: ("left out: ", "bold yellow"), False: ("note: ", "bold")}


def proposal(text: str) -> Group:
    """The text of a fleet.yaml as a terminal shows it: what is comment stands back."""
    return page(_shown(each) for each in text.splitlines())


def _shown(text: str) -> Text:
    found = re.search(r"(^|\s)# .*", text)
    place = found.start() if found else len(text)
    return line(clean(text[:place]), (clean(text[place:]), "dim"))


def remarks(said: Sequence[Remark]) -> Group:
    """Each remark in a line, its hint in another."""
    return page(text for remark in said for text in _remark(remark))


def _remark(remark: Remark) -> Iterator[Text]:
    yield line(_LABELS[remark.left_out], clean(remark_text(remark)))
    if remark.hint:
        yield line("    ", ("hint: ", "bold cyan"), clean(remark.hint))
