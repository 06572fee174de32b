"""Where the records of `logs` go: stdout, as it is; what happens beside, into it or to stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fleetctl.cli.manner import MANNER, surroundings
from fleetctl.cli.output import note, write_bytes

if TYPE_CHECKING:
    from fleetctl.display.log_lines import TerminalLog
    from fleetctl.fleet.model import Fleet
    from fleetctl.logs.events import Happening
    from fleetctl.logs.record import Entry
    from fleetctl.logs.sources import NodeLogs

    Render = Callable[[Sequence[Entry]], bytes]


class Outlet:
    """Writes records as stdout wants them. `failed` is whether a file could not be read."""

    def __init__(
        self,
        definition: Fleet,
        sources: Sequence[NodeLogs],
        *,
        prefixed: bool,
        cut: bool,
        raw: bool,
        json: bool,
    ) -> None:
        self.failed = False
        self._folder = definition.path.parent
        self._prefixed = prefixed
        self._cut = cut
        self._raw = raw
        self._json = json
        self.know(definition, sources)

    def know(self, definition: Fleet, sources: Sequence[NodeLogs]) -> None:
        """Whose logs may come."""
        self._definition = definition
        self._forms = {node.label: node.forms for node in sources}
        self._terminal: TerminalLog | None = None
        if not self._raw and not self._json:
            self._terminal = self._on_terminal()
        self._render = self._renderer()

    def show(self, entries: Sequence[Entry]) -> None:
        """Write records."""
        write_bytes(self._render(entries))

    def tell(self, event: Happening) -> None:
        """Say what happens beside: quietly among the records on a terminal, else on stderr."""
        from fleetctl.display.log_words import words
        from fleetctl.logs.events import JournalUnreadable, Unreadable

        trouble = isinstance(event, (Unreadable, JournalUnreadable))
        self.failed = self.failed or trouble
        if MANNER.quiet and not trouble:
            return
        label: str = getattr(event, "label", "")
        said = words(event, self._folder)
        if self._terminal is None:
            note(f"{label}: {said}" if label else said, trouble=trouble)
        else:
            write_bytes(_encoded(self._terminal.marker(label, said, _width())))

    def _renderer(self) -> Render:
        forms = self._forms
        if self._json:
            from fleetctl.display import log_json

            return lambda entries: log_json.render(entries, forms).encode()
        from fleetctl.display import log_plain

        if self._raw:
            if sys.stdout.isatty():
                return lambda entries: log_plain.harmless(log_plain.raw(entries))
            return log_plain.raw
        terminal = self._terminal
        if terminal is not None:
            return lambda entries: _encoded(terminal.render(entries, _width()))
        return log_plain.PlainLog(list(forms), prefixed=self._prefixed).render

    def _on_terminal(self) -> TerminalLog | None:
        """What draws for a terminal; None where nobody sees colours or an edge."""
        from fleetctl.display.terminal import coloured

        in_colours = coloured(sys.stdout, surroundings())
        if not in_colours and not sys.stdout.isatty():
            return None
        from datetime import date

        from fleetctl.display.log_colours import by_node
        from fleetctl.display.log_lines import TerminalLog
        from fleetctl.display.terminal import symbols

        everyone = [*(node.name for node in self._definition.nodes), *self._forms]
        return TerminalLog(
            self._forms,
            symbols=symbols(sys.stdout, surroundings()),
            colours=by_node(dict.fromkeys(everyone)) if in_colours else {},
            today=date.today(),  # noqa: DTZ011 - the reader's day
            prefixed=self._prefixed,
            cut=self._cut,
        )


def _width() -> int:
    from fleetctl.display.terminal import size

    return size(sys.stdout, surroundings())[0]


def _encoded(text: str) -> bytes:
    return text.encode(sys.stdout.encoding or "utf-8", "replace")
