"""What each command spends on imports: milliseconds in all, and by the packages that cost most.

python -m tests.bench.imports
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.cli.tree import COMMANDS

_LINE = re.compile(r"import time:\s*(\d+) \|\s*\d+ \|\s*(\S+)")
_SHOWN = 5
_FLEET = "app: fleetctl.sample:app\nworkers:\n  w1: {pool: solo}\n"

_ARGUMENTS = {
    "start": ["no-such-node"],
    "restart": ["no-such-node"],
    "stop": ["all"],
    "stopwait": ["all"],
    "kill": ["all"],
    "completion": ["bash"],
}
"""What makes a command do most of what it does, and start nothing. Without any: what it reads."""


def main() -> int:
    """Measure, print the table."""
    table = Table("command", "imports, ms", f"the {_SHOWN} that cost most, ms")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "fleet.yaml").write_text(_FLEET)
        for words in _lines():
            costs = _costs(words, folder)
            most = ", ".join(f"{name} {ms / 1e3:.0f}" for name, ms in costs.most_common(_SHOWN))
            table.add_row(" ".join(words), f"{costs.total() / 1e3:.0f}", most)
    Console().print(table)
    return 0


def _lines() -> list[list[str]]:
    commands = [[name, *_ARGUMENTS.get(name, _harmless(name))] for name in COMMANDS]
    return [["--version"], ["--help"], ["_complete", "nodes", "", "", ""], *commands]


def _harmless(name: str) -> list[str]:
    """Nothing, where the command can do without; else its help, for what it would do is unknown."""
    given = [param for param in COMMANDS[name].params if param.param_type_name == "argument"]
    return ["--help"] if any(param.required for param in given) else []


def _costs(words: list[str], folder: str) -> Counter[str]:
    """Microseconds by package, each without what it imports in turn."""
    command = [sys.executable, "-X", "importtime", "-m", "fleetctl", *words]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    costs: Counter[str] = Counter()
    for found in _LINE.finditer(done.stderr):
        costs[found[2].partition(".")[0]] += int(found[1])
    return costs


if __name__ == "__main__":
    sys.exit(main())
