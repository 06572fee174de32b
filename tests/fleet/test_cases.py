"""`validate` and the JSON Schema, on one table of fleet files."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from fleetctl.fleet import check
from fleetctl.fleet.model import Problem
from fleetctl.fleet.schema import json_schema
from tests.fleet.case import Case
from tests.fleet.cases import CASES


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(json_schema())


def told(problem: Problem) -> str:
    hint = f" | {problem.hint}" if problem.hint else ""
    return f"{problem.line}:{problem.column} {problem.message}{hint}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_validate_says_all_that_is_wrong_and_nothing_else(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(case.text, encoding="utf-8")
    fleet, problems = check(path)
    said = [
        told(problem).replace(str(tmp_path), "FOLDER").replace(f"@{socket.gethostname()}", "@HOST")
        for problem in problems
    ]
    assert said == list(case.problems)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert (fleet is None) == bool(errors)
    assert bool(errors) == (not case.schema or case.beyond is not None)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_problem_shows_its_line(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(case.text, encoding="utf-8")
    for problem in check(path)[1]:
        assert problem.line is not None
        assert problem.column is not None
        assert problem.text == case.text.splitlines()[problem.line - 1]
        assert 1 <= problem.column <= len(problem.text) + 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_schema_agrees_or_the_table_says_why_not(case: Case, validator: Any) -> None:
    assert validator.is_valid(yaml.safe_load(case.text)) == case.schema


def test_the_schema_is_a_schema_and_describes_every_key() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for model in (schema, *schema["$defs"].values()):
        for name, key in model["properties"].items():
            assert key.get("title"), name
            assert key.get("description"), name
