"""Takes the pictures in docs/: the README's own sessions, as a terminal shows them.

python -m tests.pictures
"""

from __future__ import annotations

import io
import os
import re
import socket
import sys
import tempfile
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tests.sessions import ROOT, command, sample, send, wait_for_tasks
from tests.support.fleets import Fleet
from tests.support.terminal import Terminal
from tests.support.waiting import wait_until

DOCS = ROOT / "docs"
COLUMNS, ROWS = 80, 30
LOG_COLUMNS = 96

FRAME = """\
<svg viewBox="0 0 {terminal_width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: monospace; font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<rect width="{terminal_width}" height="{height}" rx="8" fill="#1d1f21"/>
<g transform="translate({terminal_x}, 12)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""  # noqa: E501
"""Without the fonts that rich would fetch from elsewhere, and without a window round it."""


def main() -> int:
    """Take them all."""
    with tempfile.TemporaryDirectory(prefix="fleet") as folder:
        fleet = Fleet(Path(folder) / "shop", domain="picture", environment=_environ())
        try:
            # The sample's fifth is left down: a picture should show more than one state.
            sample(fleet, "crunch", "files", "mail", "webhooks")
            send(fleet, 2, "mail")
            send(fleet, 3, "files")
            wait_for_tasks(fleet, files=3, mail=2)
            _take(fleet, "status", lambda seen: "5 nodes" in seen)
            _take(fleet, "stopwait mail crunch files", lambda seen: seen.count("slow") == 5)
        finally:
            fleet.kill_everything()
    with tempfile.TemporaryDirectory(prefix="fleet") as folder:
        fleet = Fleet(Path(folder) / "shop", domain="picture", environment=_environ())
        try:
            _take_logs(fleet)
        finally:
            fleet.kill_everything()
    return 0


def _take_logs(fleet: Fleet) -> None:
    """Of nodes that have had something to do. In the logs, this checkout is the reader's own."""
    sample(fleet, "crunch", "mail")
    send(fleet, 1, "mail", seconds=0.5)
    wait_until(lambda: "succeeded" in _log(fleet, "mail"), timeout=30, what="the slow task")
    failing = [sys.executable, "-m", "fleetctl.sample", "fail", "-q", "crunch"]
    assert fleet.command(failing).code == 0
    wait_until(lambda: "ValueError: " in _log(fleet, "crunch"), timeout=30, what="the failing task")
    fleet.kill_everything()
    for path in (fleet.folder / "log").iterdir():
        text = re.sub(
            r"/\S*(/lib/python[\d.]+/site-packages)", r"/srv/shop/.venv\1", path.read_text()
        )
        path.write_text(text.replace(str(ROOT), "/srv/shop").replace(socket.gethostname(), "web3"))
    line = "fleetctl logs -n 3 crunch mail"
    shown = fleet.command(
        command(line), env={"FORCE_COLOR": "1", "COLUMNS": str(LOG_COLUMNS)}
    ).stdout
    lines = [Text(f"$ {line}", style="bold"), *map(Text.from_ansi, shown.splitlines())]
    (DOCS / "logs.svg").write_text(_svg(lines, LOG_COLUMNS), encoding="utf-8")


def _log(fleet: Fleet, name: str) -> str:
    path = fleet.folder / "log" / f"{name}.log"
    return path.read_text() if path.exists() else ""


def _environ() -> dict[str, str]:
    return {"LANG": "C.UTF-8", "PATH": os.environ["PATH"]}


def _take(fleet: Fleet, words: str, ready: object) -> None:
    assert callable(ready)
    line = f"fleetctl {words}"
    with Terminal(
        command(line),
        folder=fleet.folder,
        environ=fleet.environment,
        columns=COLUMNS,
        rows=ROWS,
    ) as terminal:
        terminal.until(ready)
        lines = [Text(f"$ {line}", style="bold"), *map(_line, terminal.rows())]
    picture = DOCS / f"{words.split(maxsplit=1)[0]}.svg"
    picture.write_text(_svg(lines), encoding="utf-8")


def _line(row: list[pyte.screens.Char]) -> Text:
    text = Text()
    for (colour, bold), run in groupby(row, key=lambda each: (each.fg, each.bold)):
        color = None if colour == "default" else colour.replace("brown", "yellow")
        text.append("".join(each.data for each in run), Style(color=color, bold=bold))
    text.rstrip()
    return text


def _svg(lines: list[Text], columns: int = COLUMNS) -> str:
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(line, no_wrap=True, highlight=False)
    svg = console.export_svg(code_format=FRAME, unique_id="t")
    # Line ends and clip paths, which nothing is drawn by.
    svg = re.sub(r"<text [^>]*>\n</text>", "\n", svg)
    return re.sub(r' clip-path="[^"]*"', "", svg)


if __name__ == "__main__":
    sys.exit(main())
