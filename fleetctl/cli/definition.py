"""The commands about fleet.yaml itself: validate, schema."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import typer

from fleetctl.cli.context import FleetOption, fleet_path
from fleetctl.cli.manner import MANNER
from fleetctl.cli.output import show_problems, write_json, write_text
from fleetctl.cli.program import FLEET_FILE
from fleetctl.cli.reading import JsonOption
from fleetctl.errors import ExitCode

if TYPE_CHECKING:
    from fleetctl.fleet.model import Fleet, Problem

_VALIDATE = """\
fleetctl validate                    # every problem, with its place
fleetctl validate -f deploy --json   # another fleet's, for a program"""
_SCHEMA = """\
fleetctl schema > fleet.schema.json  # for editors: completion as you type
fleetctl schema | less               # to read"""


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    add = partial(app.command, rich_help_panel=FLEET_FILE)
    add(short_help="Check fleet.yaml: every problem at once.", epilog=_VALIDATE)(validate)
    add(short_help="Print the JSON Schema of fleet.yaml.", epilog=_SCHEMA)(schema)


def validate(context: typer.Context, fleet: FleetOption = None, json: JsonOption = False) -> int:
    """Check fleet.yaml: every problem at once, its place, and what to write."""
    from fleetctl.display.problems import document
    from fleetctl.display.words import plural
    from fleetctl.fleet import check

    path = fleet_path(context, fleet)
    definition, problems = check(path)
    if definition is not None:
        problems = [*problems, *_of_settings(definition)]
    if json:
        write_json(document(problems))
    elif problems:
        show_problems(problems, sys.stdout)
    if definition is None:
        return ExitCode.USAGE
    if not json and not MANNER.quiet:
        write_text(f"{path}: valid, {plural(len(definition.nodes), 'node')}")
    return ExitCode.DONE


def _of_settings(fleet: Fleet) -> list[Problem]:
    """Old names in the settings of the fleet's app, which is read, not imported."""
    from fleetctl.operations.uppercase_settings import find

    node = fleet.nodes[0]
    return find(fleet.app, node.workdir, {**os.environ, **node.env})


def schema() -> int:
    """Print the JSON Schema of fleet.yaml, for editors."""
    from fleetctl.fleet.schema import json_schema

    write_json(json_schema())
    return ExitCode.DONE
