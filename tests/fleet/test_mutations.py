"""Whatever becomes of a fleet file, checking it gives problems and never an exception."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fleetctl.fleet import check
from fleetctl.fleet.schema import json_schema
from tests.fleet.generating import EXAMPLE, VALUES, places, replaced

_VALIDATOR = jsonschema.Draft202012Validator(json_schema())
PLACES = places(yaml.safe_load(EXAMPLE))


def checked(text: str) -> tuple[bool, list[str]]:
    """Whether the text is valid, and its problems in words."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        fleet, problems = check(path)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert (fleet is None) == bool(errors)
    for problem in problems:
        assert problem.message
        assert problem.line is None or problem.text is not None
        for jargon in ("pydantic", "Input should", "validation error", "NoneType", "type="):
            assert jargon not in problem.message
    return fleet is not None, [problem.message for problem in problems]


def test_the_example_is_valid() -> None:
    assert checked(EXAMPLE) == (True, [])


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), VALUES)
@example(("workers", "w1", "queues"), ["\x1f"])
def test_any_value_anywhere_gives_problems_and_the_schema_is_never_stricter(
    place: tuple[Any, ...], value: Any
) -> None:
    text = yaml.safe_dump(replaced(yaml.safe_load(EXAMPLE), place, value), allow_unicode=True)
    valid, problems = checked(text)
    refusals = [error.message for error in _VALIDATOR.iter_errors(yaml.safe_load(text))]
    assert not (valid and refusals), (text, refusals)
    assert valid or problems


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_cut_and_scrambled_text_gives_problems(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(EXAMPLE)))
    end = data.draw(st.integers(start, min(len(EXAMPLE), start + 20)))
    inserted = data.draw(st.text(alphabet=" \t\n:-[]{}&*!|>'\"%@`#,?xé\0\ud800\x85w1", max_size=4))
    valid, problems = checked(EXAMPLE[:start] + inserted + EXAMPLE[end:])
    assert valid or problems


def test_the_package_doesnt_import_celery_or_what_draws() -> None:
    code = (
        "import sys, pathlib; from fleetctl.fleet import check; "
        "import fleetctl.fleet.selection, fleetctl.fleet.argv, fleetctl.fleet.env, "
        "fleetctl.fleet.locate; before = set(sys.modules); check(pathlib.Path(sys.argv[1])); "
        "assert 'pydantic' not in before, 'pydantic too early'; "
        "bad = {'celery', 'kombu', 'rich', 'typer', 'psutil'} & set(sys.modules); "
        "assert not bad, bad"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.yaml"
        path.write_text(EXAMPLE)
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
