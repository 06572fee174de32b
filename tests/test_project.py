"""The house rules that a machine can check: lint, types, layers, sizes, the oldest grammar."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import fleetctl

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
SOURCES = sorted([*ROOT.glob("fleetctl/**/*.py"), *ROOT.glob("tests/**/*.py")])
RUNTIME = sorted(ROOT.glob("fleetctl/runtime/**/*.py"))
LINES = 350


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check"], id="ruff check"),
        pytest.param(["ruff", "format", "--check"], id="ruff format"),
        pytest.param(["mypy"], id="mypy"),
        pytest.param(["lint-imports"], id="lint-imports"),
    ],
)
def test_the_code_passes(command: list[str]) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", RUNTIME, ids=lambda path: path.name)
def test_the_runtime_parses_under_the_oldest_grammar(path: Path) -> None:
    assert ast.parse(path.read_text(), feature_version=(3, 8))


def test_no_file_is_longer_than_anyone_would_read() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > LINES} == {}


def test_the_package_and_its_metadata_agree_on_the_version() -> None:
    assert fleetctl.__version__ == version("fleetctl")


def test_ci_runs_the_test_command_that_the_readme_gives() -> None:
    command = (ROOT / ".ci" / "run").read_text().splitlines()[-1]
    assert command.endswith("pytest")
    assert command in (ROOT / "README.md").read_text()
