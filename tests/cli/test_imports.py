"""What a command makes its user wait for: which heavy modules it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.tree import COMMANDS

HEAVY = ("celery", "kombu", "psutil", "pydantic", "rich", "typer", "yaml")
NEVER = {"celery", "kombu", "psutil"}
"""What belongs into the workers' interpreter, and what isn't needed at all."""

READING = ["typer", "pydantic", "yaml"]
"""The parser coerces arguments by pydantic; fleet.yaml wants both."""

REVEAL = f"""
import os, sys
from fleetctl.__main__ import main
os._exit = sys.exit  # it would leave without our line
try:
    main()
finally:
    print("\\nheavy:", *[name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""


def heavy(folder: Path, *words: str) -> set[str]:
    """The heavy modules that a command line imports, in a folder with a fleet."""
    (folder / "fleet.yaml").write_text("app: proj\nworkers:\n  w1: {pool: solo}\n")
    done = subprocess.run(
        [sys.executable, "-c", REVEAL, *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return set(done.stderr.rpartition("\nheavy:")[2].split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--version", []),
        ("_complete nodes running w", []),
        ("--help", ["typer"]),
        ("", ["typer"]),
        ("--color always --help", ["typer"]),
        ("names", READING),
        ("names --json", READING),
        ("show", READING),
        ("status --json", READING),
        ("history --json", READING),
        ("validate", READING),
        ("stop all", READING),
        ("kill all", READING),
        ("schema", ["typer", "pydantic"]),
        ("status", [*READING, "rich"]),
    ],
)
def test_a_command_imports_no_more_than_it_needs(
    tmp_path: Path, words: str, expected: list[str]
) -> None:
    assert heavy(tmp_path, *words.split()) == set(expected)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_needs_neither_yaml_nor_rich(tmp_path: Path, name: str) -> None:
    assert heavy(tmp_path, name, "--help") <= {"typer"}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_imports_what_only_the_workers_need(tmp_path: Path, name: str) -> None:
    # None of them gets as far as doing something: there is no such node, file or shell.
    assert heavy(tmp_path, name, "no-such-thing") & NEVER == set()
