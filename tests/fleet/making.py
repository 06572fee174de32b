"""Fleet files of one test's own."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from fleetctl.fleet import check, load
from fleetctl.fleet.model import Fleet, Node, Problem


def write(folder: Path, text: str) -> Path:
    """A fleet.yaml with `text` in `folder`."""
    path = folder / "fleet.yaml"
    path.write_text(dedent(text), encoding="utf-8")
    return path


def fleet(folder: Path, text: str) -> Fleet:
    """The valid fleet that `text` describes."""
    return load(write(folder, text))


def nodes(folder: Path, text: str) -> dict[str, Node]:
    """Its nodes by name."""
    return {node.name: node for node in fleet(folder, text).nodes}


def node(folder: Path, keys: str) -> Node:
    """The node ``w1`` of a fleet whose only worker has these keys, in flow style."""
    return nodes(folder, f"app: proj.celery:app\nworkers:\n  w1: {{{keys}}}\n")["w1"]


def problems(path: Path) -> list[Problem]:
    """What is wrong with the file; it must be invalid."""
    found, wrong = check(path)
    assert found is None
    return wrong
