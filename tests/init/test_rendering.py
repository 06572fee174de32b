"""What is written into fleet.yaml is what is read from it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.fleet.document import LOADER
from fleetctl.init.proposal import Proposal
from fleetctl.init.remarks import Remark
from fleetctl.init.rendering import noted, remark_text, render, scalar

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.one_of(TEXT, st.integers(), st.booleans(), st.floats(allow_nan=False))


@given(value=st.one_of(SCALARS, st.lists(TEXT), st.dictionaries(TEXT, SCALARS)))
def test_a_value_is_read_back_the_same_in_one_line(value: object) -> None:
    line = noted(f"key: {scalar(value)}", "a note")
    assert len(line.splitlines()) == 1
    assert yaml.load(f"first: 1\n{line}\nlast: 2\n", LOADER) == {
        "first": 1,
        "key": value,
        "last": 2,
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("redis://h:6379/0", "redis://h:6379/0"),
        ("%n.pid", "'%n.pid'"),
        ("022", "'022'"),
        ("yes", "'yes'"),
        ("a: b", "'a: b'"),
        ("", "''"),
        (["a", "b"], "[a, b]"),
        ({"min": 2, "max": 10}, "{min: 2, max: 10}"),
        (True, "true"),
    ],
)
def test_values_look_as_people_write_them(value: object, text: str) -> None:
    assert scalar(value) == text


@given(lines=st.lists(TEXT, min_size=1), text=TEXT)
def test_a_comment_never_ends_before_its_line(lines: list[str], text: str) -> None:
    workers: dict[str, Any] = {"w1": {"env": {"A": text}}}
    remark = Remark(text or "x", left_out=True)
    made = render(Proposal(app="proj", workers=workers, source=lines, remarks=[remark]))
    assert yaml.load(made, LOADER) == {"app": "proj", "workers": workers}


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        ((), "it"),
        (("a", "b"), "it (a, b)"),
        (tuple("abcdefgh"), "it (a, b, c, d, e, and 3 more)"),
    ],
)
def test_a_remark_names_its_nodes_while_they_are_few(nodes: tuple[str, ...], text: str) -> None:
    assert remark_text(Remark("it", nodes=nodes)) == text


def test_a_remark_shows_no_password() -> None:
    assert "hush" not in remark_text(Remark("-b redis://:hush@h: it"))


def test_a_line_shows_no_password_whatever_stands_before_it() -> None:
    text = remark_text(Remark("worker: DB_PASSWORD=hush1 PW='hush 2' celery -b redis://:hush3@h w"))
    assert "hush" not in text
    assert text.endswith("w")
