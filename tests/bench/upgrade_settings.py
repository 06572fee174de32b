"""How long a thousand files of settings take: fleetctl against `celery upgrade settings`.

Each of the thousand has 200 lines, with 24 settings among them. The incumbent takes one file a
call, so it is called for each; for `--sample` of them, spread evenly, and the sum is scaled, unless
`--sample 0` asks for all. Both write in place with a backup, on copies of the same files.

    python -m tests.bench.upgrade_settings
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fleetctl.settings.table import load
from tests.support.fleets import FLEETCTL

FILES, LINES, SETTINGS = 1000, 200, 24
LIMIT = 1 / 20
CELERY = FLEETCTL.with_name("celery")


def main() -> int:
    """Measure, print the table; 1 if the limit is broken."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--sample", type=int, default=40)
    sample = options.parse_args().sample or FILES
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        write_files(ours)
        write_files(theirs)
        mine = seconds([str(FLEETCTL), "upgrade-settings", str(ours)])
        some = sorted(theirs.glob("*/*.py"))[:: FILES // sample][:sample]
        other = sum(seconds([str(CELERY), "upgrade", "settings", str(path)]) for path in some)
        check(ours)
    return 0 if show(mine, other * FILES / len(some), len(some)) else 1


def write_files(folder: Path) -> None:
    """A thousand modules, a hundred to a folder, no two with the same settings."""
    names = sorted(load().new_names)
    for number in range(FILES):
        path = folder / f"package{number // 100}" / f"celeryconfig_{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        chosen = [names[(number + 7 * index) % len(names)] for index in range(SETTINGS - 1)]
        path.write_text(module(["BROKER_URL", *dict.fromkeys(chosen)]))


def module(settings: Sequence[str]) -> str:
    """A module of 200 lines: settings, what refers to them, and other code."""
    lines = ["import os", ""]
    for name in settings:
        lines += [
            f"# {name} as it is in production",
            f'{name} = os.environ.get("{name}", "value of {name}")',
            f"if {name} == 'x':",
            f"    print(f'{{{name}}} is {{os.getpid()}}')",
        ]
    number = 0
    while len(lines) < LINES:
        lines += [f"def helper_{number}(a, b={number}):", "    return [a + x for x in range(b)]"]
        number += 1
    return "\n".join(lines[:LINES]) + "\n"


def seconds(command: list[str]) -> float:
    """How long a command takes, from its start to its end."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    return took


def check(folder: Path) -> None:
    """That the work was done: no old name is left but in strings and comments."""
    for path in folder.glob("*/*.py"):
        assert "\nBROKER_URL =" not in path.read_text(), path
        assert path.with_name(f"{path.name}.orig").exists(), path


def show(mine: float, other: float, measured: int) -> bool:
    """Print the table; whether the limit is kept."""
    ratio = mine / other
    title = f"{FILES} files of {LINES} lines (celery: {measured} measured)"
    table = Table("seconds", "fleetctl", "celery upgrade", "ratio", "limit", "", title=title)
    verdict = "kept" if ratio <= LIMIT else "BROKEN"
    row = [f"{mine:.2f}", f"{other:.0f}", f"{ratio:.4f}", f"{LIMIT:.2f}", verdict]
    table.add_row("in place, with backups", *row)
    Console().print(table)
    return ratio <= LIMIT


if __name__ == "__main__":
    sys.exit(main())
